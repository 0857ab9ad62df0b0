"""The first day: from the Market to the first lead, as the administrator sees it."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Come
from tests.stories.person import Person

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_from_the_market_to_the_first_lead(come: Come, lang: str) -> None:
    person = come(lang)
    person.go("/marketplace/")
    person.page.click("#install")
    # The installer moves on by itself; on a quick machine it may be gone before it is looked at.
    installer = person.frame.get_by_text(person.words("installer.title")).first
    application = person.frame.get_by_role("tab", name=person.words("tabs.main"))
    expect(installer.or_(application).first).to_be_visible()
    person.picture("installer")
    expect(application).to_be_visible()
    person.picture("main-empty")
    connect(person)
    expect(person.button("main.health.again")).to_be_enabled()
    person.picture("main-connected")
    expect(person.frame.locator("[data-employee]")).to_have_count(2)


def connect(person: Person) -> None:
    """Both steps, all channels, operators stay in UIS."""
    person.press("main.connection.connect")
    person.frame.locator("input[name=login]").fill("admin@example.com")
    person.frame.locator("input[name=password]").fill("sandbox")
    person.picture("connect-first")
    person.press("main.connect.next")
    person.sees(person.words("main.connection.answering.question"))
    person.frame.locator("input[name=data_api_key]").fill("sandbox-data-key")
    person.picture("connect-second")
    person.press("main.connect.finish")
    expect(person.frame.get_by_test_id("connection")).to_have_text(
        person.words("main.connection.state.connected")
    )
