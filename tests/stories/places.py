"""Every page of the application with its main states: the way there, and what shows that one has arrived."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.stories.person import Person

Way = Callable[[Person], None]


@dataclass(frozen=True, slots=True)
class Place:
    """A page or a state of it; its pictures are called `name`. Beside a page: its panel covers the rest."""

    name: str
    go: Way
    panel: bool = False


def _tab(name: str, sign: str) -> Way:
    def go(person: Person) -> None:
        person.tab(name)
        expect(person.frame.locator(sign).first).to_be_visible()
        settled(person)

    return go


def _panel(tab: str, words: str, sign: str) -> Way:
    """A panel that a button of the tab opens."""

    def go(person: Person) -> None:
        person.tab(tab)
        person.button(words).click()
        expect(person.frame.get_by_role("dialog").locator(sign).first).to_be_visible()
        settled(person)

    return go


def settled(person: Person) -> None:
    """Nothing on the page is still loading."""
    expect(person.frame.locator("[aria-busy=true]:visible")).to_have_count(0)


def _main(person: Person) -> None:
    person.open()
    expect(person.frame.get_by_test_id("access")).to_be_visible()
    expect(person.frame.get_by_test_id("employees")).to_be_visible()
    settled(person)


def _sign_in(person: Person) -> None:
    person.tab("main")
    person.press("main.connection.change")
    expect(person.frame.locator("input[name=password]")).to_be_visible()


def _entry(person: Person) -> None:
    person.tab("journal")
    row = person.frame.get_by_test_id("journal").locator("li").first
    row.locator("button[aria-haspopup]").first.click()
    expect(person.frame.get_by_test_id("timeline").first).to_be_visible()
    settled(person)


def _tile(person: Person) -> None:
    person.go("/contact_center/connector/?ID=uis_omni&LINE=1")
    expect(person.frame.get_by_test_id("lines-state")).to_be_visible()
    settled(person)


MAIN = Place("main", _main)
TABS = (
    Place("open_lines", _tab("open_lines", "input[name=line_name]")),
    Place("analytics", _tab("open_lines_analytics", "[data-testid=report]")),
    Place("chats", _tab("chats", '[data-block="transcript"]')),
    Place("offline", _tab("offline", '[data-block="transcript"]')),
    Place("journal", _tab("journal", "[data-testid=journal] li")),
)
PANELS = (
    Place(
        "rehearsal", _panel("chats", "communication.tools.rehearsal", "[data-testid=rehearsed]"), panel=True
    ),
    Place("versions", _panel("chats", "communication.tools.versions", "[data-testid=versions]"), panel=True),
    Place("history", _panel("chats", "communication.tools.history", "button"), panel=True),
    Place("test-chat", _panel("chats", "testchat.title", "[data-testid=test-start]"), panel=True),
    Place("entry", _entry, panel=True),
)
SIGN_IN = Place("sign-in", _sign_in)
TILE = Place("tile", _tile)
PLACES = (MAIN, *TABS, *PANELS, SIGN_IN, TILE)


@contextmanager
def at(person: Person, place: Place) -> Iterator[None]:
    """Be there, and close what was opened beside the page."""
    place.go(person)
    yield
    if place.panel:
        person.page.keyboard.press("Escape")
        expect(person.frame.get_by_role("dialog")).to_have_count(0)
