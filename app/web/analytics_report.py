"""The report of analytics put together: per day, line and channel, with reasons in words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.base.texts import catalogue, text
from app.domain.dialogs import UNDERWAY, DialogState
from app.rules.analytics.capture import Rate
from app.storage.models import AnalyticsDialog, Installation
from app.storage.queries import analytics_report as queries
from app.storage.queries import directory
from app.storage.queries.analytics_report import Cell, Chosen
from app.uis.problem import problem_words

GROUPS: dict[str, str] = {
    "uploaded": "uploaded", "refused": "refused", "missing": "missing", "nothing": "nothing",
    **dict.fromkeys(map(str, UNDERWAY), "waiting"),
}  # fmt: skip
STATES = {
    name: tuple(DialogState(state) for state, group in GROUPS.items() if group == name)
    for name in dict.fromkeys(GROUPS.values())
}
"""What the report calls one state, in our own."""
DAY = timedelta(days=1)


class Names:
    """Lines and channels by name, as last synchronized; by number and code where they are not known."""

    def __init__(self, session: Session, installation_id: int, lang: str) -> None:
        self._lang = lang
        self._lines = _titles(directory.items(session, installation_id, "lines"))
        self._connectors = _titles(directory.items(session, installation_id, "connectors"))

    def line(self, number: int) -> str:
        if not number:
            return text("analytics.unknown_line", self._lang)
        return self._lines.get(str(number)) or text("analytics.line", self._lang, number=number)

    def connector(self, code: str) -> str:
        key = f"analytics.connector.{code}"
        known = text(key, self._lang) if key in catalogue("en") else code
        return self._connectors.get(code) or known or text("analytics.unknown_connector", self._lang)


def _titles(rows: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    return {str(row["id"]): str(row.get("title") or "") for row in rows or ()}


def report(
    session: Session, installation: Installation, first: date, last: date, lang: str
) -> dict[str, Any]:
    """`{"totals", "days", "reasons", "connectors"}`; every day of the period is there, newest first."""
    chosen = Chosen(first=first.isoformat(), last=last.isoformat())
    cells = queries.cells(session, installation.id, chosen)
    names = Names(session, installation.id, lang)
    by_day: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_day[cell.day].append(cell)
    count = (last - first).days + 1
    days = [(last - DAY * number).isoformat() for number in range(count)]
    return {
        "totals": _counts(cells),
        "days": [{"day": day, **_counts(by_day[day]), "rows": _rows(by_day[day], names)} for day in days],
        "reasons": _reasons(cells, lang),
        "connectors": _capture(cells, names),
    }


def rates(cells: Iterable[Cell]) -> dict[str, Rate]:
    """How many dialogs of each channel came with a session, of those that had anything to upload."""
    found: dict[str, Rate] = defaultdict(Rate)
    for cell in cells:
        if GROUPS.get(cell.state) != "nothing" and cell.connector:
            found[cell.connector] += Rate(cell.count, cell.captured)
    return dict(found)


def reason_words(reason: str | None, problem: str | None, lang: str) -> str | None:
    """Why a dialog is where it is, and what to do."""
    if reason is None:
        return None
    said = problem_words(problem, lang) if problem else None
    key = f"analytics.reason.{reason}"
    if key not in catalogue("en"):
        return said or reason
    return text(key, lang, problem=said or problem or "")


def dialog_row(row: AnalyticsDialog, installation: Installation, names: Names, lang: str) -> dict[str, Any]:
    """One dialog of a list."""
    cards = [(kind, getattr(row, f"{kind}_id")) for kind in ("lead", "deal", "contact", "company")]
    return {
        "id": row.id, "session_id": row.session_id, "day": row.day, "at": row.started_at.isoformat(),
        "line": names.line(row.line_id), "connector": names.connector(row.connector), "messages": row.messages,
        "state": GROUPS[row.state], "reason": row.reason, "problem": row.problem,
        "text": _state_words(row, lang), "tier": row.tier, "uis_chat_id": row.uis_id,
        "uploaded_at": row.uploaded_at.isoformat() if row.uploaded_at else None,
        "entities": [
            {"type": kind, "id": number, "url": f"{installation.portal_url}/crm/{kind}/details/{number}/"}
            for kind, number in cards
            if number
        ],
    }  # fmt: skip


def _state_words(row: AnalyticsDialog, lang: str) -> str:
    if row.reason:
        return reason_words(row.reason, row.problem, lang) or ""
    if row.state == DialogState.UPLOADED:
        key = f"analytics.tier.{row.tier}" if row.tier else "analytics.state.uploaded"
        return text(f"{key}_refused" if row.session_refused else key, lang)
    return text(f"analytics.state.{row.state}", lang)


def _counts(cells: Iterable[Cell]) -> dict[str, Any]:
    found = dict.fromkeys(("uploaded", "refused", "waiting", "missing", "nothing"), 0)
    captured = 0
    for cell in cells:
        found[GROUPS[cell.state]] += cell.count
        captured += cell.captured if GROUPS[cell.state] != "nothing" else 0
    dialogs = sum(found.values()) - found["nothing"]
    whole = found["uploaded"] / dialogs if dialogs else None
    return {"dialogs": dialogs, **found, "with_session": captured, "completeness": whole}


def _rows(cells: Iterable[Cell], names: Names) -> list[dict[str, Any]]:
    by_place: dict[tuple[int, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        by_place[cell.line_id, cell.connector].append(cell)
    return [
        {
            "line_id": line, "line": names.line(line), "connector": code, "connector_title": names.connector(code),
            **_counts(some),
        }
        for (line, code), some in sorted(by_place.items())
    ]  # fmt: skip


def _reasons(cells: Iterable[Cell], lang: str) -> list[dict[str, Any]]:
    """What was refused or is missing, the commonest first."""
    found: dict[tuple[str, str | None, str], int] = defaultdict(int)
    for cell in cells:
        if cell.reason and GROUPS[cell.state] in ("refused", "missing"):
            found[cell.reason, cell.problem, GROUPS[cell.state]] += cell.count
    return [
        {
            "reason": reason,
            "problem": problem,
            "state": state,
            "text": reason_words(reason, problem, lang),
            "count": count,
        }
        for (reason, problem, state), count in sorted(found.items(), key=lambda one: (-one[1], one[0][0]))
    ]


def _capture(cells: Iterable[Cell], names: Names) -> list[dict[str, Any]]:
    return [
        {
            "connector": code, "title": names.connector(code), "dialogs": rate.dialogs,
            "with_session": rate.captured, "share": rate.share,
        }
        for code, rate in sorted(rates(cells).items(), key=lambda one: -one[1].dialogs)
    ]  # fmt: skip
