"""Connecting UIS: every refusal is said where it belongs, and nothing that was typed is lost."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Come
from tests.stories.person import Person
from tests.stories.stage import Stage

pytestmark = pytest.mark.browser


def sign_in(person: Person, password: str = "sandbox") -> None:
    person.frame.locator("input[name=login]").fill("admin@example.com")
    person.frame.locator("input[name=password]").fill(password)
    person.press("main.connect.next")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_refusals_of_both_steps_are_said_in_words(come: Come, stage: Stage, lang: str) -> None:
    stage.install()
    person = come(lang)
    person.expected |= {"422", "502", "503"}
    person.open()
    person.press("main.connection.connect")

    sign_in(person, "wrong")
    person.sees(person.words.server("uis.error.wrong_login"))
    expect(person.frame.locator("input[name=login]")).to_have_value("admin@example.com")
    person.picture("connect-refused")

    stage.world.uis.two_factor = True
    sign_in(person)
    person.sees(person.words.server("uis.error.two_factor"))
    stage.world.uis.two_factor = False

    sign_in(person)
    person.sees(person.words("main.connection.answering.question"))
    boxes = person.field("channels").get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    for box in boxes.all():
        box.click()
    expect(person.button("main.connect.finish")).to_be_disabled()
    for box in boxes.all():
        box.click()

    person.frame.locator("input[name=data_api_key]").fill("a-wrong-key")
    person.press("main.connect.finish")
    expect(person.field("data_api_key")).to_contain_text("Data API")
    expect(person.field("data_api_key").locator("input")).to_have_attribute("aria-invalid", "true")
    expect(person.field("data_api_key").locator("input")).to_be_focused()
    person.picture("connect-wrong-key", top=False)
    person.frame.locator("input[name=data_api_key]").fill("sandbox-data-key")
    person.press("main.connect.finish")
    expect(person.frame.get_by_test_id("connection")).to_have_text(
        person.words("main.connection.state.connected")
    )
    assert len(stage.world.uis.accounts) == 1


def test_where_operators_answer_is_asked_with_its_consequence(come: Come, stage: Stage) -> None:
    stage.install()
    person = come()
    person.open()
    person.press("main.connection.connect")
    sign_in(person)
    person.field("answering").get_by_text(person.words("main.connection.answering.bitrix24.title")).click()
    person.sees(person.words("main.connection.answering.bitrix24.warning"))
    person.frame.locator("input[name=data_api_key]").fill("sandbox-data-key")
    person.press("main.connect.finish")
    expect(person.frame.get_by_test_id("connection")).to_have_text(
        person.words("main.connection.state.connected")
    )
    person.sees(person.words("main.connection.answering.bitrix24.title"))
