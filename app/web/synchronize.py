"""Manual and periodic synchronization: directories of both sides, then employees are joined to users."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.base.texts import text
from app.rules.pairing import Person, pair, unpaired
from app.storage.models import Installation
from app.storage.queries import directory
from app.storage.services import Services
from app.uis.errors import UisError
from app.uis.problem import as_problem, problem_words
from app.uis.sync import LISTS, Report
from app.uis.sync import synchronize as read_uis
from bitrix_app.client import PortalClient
from bitrix_app.desk.automation import refresh
from bitrix_app.directories import read_directories
from bitrix_app.errors import BitrixError
from bitrix_app.open_lines.directory import read_lines
from bitrix_app.words import problem_of, words_of

log = structlog.get_logger()
STALE = timedelta(minutes=10)
"""A run that has not ended by then died with its process."""


def begin(services: Services, installation_id: int, unless_since: datetime | None = None) -> bool:
    """Note that a run begins; False when one is under way, or has ended since then."""
    now = services.clock.now()
    with services.sessions.begin() as session:
        row = session.get_one(Installation, installation_id, with_for_update=True)
        if _running(row.sync, now):
            return False
        if unless_since and row.synced_at and row.synced_at >= unless_since:
            return False
        row.sync = {"state": "running", "started_at": now.isoformat(), "parts": []}
    return True


def catch_up(services: Services, client: PortalClient, before: datetime) -> bool:
    """Read a portal that was not read since then. False when somebody else does, or did a moment ago."""
    if not begin(services, client.installation_id, unless_since=before):
        return False
    try:
        run(services, client)
    except Exception:  # whatever is wrong with one portal, the others are read; its run is noted as failed
        log.exception("synchronization_broke", portal=client.installation_id)
    return True


def run(services: Services, client: PortalClient) -> None:
    """Read everything that can be read; what cannot keeps its last content and is told with its reason."""
    parts: list[dict[str, Any]] = []

    def note(more: Sequence[dict[str, Any]] = ()) -> None:
        _note(services, client.installation_id, [*parts, *more], "running")

    try:
        parts += _portal(services, client)
        note()
        parts += _lines(services, client)
        note()
        parts += _uis(services, client, note)
        parts += _employees(services, client)
        refresh(services, client)
    finally:
        failed = not parts or any(part["problem"] for part in parts)
        _note(services, client.installation_id, parts, "failed" if failed else "done")
        client.flush_log()


def progress(session: Session, installation_id: int, now: datetime, lang: str) -> dict[str, Any]:
    """For GET /api/sync: `{"state", "percent", "started_at", "finished_at", "parts": [...]}` in words."""
    kept = session.get_one(Installation, installation_id).sync
    state = kept.get("state", "never")
    if state == "running" and not _running(kept, now):
        state = "failed"
    return {
        "state": state,
        "percent": 100 if state != "running" else round(100 * len(kept.get("parts", ())) / len(_ALL)),
        "started_at": kept.get("started_at"),
        "finished_at": kept.get("finished_at"),
        "parts": [_told(part, lang) for part in kept.get("parts", [])],
    }


def _running(kept: dict[str, Any], now: datetime) -> bool:
    started = kept.get("started_at")
    if kept.get("state") != "running" or not isinstance(started, str):
        return False
    return datetime.fromisoformat(started) > now - STALE


def _note(services: Services, installation_id: int, parts: list[dict[str, Any]], state: str) -> None:
    now = services.clock.now()
    with services.sessions.begin() as session:
        row = session.get(Installation, installation_id)
        if row is None:
            return
        ended = {} if state == "running" else {"finished_at": now.isoformat()}
        row.sync = {**row.sync, "state": state, "parts": parts, **ended}
        if state != "running":
            row.synced_at = now


def _portal(services: Services, client: PortalClient) -> list[dict[str, Any]]:
    try:
        counts = read_directories(services, client)
    except BitrixError as error:
        log.warning("portal_not_synchronized", portal=client.installation_id, error=type(error).__name__)
        problem = problem_of(error)
        return [{"name": name, "count": None, "side": "bitrix24", "problem": problem} for name in _PORTAL]
    return [_part(name, count, "bitrix24") for name, count in counts.items()]


_PORTAL = ("users", "pipelines", "stages")
_ALL = (*_PORTAL, "fields", "lines", "connectors", *LISTS, "pairs")
Note = Callable[[Sequence[dict[str, Any]]], None]


def _lines(services: Services, client: PortalClient) -> list[dict[str, Any]]:
    try:
        counts = read_lines(services, client)
    except BitrixError as error:
        return [{"name": "lines", "count": None, "side": "bitrix24", "problem": problem_of(error)}]
    return [_part(name, count, "bitrix24") for name, count in counts.items()]


def _uis(services: Services, client: PortalClient, note: Note) -> list[dict[str, Any]]:
    try:
        report = read_uis(services, client.installation_id, lambda done: note(_parts(done)))
    except UisError as error:
        if error.code == "not_connected":
            return []  # nothing is wrong: UIS is simply not there yet
        return [{"name": "uis", "count": None, "side": "uis", "problem": {"uis": as_problem(error)}}]
    return _parts(report)


def _parts(report: Report) -> list[dict[str, Any]]:
    return [_part(name, row["count"], "uis", row["problem"]) for name, row in report.items()]


def _part(name: str, count: int | None, side: str, problem: str | None = None) -> dict[str, Any]:
    return {"name": name, "count": count, "side": side, "problem": {"uis": problem} if problem else None}


def _employees(services: Services, client: PortalClient) -> list[dict[str, Any]]:
    with services.sessions.begin() as session:
        joined = join_employees(session, client.installation_id)
    return [_part("pairs", joined, "both")]


def join_employees(session: Session, installation_id: int) -> int:
    """Join employees to users as far as that is unambiguous; returns how many are joined."""
    rows = [row for row in directory.employees(session, installation_id) if row.active]
    users = directory.items(session, installation_id, "users")
    if users is None:
        return 0
    people = [
        Person(
            id=row.uis_id, full_name=row.full_name, email=row.email,
            phones=(row.phone,) if row.phone else (), linked=row.user_id, linked_by=row.joined_by,
        )
        for row in rows
    ]  # fmt: skip
    pairs = pair(people, [_user(user) for user in users])
    for row, person in zip(rows, people, strict=True):
        found = pairs.get(row.uis_id)
        if not unpaired(person):
            row.user_id, row.joined_by = (found.user_id, found.by) if found else (None, None)
    return len(pairs)


def _user(user: dict[str, Any]) -> Person:
    return Person(
        id=int(user["id"]), full_name=str(user["title"]), email=user.get("email"),
        phones=tuple(user.get("phones") or ()),
        able=bool(user.get("active", True)) and bool(str(user.get("last_name") or "").strip()),
    )  # fmt: skip


def _told(part: dict[str, Any], lang: str) -> dict[str, Any]:
    return {
        "name": part["name"],
        "title": text(f"sync.{part['name']}", lang),
        "side": part["side"],
        "count": part["count"],
        "problem": _words(part.get("problem"), lang),
    }


def _words(problem: dict[str, Any] | None, lang: str) -> str | None:
    if problem is None:
        return None
    return problem_words(problem["uis"], lang) if "uis" in problem else words_of(problem, lang)
