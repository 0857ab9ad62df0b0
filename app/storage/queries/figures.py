"""Figures for metrics and health."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.models import Conversation, InboxRow, Installation, RequestLog, UisConnection


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


def requests_since(session: Session, now: datetime, minutes: int = 5) -> dict[str, int]:
    """REST requests by outcome ("ok" or "problem"). Served by ix_request_log_at."""
    query = (
        select(RequestLog.problem.is_(None), func.count())
        .where(RequestLog.at >= now - timedelta(minutes=minutes))
        .group_by(RequestLog.problem.is_(None))
    )
    return {"ok" if good else "problem": int(count) for good, count in session.execute(query)}
