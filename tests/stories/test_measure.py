"""The stories would notice: what a browser complains of is heard, and what is too wide is seen."""

import pytest

from tests.stories.conftest import Come
from tests.stories.stage import Stage

pytestmark = pytest.mark.browser


def test_complaints_of_the_browser_are_heard(come: Come, stage: Stage) -> None:
    stage.install()
    person = come()
    person.open()
    page = person.frame.locator("body")
    inline = "body => body.append(Object.assign(document.createElement('script'), {textContent: '1'}))"
    with person.page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate(inline)
    with person.page.expect_event("pageerror"):
        page.evaluate("() => { setTimeout(() => { throw new Error('broken') }) }")
    with person.page.expect_console_message(lambda message: "404" in message.text):
        page.evaluate("() => fetch('/api/nowhere')")
    heard = "\n".join(person.complaints)
    person.complaints.clear()
    assert "Content Security Policy" in heard
    assert "broken" in heard
    assert "404" in heard


def test_what_is_too_wide_is_seen(come: Come, stage: Stage) -> None:
    stage.install()
    person = come()
    person.open()
    person.frame.locator("main").first.evaluate("main => { main.firstElementChild.style.width = '2000px' }")
    with pytest.raises(AssertionError, match="is too wide"):
        person.picture("too-wide")
