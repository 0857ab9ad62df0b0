"""A hundred hostile texts and more as names, messages, file names, advertising and directories: they are only shown."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.stories.hostile import (
    FOUND,
    LEADS,
    MAKING,
    Watch,
    corpus,
    poison_communications,
    poison_directories,
)
from tests.stories.person import Person
from tests.stories.places import MAIN, PLACES, at
from tests.stories.stage import Stage, staged
from tools.demo_check import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A world where everything that has a name is called by one of the texts."""
    with staged(tmp_path_factory.mktemp("poisoned")) as stage:
        poison_directories(stage)
        api = stage.switch_on()
        stage.save(api, "chats", channels={"mode": "selected", "ids": [MAKING]})
        poison_communications(stage)
        stage.wait("every chat in the journal", lambda: settled(api))
        yield stage


def settled(api: Page) -> bool:
    """Every chat is decided, those that make leads have made them."""
    days = api.call("GET", "/journal/days")["items"][-1]
    return bool(days["received"] >= len(corpus()) and days["created"] >= LEADS and not days["waiting"])


@pytest.fixture
def victim(browser: Browser, poisoned: Stage) -> Iterator[Person]:
    """An administrator who opens every page."""
    person = Person(browser, poisoned)
    yield person
    person.leave()


def test_a_hundred_hostile_texts_are_only_shown(victim: Person) -> None:
    watch, seen = Watch(victim), set[str]()
    for place in PLACES:
        with at(victim, place):
            body = victim.frame.locator("body").inner_text()
            seen |= {text for text in corpus() if text.strip() and text.strip() in body}
            assert not watch.found(), f"{place.name}: {watch.found()}"
    assert len(seen) > 20, "the pages show too little of the corpus to prove anything"


def test_the_journal_shows_every_one_of_them_as_text(victim: Person) -> None:
    watch = Watch(victim)
    MAIN.go(victim)
    victim.tab("journal")
    more, rows = victim.button("journal.more"), victim.frame.get_by_test_id("journal").locator("li")
    expect(rows.first).to_be_visible()
    while more.count():
        before = rows.count()
        more.click()
        expect(rows).not_to_have_count(before)
    shown = victim.frame.get_by_test_id("journal").inner_text()
    missing = [text for text in corpus() if " ".join(text.split()) not in " ".join(shown.split())]
    assert len(missing) < len(corpus()) - 100, missing
    assert not watch.found()
    for row in rows.all()[:LEADS]:
        row.locator("button[aria-haspopup]").first.click()
        expect(victim.frame.get_by_test_id("timeline").first).to_be_visible()
        assert not watch.found()
        victim.page.keyboard.press("Escape")
        expect(victim.frame.get_by_role("dialog")).to_have_count(0)


def test_what_got_through_would_be_noticed(victim: Person) -> None:
    """Were one text put in as HTML, the watch would say so, and the browser would complain of the CSP."""
    watch = Watch(victim)
    MAIN.go(victim)
    page = victim.frame.locator("body")
    with victim.page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate(
            "(body, text) => { body.append(document.createElement('p')); body.lastChild.innerHTML = text }",
            '<img src="data:," onerror="hacked()">',
        )
    victim.complaints.clear()
    assert page.evaluate(FOUND), "the element is not seen"
    page.evaluate("() => window.hacked()")
    assert watch.ran == ["hacked()"]
