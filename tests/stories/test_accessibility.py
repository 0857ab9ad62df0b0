"""A keyboard is enough: every setting of a page is reached, seen, changed and saved without a mouse."""

import pytest
from playwright.sync_api import Locator, expect

from tests.stories.conftest import Come
from tests.stories.person import Person
from tests.stories.stage import Stage

pytestmark = pytest.mark.browser

FOCUSED = "box => box.contains(document.activeElement)"


def reach(person: Person, target: Locator, most: int = 80) -> None:
    """Tab on until the cursor is there; it is always to be seen where it stands."""
    for _ in range(most):
        if target.evaluate(FOCUSED):
            break
        person.page.keyboard.press("Tab")
    assert target.evaluate(FOCUSED), f"not reached with {most} tabs: {target}"
    expect(target).to_be_in_viewport()


def test_a_keyboard_is_enough(come: Come, stage: Stage) -> None:
    api = stage.switch_on()
    person = come()
    keyboard = person.page.keyboard
    person.open()
    person.tab_named("main").focus()
    for name in ("open_lines", "open_lines_analytics", "chats"):
        keyboard.press("ArrowRight")
        expect(person.tab_named(name)).to_be_focused()
    toggle = person.frame.get_by_role("switch", name=person.words("chats.toggle.title"), exact=True)
    expect(toggle).to_be_visible()
    reach(person, toggle)
    keyboard.press("Space")
    person.sees(person.words("chats.toggle.off"))

    reach(person, person.field("without_contacts"))
    keyboard.press("Space")
    reach(person, person.field("create.entity"))
    keyboard.press("ArrowDown", delay=150)  # as a finger does: the kit chooses while the key is down
    reach(person, person.field("responsible.default_user_id"))
    keyboard.press("Enter")
    expect(person.frame.get_by_role("listbox")).to_be_visible()
    keyboard.type("Ольга")
    expect(person.frame.get_by_role("option")).to_have_count(1)
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(person.frame.get_by_role("listbox")).to_have_count(0)
    expect(person.field("responsible.default_user_id")).to_contain_text("Ольга Ким")

    title = person.field("titles.deal").locator("input").first
    reach(person, title)
    keyboard.press("Control+A")
    keyboard.type("С клавиатуры")
    reach(person, person.button("save.save"))
    keyboard.press("Enter")
    expect(person.frame.get_by_text(person.words("save.saved"), exact=True)).to_be_visible()
    stored = stage.settings(api, "chats")
    assert (stored["enabled"], stored["without_contacts"], stored["create"]["entity"]) == (
        False,
        True,
        "deal",
    )
    assert stored["responsible"]["default_user_id"] == 9
    assert stored["titles"]["deal"] == "С клавиатуры"
