"""What engineers ask for at the command line: over all portals, newest first, never bodies or texts."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.storage.models import (
    Conversation,
    InboxRow,
    Installation,
    InstallationState,
    OutboxRow,
    PortalWork,
    RequestLog,
)
from app.storage.queries import work
from app.storage.queries.counted import changed

Stored = type[Conversation] | type[OutboxRow]
"""What a person may let go on after it has failed."""


def portals(
    session: Session, state: str | None, limit: int
) -> Sequence[tuple[Installation, PortalWork | None]]:
    """Portals with what is due there, those that wait longest first."""
    query = (
        select(Installation, PortalWork)
        .outerjoin(PortalWork, PortalWork.installation_id == Installation.id)
        .order_by(PortalWork.due_at.is_(None), PortalWork.due_at, Installation.id)
        .limit(limit)
    )
    if state:
        query = query.where(Installation.state == state)
    return [(row[0], row[1]) for row in session.execute(query)]


def events(session: Session, portal: int | None, state: str, limit: int) -> Sequence[InboxRow]:
    """Events in this state, newest first. Served by the primary key, of one portal by its unique key."""
    query = select(InboxRow).where(InboxRow.state == state).order_by(InboxRow.id.desc()).limit(limit)
    return session.scalars(query if portal is None else query.where(InboxRow.installation_id == portal)).all()


def entries(
    session: Session, portal: int | None, state: str | None, problem: str | None, limit: int
) -> Sequence[Conversation]:
    """Conversations, newest first. `problem`: what their problem begins with."""
    query = select(Conversation).order_by(Conversation.id.desc()).limit(limit)
    if portal is not None:
        query = query.where(Conversation.installation_id == portal)
    if state:
        query = query.where(Conversation.state == state)
    if problem:
        query = query.where(Conversation.problem.startswith(problem, autoescape=True))
    return session.scalars(query).all()


def requests(session: Session, portal: int, since: datetime) -> Iterator[RequestLog]:
    """REST requests of a portal since then, oldest first, some at a time: there may be many."""
    query = select(RequestLog).where(RequestLog.installation_id == portal, RequestLog.at >= since)
    yield from session.scalars(query.order_by(RequestLog.id).execution_options(yield_per=200))


def troubles(session: Session, what: Stored) -> Sequence[tuple[str, int, int]]:
    """(problem, portal, how many) of what has failed. Served by the partial index of those in trouble."""
    query = (
        select(what.problem, what.installation_id, func.count())
        .where(what.state == "failed", what.problem.is_not(None))
        .group_by(what.problem, what.installation_id)
    )
    return [(str(row[0]), row[1], row[2]) for row in session.execute(query)]


def portals_with(session: Session, what: Stored, problem: str) -> Sequence[int]:
    """Portals where something has failed whose problem begins so. Served likewise."""
    query = select(what.installation_id).where(what.state == "failed", _begins(what, problem))
    return session.scalars(query.distinct().order_by(what.installation_id)).all()


def failed_ids(
    session: Session, what: Stored, installation_id: int, problem: str, after: int, limit: int
) -> Sequence[int]:
    """What has failed at this portal with a problem that begins so, the next of them after an id. Served likewise."""
    query = select(what.id).where(
        what.installation_id == installation_id, what.state == "failed",
        _begins(what, problem), what.id > after,
    )  # fmt: skip
    return session.scalars(query.order_by(what.id).limit(limit)).all()


def _begins(what: Stored, problem: str) -> ColumnElement[bool]:
    return what.problem.startswith(problem, autoescape=True)


def replay(session: Session, ids: Collection[int], now: datetime) -> int:
    """Fold these events in (again). Returns how many. Folding twice makes nothing twice."""
    query = update(InboxRow).where(InboxRow.id.in_(ids)).values(state="new", problem=None)
    found = session.scalars(query.returning(InboxRow.installation_id)).all()
    for installation_id in sorted(set(found)):
        work.due_by(session, installation_id, now)
    return len(found)


def set_aside(session: Session, ids: Collection[int], problem: str) -> int:
    """Leave these waiting events alone until they are replayed. Returns how many."""
    query = update(InboxRow).where(InboxRow.id.in_(ids), InboxRow.state == "new")
    return changed(session, query.values(state="failed", problem=problem))


def park(session: Session, installation_id: int, problem: str) -> bool:
    """Stop working for an active portal until it is unparked by hand. False when it was not active."""
    query = update(Installation).where(
        Installation.id == installation_id, Installation.state == InstallationState.ACTIVE
    )
    parked = {"state": InstallationState.PARKED, "problem": problem, "parked_until": None}
    return changed(session, query.values(**parked)) == 1


def unpark(session: Session, installation_id: int, now: datetime) -> bool:
    """Work for a parked portal again, at once. False when it was not parked."""
    query = update(Installation).where(
        Installation.id == installation_id, Installation.state == InstallationState.PARKED
    )
    if not changed(session, query.values(state=InstallationState.ACTIVE, problem=None, parked_until=None)):
        return False
    work.due_everywhere(session, installation_id, now)
    return True


def purge_soon(session: Session, installation_id: int, now: datetime) -> bool:
    """Let a removed portal's data be erased by the next sweep. False when it is not removed."""
    query = update(Installation).where(
        Installation.id == installation_id, Installation.state == InstallationState.REMOVED
    )
    return changed(session, query.values(purge_at=now)) == 1
