"""The outbox: posting letters, and reading those that are on their way."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from app.domain.mail import Exit, LetterState
from app.storage.models import Conversation, MailWork, OutboxRow
from app.storage.queries import work
from app.storage.queries.counted import changed
from app.storage.queries.upsert import insert_ignoring

UNSETTLED = (LetterState.WAITING, LetterState.SENT)
TROUBLED = (LetterState.FAILED, LetterState.IN_DOUBT)


def post(session: Session, installation_id: int, letters: Sequence[dict[str, Any]], now: datetime) -> int:
    """Order letters: exit, thread, kind, key, body, and optionally rank, look_at (not before), conversation_id,
    author_id.

    Returns how many are new: a repeated key is no second letter. Wake the portal's mail after the commit.
    """
    common = {"installation_id": installation_id, "created_at": now, "state": "waiting", "attempts": 0}
    optional: dict[str, Any] = {
        "conversation_id": None, "author_id": None, "result": {}, "rank": 0, "look_at": None,
    }  # fmt: skip
    made = insert_ignoring(session, OutboxRow, [common | optional | letter for letter in letters])
    if made:
        work.due_by(session, installation_id, now, MailWork)
    return made


def unsettled(session: Session, installation_id: int, limit: int) -> Sequence[OutboxRow]:
    """Letters that are on their way, as they were posted. Served by ix_outbox_unsettled."""
    query = (
        select(OutboxRow)
        .where(OutboxRow.installation_id == installation_id, OutboxRow.state.in_(UNSETTLED))
        .order_by(OutboxRow.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def by_keys(session: Session, installation_id: int, keys: Collection[str]) -> dict[str, OutboxRow]:
    """Letters by their keys. Served by the unique key."""
    query = select(OutboxRow).where(OutboxRow.installation_id == installation_id, OutboxRow.key.in_(keys))
    return {row.key: row for row in session.scalars(query)}


def by_remote(session: Session, installation_id: int, ids: Collection[int]) -> dict[int, OutboxRow]:
    """Letters by the id that their message has in UIS. Served by ix_outbox_remote."""
    query = select(OutboxRow).where(
        OutboxRow.installation_id == installation_id, OutboxRow.remote_id.in_(ids)
    )
    return {row.remote_id: row for row in session.scalars(query) if row.remote_id is not None}


def unheard(session: Session, installation_id: int, exit_: str) -> Sequence[OutboxRow]:
    """Letters of an exit that may have arrived without our knowing, oldest first.

    Served by ix_outbox_unsettled and ix_outbox_doubted.
    """
    mine = (OutboxRow.installation_id == installation_id) & OutboxRow.remote_id.is_(None)
    found = [
        row
        for state in (LetterState.SENT, LetterState.IN_DOUBT)
        for row in session.scalars(select(OutboxRow).where(mine, OutboxRow.state == state))
        if row.exit == exit_
    ]
    return sorted(found, key=lambda row: (row.rank, row.id))


def last_rank(session: Session, installation_id: int, exit_: str, thread: str) -> int:
    """The highest rank of the letters of a thread that wait; 0 when none does. Served by ix_outbox_unsettled."""
    query = select(func.max(OutboxRow.rank)).where(
        OutboxRow.installation_id == installation_id, OutboxRow.state.in_(UNSETTLED),
        OutboxRow.exit == exit_, OutboxRow.thread == thread,
    )  # fmt: skip
    return session.scalar(query) or 0


def open_counts(session: Session, installation_id: int) -> dict[str, int]:
    """How many letters are on their way or need a person, by state. Served by the partial indexes."""
    found: dict[str, int] = {}
    for states in (UNSETTLED, TROUBLED):
        query = (
            select(OutboxRow.state, func.count())
            .where(OutboxRow.installation_id == installation_id, OutboxRow.state.in_(states))
            .group_by(OutboxRow.state)
        )
        found |= {row[0]: row[1] for row in session.execute(query)}
    return found


def of_conversations(session: Session, ids: Collection[int]) -> Sequence[OutboxRow]:
    """All letters of conversations, as they were posted. Served by ix_outbox_conversation_id_id."""
    query = select(OutboxRow).where(OutboxRow.conversation_id.in_(ids))
    return session.scalars(query.order_by(OutboxRow.id)).all()


def troubled(session: Session, installation_id: int, ids: Collection[int]) -> dict[int, str]:
    """Conversations with letters that need a person: "failed", else "in_doubt". Served by ix_outbox_troubled."""
    query = select(OutboxRow.conversation_id, OutboxRow.state).where(
        OutboxRow.installation_id == installation_id, OutboxRow.state.in_(TROUBLED),
        OutboxRow.conversation_id.in_(ids),
    )  # fmt: skip
    found: dict[int, str] = {}
    for conversation_id, state in session.execute(query):
        if found.get(conversation_id) != LetterState.FAILED:
            found[conversation_id] = state
    return found


def has_troubled(states: Collection[str]) -> ColumnElement[bool]:
    """Conversations with a letter in one of these states, as a condition. Served by ix_outbox_troubled."""
    return exists().where(
        OutboxRow.installation_id == Conversation.installation_id,
        OutboxRow.conversation_id == Conversation.id, OutboxRow.state.in_(states),
    )  # fmt: skip


def starts_in_doubt(session: Session, installation_id: int) -> Sequence[OutboxRow]:
    """First messages of operators of which nobody knows whether UIS began their chat. Served by ix_outbox_troubled."""
    query = select(OutboxRow).where(
        OutboxRow.installation_id == installation_id,
        OutboxRow.exit == Exit.UIS,
        OutboxRow.state == LetterState.IN_DOUBT,
        OutboxRow.conversation_id.is_(None),
    )
    rows = session.scalars(query.order_by(OutboxRow.id)).all()
    return [row for row in rows if row.body.get("contact") and not row.result.get("said")]


def reopen(session: Session, where: ColumnElement[bool], now: datetime) -> list[int]:
    """Letters that did not arrive are sent again, by a person's wish or because their reason is gone.

    Returns their ids. Wake the portal's mail after the commit.
    """
    query = update(OutboxRow).where(where, OutboxRow.state.in_(TROUBLED))
    values = {
        "state": LetterState.WAITING,
        "problem": None,
        "attempts": 0,
        "look_at": None,
        "settled_at": None,
    }
    returned = query.values(**values).returning(OutboxRow.id, OutboxRow.installation_id)
    found = session.execute(returned).all()
    for installation_id in {row.installation_id for row in found}:
        work.due_by(session, installation_id, now, MailWork)
    return [row.id for row in found]


def take_back(session: Session, row_id: int, problem: str, now: datetime) -> bool:
    """A letter that did not leave yet will not leave; False when it is on its way. Served by the primary key."""
    query = update(OutboxRow).where(OutboxRow.id == row_id, OutboxRow.state == LetterState.WAITING)
    values = {"state": LetterState.FAILED, "problem": problem, "settled_at": now}
    return changed(session, query.values(**values)) == 1


def doubted(session: Session, installation_id: int, now: datetime, limit: int) -> Sequence[OutboxRow]:
    """Letters in doubt that may be looked up now. Served by ix_outbox_doubted."""
    query = (
        select(OutboxRow)
        .where(
            OutboxRow.installation_id == installation_id,
            OutboxRow.state == LetterState.IN_DOUBT,
            OutboxRow.look_at <= now,
        )
        .order_by(OutboxRow.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def by_ids(session: Session, ids: Collection[int]) -> dict[int, OutboxRow]:
    """Letters by id. Served by the primary key."""
    return {row.id: row for row in session.scalars(select(OutboxRow).where(OutboxRow.id.in_(ids)))}


def next_doubt(session: Session, installation_id: int) -> datetime | None:
    """When the next letter in doubt is to be looked up. Served by ix_outbox_doubted."""
    query = select(func.min(OutboxRow.look_at)).where(
        OutboxRow.installation_id == installation_id,
        OutboxRow.state == LetterState.IN_DOUBT,
        OutboxRow.look_at.is_not(None),
    )
    return session.scalar(query)
