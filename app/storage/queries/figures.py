"""Figures for metrics and health."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.models import (
    Conversation,
    InboxRow,
    Installation,
    MailWork,
    OutboxRow,
    UisConnection,
)
from app.storage.queries import outbox
from app.storage.queries.work import Work


def inbox_waiting(session: Session, installation_id: int | None = None) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest does. Served by ix_inbox_pending: its size is the backlog's."""
    query = select(func.count(), func.min(InboxRow.received_at)).where(InboxRow.state == "new")
    if installation_id is not None:
        query = query.where(InboxRow.installation_id == installation_id)
    count, oldest = session.execute(query).one()
    return int(count), oldest


def unreadable(session: Session, installation_id: int) -> int:
    """Events that nobody could read. Reads the portal's rows: for a health page, not for a hot road."""
    query = select(func.count()).where(
        InboxRow.installation_id == installation_id, InboxRow.state == "failed"
    )
    return int(session.scalar(query) or 0)


def lost_callbacks(session: Session, installation_id: int | None = None) -> int:
    """Chats and messages that only the reports of UIS told of, since each connection was made."""
    query = select(func.coalesce(func.sum(UisConnection.lost_callbacks), 0))
    if installation_id is not None:
        query = query.where(UisConnection.installation_id == installation_id)
    return int(session.scalar(query) or 0)


def portals_by_state(session: Session) -> dict[str, int]:
    """Installations by state."""
    rows = session.execute(select(Installation.state, func.count()).group_by(Installation.state))
    return {str(state): int(count) for state, count in rows}


def conversations_by_state(session: Session, installation_id: int | None = None) -> dict[str, int]:
    """Conversations by state; of one portal served by ix_conversation_installation_id_id."""
    query = select(Conversation.state, func.count()).group_by(Conversation.state)
    if installation_id is not None:
        query = query.where(Conversation.installation_id == installation_id)
    return {str(state): int(count) for state, count in session.execute(query)}


def in_trouble(session: Session) -> dict[str, int]:
    """Conversations that wait for a person, by state. Served by ix_conversation_trouble."""
    query = (
        select(Conversation.state, func.count())
        .where(Conversation.state.in_(("failed", "in_doubt")))
        .group_by(Conversation.state)
    )
    return {"failed": 0, "in_doubt": 0} | {str(state): int(count) for state, count in session.execute(query)}


def conversations_due(session: Session) -> int:
    """Conversations that will be looked at again. Served by ix_conversation_due: its size is theirs."""
    return int(session.scalar(select(func.count()).where(Conversation.due_at.is_not(None))) or 0)


def letters_waiting(session: Session) -> int:
    """Letters on their way. Served by ix_outbox_unsettled: its size is theirs."""
    query = select(func.count()).where(OutboxRow.state.in_(outbox.UNSETTLED))
    return int(session.scalar(query) or 0)


def letters_since(session: Session) -> datetime | None:
    """When the oldest letter on its way was posted, however often it was put off since.

    Portals that are parked or switched off have no due time, and their letters are meant to wait. Served by
    ix_outbox_unsettled.
    """
    query = (
        select(func.min(OutboxRow.created_at))
        .join(MailWork, MailWork.installation_id == OutboxRow.installation_id)
        .where(OutboxRow.state.in_(outbox.UNSETTLED), MailWork.due_at.is_not(None))
    )
    return session.scalar(query)


def letters_in_trouble(session: Session, stopped: Collection[str]) -> dict[str, int]:
    """Letters that want a person, by state. `stopped`: problems that are none. Served by ix_outbox_troubled."""
    query = select(OutboxRow.state, func.count()).where(
        OutboxRow.state.in_(outbox.TROUBLED), func.coalesce(OutboxRow.problem, "").not_in(stopped)
    )
    counted = {str(state): int(count) for state, count in session.execute(query.group_by(OutboxRow.state))}
    return {state.value: 0 for state in outbox.TROUBLED} | counted


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """How late the portals of a lane are, in seconds (those that are not due apart), and how many are held."""

    lags: list[float]
    held: int


def lane(session: Session, work: Work, now: datetime) -> LaneFigures:
    """One lane at this moment. Served by the index of due_at: only portals that are due are read."""
    query = select(work.due_at, work.lease_until).where(work.due_at <= now)
    rows = session.execute(query).all()
    held = sum(lease is not None and lease > now for _, lease in rows)
    return LaneFigures(sorted((now - due).total_seconds() for due, _ in rows), held)


def points_low(session: Session, share: float) -> int:
    """Connections with less than this share of their Data API points of the day left. Reads all connections."""
    limits = UisConnection.data_api["limits"]
    left, most = limits["day_remaining"].as_integer(), limits["day_limit"].as_integer()
    return int(session.scalar(select(func.count()).where(most > 0, left < most * share)) or 0)
