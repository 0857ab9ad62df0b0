"""Erasing old rows in small steps: each statement hits at most so many rows, so that nobody waits for it."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, aliased

from app.storage.models import (
    AnalyticsDialog,
    AnalyticsHint,
    Conversation,
    InboxRow,
    Installation,
    InstallationState,
    LeaseRow,
    LineDialog,
    OutboxRow,
    PlanRow,
    RequestLog,
    Visitor,
)
from app.storage.queries.counted import changed

STEP = 1_000
MANY = (
    Conversation, InboxRow, RequestLog, OutboxRow, LineDialog, AnalyticsDialog, AnalyticsHint, Visitor,
)  # fmt: skip
"""Tables of which a portal may have so many rows that they do not go with it in one statement."""


def old_requests(session: Session, before: datetime) -> int:
    """REST requests older than this. Served by ix_request_log_at."""
    old = select(RequestLog.id).where(RequestLog.at < before).order_by(RequestLog.at).limit(STEP)
    return changed(session, delete(RequestLog).where(RequestLog.id.in_(old)))


def old_events(session: Session, before: datetime) -> int:
    """Events that were folded in and are older than this. Served by ix_inbox_received_at.

    Those that nobody could read stay, for an engineer to see.
    """
    old = (
        select(InboxRow.id)
        .where(InboxRow.received_at < before, InboxRow.state == "done")
        .order_by(InboxRow.received_at)
        .limit(STEP)
    )
    return changed(session, delete(InboxRow).where(InboxRow.id.in_(old)))


def old_plans(session: Session, before: datetime) -> int:
    """Plans that ended before this, but the last one of each conversation. Served by ix_plan_settled_at."""
    newer = aliased(PlanRow)
    follows = select(newer.id).where(newer.conversation_id == PlanRow.conversation_id, newer.id > PlanRow.id)
    old = (
        select(PlanRow.id)
        .where(PlanRow.settled_at < before, follows.exists())
        .order_by(PlanRow.settled_at)
        .limit(STEP)
    )
    return changed(session, delete(PlanRow).where(PlanRow.id.in_(old)))


def old_leases(session: Session, before: datetime) -> int:
    """Leases that nobody prolonged since."""
    return changed(session, delete(LeaseRow).where(LeaseRow.until < before))


def of_removed_portal(session: Session, now: datetime) -> tuple[int, int]:
    """A step of erasing one removed portal whose time has come: (rows, portals) that are gone.

    Its row is locked first: a reinstallation has changed the state, or waits until the step is over.
    """
    portal = session.scalar(
        select(Installation.id)
        .where(Installation.state == InstallationState.REMOVED, Installation.purge_at <= now)
        .limit(1)
        .with_for_update()
    )
    if portal is None:
        return 0, 0
    for table in MANY:
        some = select(table.id).where(table.installation_id == portal).limit(STEP)
        # What hangs on a conversation (messages, plans, keys of the client, letters) goes with it.
        if gone := changed(session, delete(table).where(table.id.in_(some))):
            return gone, 0
    gone = changed(session, delete(Installation).where(Installation.id == portal))
    return gone, gone
