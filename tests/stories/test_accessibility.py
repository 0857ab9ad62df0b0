"""Everybody can use the pages: nothing serious for axe-core, and a keyboard is enough."""

import pytest
from playwright.sync_api import expect

from tests.stories.axe import barriers
from tests.stories.conftest import Come
from tests.stories.stage import Stage

pytestmark = pytest.mark.browser


def test_no_page_has_a_barrier(come: Come, stage: Stage) -> None:
    stage.switch_on()
    stage.world.uis.visitor_starts_chat(
        740806, name="Мария Покупатель", phone="79161234567", text="Добрый день"
    )
    person = come()
    found: dict[str, list[str]] = {}
    person.open()
    person.sees(person.words("main.employees.title"))
    found["main"] = barriers(person)
    person.press("main.connection.change")
    found["sign in"] = barriers(person)
    person.tab("chats")
    expect(person.field("titles.lead")).to_be_visible()
    found["chats"] = barriers(person)
    person.tab("journal")
    row = person.frame.get_by_test_id("journal").locator("li").first
    expect(row).to_contain_text(person.words("journal.states.done"))
    found["journal"] = barriers(person)
    row.get_by_role("button").first.click()
    expect(person.frame.get_by_test_id("explanation")).to_be_visible()
    found["entry"] = barriers(person)
    assert not [f"{page}: {line}" for page, lines in found.items() for line in lines]


def test_a_keyboard_is_enough(come: Come, stage: Stage) -> None:
    api = stage.switch_on()
    person = come()
    person.open()
    person.frame.get_by_role("tab", name=person.words("tabs.main")).focus()
    keyboard = person.page.keyboard
    keyboard.press("ArrowRight")
    expect(person.frame.get_by_role("tab", name=person.words("tabs.chats"))).to_be_focused()
    toggle = person.frame.get_by_role("switch", name=person.words("chats.toggle.title"), exact=True)
    expect(toggle).to_be_visible()
    for _ in range(10):
        if toggle.evaluate("box => box === document.activeElement"):
            break
        keyboard.press("Tab")
    keyboard.press("Space")
    person.sees(person.words("chats.toggle.off"))
    person.button("save.save").focus()
    keyboard.press("Enter")
    expect(person.frame.get_by_text(person.words("save.saved"), exact=True)).to_be_visible()
    assert stage.settings(api, "chats")["enabled"] is False
