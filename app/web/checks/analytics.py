"""Health of end-to-end analytics: its silent death is told, and so is a site that lost our script."""

from collections.abc import Iterator
from datetime import timedelta

from app.domain.dialogs import DialogState
from app.pipeline.analytics.view import settings_of
from app.rules.analytics.capture import Rate, has_fallen, never_came
from app.storage.models import AnalyticsWork
from app.storage.queries import analytics_report as queries
from app.storage.queries.analytics_report import Cell, Chosen
from app.uis.problem import problem_words
from app.web.analytics_report import GROUPS, Names, rates
from app.web.checks.looks import Check, Look

SILENT = timedelta(hours=1)
STUCK = timedelta(hours=3)
RECENT, BEFORE = timedelta(days=7), timedelta(days=28)
FEW = 5


def analytics(look: Look) -> Iterator[Check]:
    """Nothing while the section is off."""
    if not settings_of(look.session, look.installation.id).enabled:
        return
    row = look.session.get(AnalyticsWork, look.installation.id)
    if row is None or row.since is None:
        return
    found = [*_away(look, row), *_stuck(look), *_unheard(look), *_capture(look)]
    yield from found or [_well(look)]


def _away(look: Look, row: AnalyticsWork) -> Iterator[Check]:
    """The portal is not read, or UIS takes nothing."""
    last = row.listed_at or row.since
    if last is not None and look.now - last > SILENT:
        hours = int((look.now - last).total_seconds() // 3600)
        yield look.say("analytics", "broken", "analytics_silent", hours=hours)
    words = problem_words(row.problem, look.lang)
    if words:
        yield look.say("analytics", "broken", "analytics_problem", words=words)


def _stuck(look: Look) -> Iterator[Check]:
    count = queries.overdue(look.session, look.installation.id, look.now - STUCK)
    if count:
        yield look.say("analytics_stuck", "warning", "analytics_stuck", count=count)


def _unheard(look: Look) -> Iterator[Check]:
    """Most leads and deals are found in the list only: their events do not reach us."""
    if not settings_of(look.session, look.installation.id).events:
        return
    first, last = _days(look, RECENT, timedelta(0))
    unheard, tied = queries.unheard(look.session, look.installation.id, first, last)
    if unheard >= FEW and unheard * 2 > tied:
        yield look.say("analytics_events", "warning", "analytics_unheard", count=unheard, total=tied)


def _capture(look: Look) -> Iterator[Check]:
    """Sessions that come more rarely than they did, or never."""
    before = rates(_cells(look, BEFORE + RECENT, RECENT))
    now = rates(_cells(look, RECENT, timedelta(0)))
    names = Names(look.session, look.installation.id, look.lang)
    for code, rate in sorted(now.items()):
        earlier = before.get(code, Rate())
        shown = {"channel": names.connector(code), "before": _percent(earlier), "now": _percent(rate)}
        if has_fallen(earlier, rate):
            yield look.say("analytics_capture", "warning", "analytics_capture_fell", **shown)
        elif never_came(code, earlier, rate):
            yield look.say("analytics_capture", "warning", "analytics_no_script", **shown)


def _well(look: Look) -> Check:
    cells = _cells(look, RECENT, timedelta(0))
    count = {
        name: sum(cell.count for cell in cells if GROUPS[cell.state] == name) for name in GROUPS.values()
    }
    dialogs = sum(count.values()) - count["nothing"]
    return look.say(
        "analytics", "ok", "analytics_ok", uploaded=count[GROUPS[DialogState.UPLOADED]], dialogs=dialogs
    )


def _cells(look: Look, since: timedelta, till: timedelta) -> list[Cell]:
    first, last = _days(look, since, till)
    return queries.cells(look.session, look.installation.id, Chosen(first=first, last=last))


def _days(look: Look, since: timedelta, till: timedelta) -> tuple[str, str]:
    """Days from so long ago up to (and including) the day so long ago."""
    earliest, latest = look.now - since + timedelta(days=1), look.now - till
    return earliest.date().isoformat(), latest.date().isoformat()


def _percent(rate: Rate) -> int:
    return round(rate.share * 100)


def notes(look: Look) -> list[dict[str, str]]:
    """The same checks for the report: `[{"state", "text"}]`, without the one that says that all is well."""
    return [{"state": check.state, "text": check.text} for check in analytics(look) if check.state != "ok"]
