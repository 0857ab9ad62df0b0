"""Life events that wait to be proven. The table is small: it is read as a whole."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.storage.models import LateEvent


def waiting(session: Session) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(LateEvent)) or 0


def due(session: Session, now: datetime, limit: int) -> Sequence[LateEvent]:
    """The newest first: once a portal's newest is proven, its older ones say nothing."""
    query = select(LateEvent).where(LateEvent.due_at <= now).order_by(LateEvent.id.desc()).limit(limit)
    return session.scalars(query).all()


def postpone(session: Session, event_id: int, due_at: datetime) -> None:
    """It was tried in vain."""
    values = {"due_at": due_at, "attempts": LateEvent.attempts + 1}
    session.execute(update(LateEvent).where(LateEvent.id == event_id).values(values))


def drop(session: Session, event_id: int) -> None:
    """It is settled."""
    session.execute(delete(LateEvent).where(LateEvent.id == event_id))


def forget_of(session: Session, member_id: str) -> None:
    """A portal was proven by something newer. Served by the index on member_id."""
    session.execute(delete(LateEvent).where(LateEvent.member_id == member_id))
