"""Health of open lines: whether messages can come and go, and those that did not."""

from collections.abc import Iterator, Sequence

from app.base.texts import text
from app.pipeline.view import section
from app.web import open_lines
from app.web.checks.looks import Check, Look


def lines(look: Look) -> Iterator[Check]:
    """Nothing while the section is off; notices are for the page of lines."""
    if not section(look.session, look.installation.id, "open_lines")["enabled"]:
        return
    found = [one for _, one in open_lines.findings(look.session, look.installation) if one.level != "notice"]
    if found:
        yield _worst(look, found)
    else:
        yield look.say("lines", "ok", "lines_ok")
    yield from _letters(look)


def _worst(look: Look, found: Sequence[open_lines.Finding]) -> Check:
    """The first is the worst; how many there are beside it."""
    more = text("health.lines_more", look.lang, count=len(found) - 1) if len(found) > 1 else ""
    words = open_lines.words(found[0], look.lang)
    return Check(name="lines", state=found[0].level, text=f"{words}{more}")


def _letters(look: Look) -> Iterator[Check]:
    counts = open_lines.letter_counts(look.session, look.installation.id)
    failed, doubt = counts["failed"], counts["in_doubt"]
    if failed or doubt:
        yield look.say("letters", "warning", "letters_failed", failed=failed, doubt=doubt)
