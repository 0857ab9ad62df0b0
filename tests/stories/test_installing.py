"""The installer: a step that fails is told and repeated (its other states: `test_ways_in`)."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Come
from tests.stories.stage import Stage

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_failed_step_is_told_and_repeated(come: Come, stage: Stage, lang: str) -> None:
    stage.world.faults.add(
        "bitrix", "imconnector.register", "error", times=0, code="ACCESS_DENIED", status=403
    )
    person = come(lang)
    person.go("/marketplace/")
    person.page.click("#install")
    failed = person.frame.locator("[data-step=connector]")
    expect(failed).to_have_attribute("data-state", "failed")
    expect(failed.locator(".break-words")).not_to_be_empty()
    person.picture("installer-failed")
    stage.world.faults.clear()
    person.press("installer.failed.retry")
    expect(person.frame.get_by_role("tab", name=person.words("tabs.main"))).to_be_visible()
    assert stage.portal.connectors
