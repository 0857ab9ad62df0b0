"""End-to-end analytics: hints, sessions and their states. The caller holds the lane of `AnalyticsWork`."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.dialogs import AGAIN, OPEN, DialogState
from app.domain.events import EntityAdded
from app.storage.models import AnalyticsDialog, AnalyticsHint, AnalyticsWork
from app.storage.queries import work
from app.storage.queries.counted import changed
from app.storage.queries.upsert import insert_ignoring

SETTLE = timedelta(seconds=5)
"""The line ties its dialog to the entity about when the event leaves, maybe a little later."""


def hear(session: Session, installation_id: int, added: Sequence[EntityAdded], now: datetime) -> None:
    """Note entities that events told of; each is looked at once, however often it is told."""
    if not added:
        return
    due = now + SETTLE
    common = {
        "installation_id": installation_id,
        "created_at": now,
        "due_at": due,
        "looks": 0,
        "outcome": None,
    }
    rows = [common | {"kind": one.kind, "entity_id": one.entity_id, "via": one.via} for one in added]
    insert_ignoring(session, AnalyticsHint, rows)
    session.execute(
        update(AnalyticsWork).where(AnalyticsWork.installation_id == installation_id).values(heard_at=now)
    )
    work.due_by(session, installation_id, due, AnalyticsWork)


def try_now(session: Session, installation_id: int, now: datetime) -> None:
    """Something changed at UIS, or somebody says so: what waits for it is tried at once."""
    row = update(AnalyticsWork).where(AnalyticsWork.installation_id == installation_id)
    session.execute(row.values(upload_after=None, problem=None))
    work.due_by(session, installation_id, now, AnalyticsWork)


def due_hints(session: Session, installation_id: int, now: datetime, limit: int) -> Sequence[AnalyticsHint]:
    """Hints to look into now, oldest first. Served by ix_analytics_hint_due."""
    query = (
        select(AnalyticsHint)
        .where(AnalyticsHint.installation_id == installation_id, AnalyticsHint.due_at <= now)
        .order_by(AnalyticsHint.due_at, AnalyticsHint.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def due(
    session: Session, installation_id: int, states: Collection[DialogState], now: datetime, limit: int
) -> Sequence[AnalyticsDialog]:
    """Sessions of these states to look at now, the longest due first. Served by ix_analytics_dialog_due."""
    query = (
        select(AnalyticsDialog)
        .where(
            AnalyticsDialog.installation_id == installation_id,
            AnalyticsDialog.due_at <= now,
            AnalyticsDialog.state.in_(states),
        )
        .order_by(AnalyticsDialog.due_at, AnalyticsDialog.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def next_hint(session: Session, installation_id: int) -> datetime | None:
    """When the next hint is to be looked into. Served by ix_analytics_hint_due."""
    query = select(func.min(AnalyticsHint.due_at)).where(
        AnalyticsHint.installation_id == installation_id, AnalyticsHint.due_at.is_not(None)
    )
    return session.scalar(query)


def next_due(session: Session, installation_id: int, states: Collection[DialogState]) -> datetime | None:
    """When the next session of these states is to be looked at. Served by ix_analytics_dialog_due."""
    query = select(func.min(AnalyticsDialog.due_at)).where(
        AnalyticsDialog.installation_id == installation_id,
        AnalyticsDialog.due_at.is_not(None),
        AnalyticsDialog.state.in_(states),
    )
    return session.scalar(query)


def add(session: Session, rows: list[dict[str, Any]]) -> int:
    """Sessions that are new; those that are known stay as they are. Returns how many were."""
    return insert_ignoring(session, AnalyticsDialog, rows)


def by_sessions(
    session: Session, installation_id: int, session_ids: Collection[int]
) -> dict[int, AnalyticsDialog]:
    """By the number of the session. Served by the unique key."""
    query = select(AnalyticsDialog).where(
        AnalyticsDialog.installation_id == installation_id, AnalyticsDialog.session_id.in_(session_ids)
    )
    return {row.session_id: row for row in session.scalars(query)}


def by_ids(session: Session, ids: Collection[int]) -> dict[int, AnalyticsDialog]:
    """By our own number. Served by the primary key."""
    query = select(AnalyticsDialog).where(AnalyticsDialog.id.in_(ids))
    return {row.id: row for row in session.scalars(query)}


def open_sessions(session: Session, installation_id: int, limit: int) -> Sequence[int]:
    """Numbers of sessions that still go on, the youngest first. Served by ix_analytics_dialog_due."""
    query = (
        select(AnalyticsDialog.session_id)
        .where(
            AnalyticsDialog.installation_id == installation_id,
            AnalyticsDialog.due_at.is_not(None),
            AnalyticsDialog.state.in_(OPEN),
            AnalyticsDialog.finished.is_(False),
        )
        .order_by(AnalyticsDialog.session_id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def finish(session: Session, installation_id: int, session_ids: Collection[int], now: datetime) -> int:
    """The portal closed these sessions: what still goes on with us is read now. Returns how many were open."""
    query = (
        update(AnalyticsDialog)
        .where(
            AnalyticsDialog.installation_id == installation_id,
            AnalyticsDialog.session_id.in_(session_ids),
            AnalyticsDialog.state.in_(OPEN),
            AnalyticsDialog.finished.is_(False),
        )
        .values(finished=True, due_at=now)
    )
    return changed(session, query)


def send_again(
    session: Session, installation_id: int, now: datetime, *,
    ids: Collection[int] = (), reason: str | None = None, problem: str | None = None,
) -> int:  # fmt: skip
    """Refused and missing sessions are tried anew: these, or all with this reason (and problem). Returns how many.

    What UIS may have is looked up by its marker first, so nothing is uploaded twice.
    """
    chosen = AnalyticsDialog.id.in_(ids) if reason is None else AnalyticsDialog.reason == reason
    if problem is not None:
        chosen &= AnalyticsDialog.problem == problem
    query = (
        update(AnalyticsDialog)
        .where(
            AnalyticsDialog.installation_id == installation_id, chosen, AnalyticsDialog.state.in_(AGAIN)
        )
        .values(
            state=DialogState.READY, reason=None, problem=None, session_refused=False, looks=0, due_at=now,
        )
    )  # fmt: skip
    count = changed(session, query)
    try_now(session, installation_id, now)
    return count
