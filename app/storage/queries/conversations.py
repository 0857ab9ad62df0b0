"""Conversations, their messages, plans and keys."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from app.storage.models import ClientKey, Conversation, Message, PlanRow, Visitor
from app.storage.queries import driver
from app.storage.queries.upsert import put_ignoring

Spoken = Row[tuple[int, int, str, int | None, str, datetime, bool, dict[str, Any] | None]]
"""conversation_id, message_id, source, operator_id, text, sent_at, edited, resource of a message."""
Due = tuple[Conversation, PlanRow | None]
"""One that is due, and its plan in flight."""

AT_ONCE = 40
"""Messages of different conversations in one statement."""

# On the way from a callback to the CRM: made once, for making a statement costs as much as running it.
_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
_KEYS: BindParameter[list[str]] = bindparam("keys", expanding=True)
_DUE = (
    select(Conversation, PlanRow)
    .outerjoin(PlanRow, and_(PlanRow.conversation_id == Conversation.id, PlanRow.settled_at.is_(None)))
    .where(Conversation.installation_id == bindparam("portal"), Conversation.due_at <= bindparam("now"))
    .order_by(Conversation.due_at, Conversation.id)
    .limit(bindparam("most"))
)
_SPOKEN = (
    select(
        Message.conversation_id, Message.message_id, Message.source, Message.operator_id, Message.text,
        Message.sent_at, Message.edited, Message.resource,
    )
    .where(Message.conversation_id.in_(_IDS))
    .order_by(Message.conversation_id, Message.message_id)
)  # fmt: skip
_OPEN_PLANS = select(PlanRow).where(PlanRow.conversation_id.in_(_IDS), PlanRow.settled_at.is_(None))
_BY_IDS = select(Conversation).where(Conversation.id.in_(_IDS))
_HELD_KEYS = (
    select(ClientKey.key)
    .join(PlanRow, and_(PlanRow.conversation_id == ClientKey.conversation_id, PlanRow.settled_at.is_(None)))
    .join(Conversation, Conversation.id == ClientKey.conversation_id)
    .where(
        ClientKey.installation_id == bindparam("portal"),
        ClientKey.key.in_(_KEYS),
        ClientKey.conversation_id.not_in(bindparam("but", expanding=True)),
        Conversation.state.not_in(("failed", "in_doubt")),
    )
)
_EARLIER = (
    select(ClientKey.key, Conversation)
    .join(Conversation, Conversation.id == ClientKey.conversation_id)
    .where(
        ClientKey.installation_id == bindparam("portal"),
        ClientKey.key.in_(_KEYS),
        or_(Conversation.state == "done", Conversation.decided >= 0),
    )
    .order_by(Conversation.id.desc())
    .limit(500)
)


def by_source(
    session: Session, installation_id: int, kind: str, source_ids: Collection[int]
) -> dict[int, Conversation]:
    """Conversations by their ids in UIS. Served by the unique key."""
    query = select(Conversation).where(
        Conversation.installation_id == installation_id,
        Conversation.kind == kind,
        Conversation.source_id.in_(source_ids),
    )
    return {row.source_id: row for row in session.scalars(query)}


def of_visitors(
    session: Session, installation_id: int, visitor_ids: Collection[int]
) -> Sequence[Conversation]:
    """Conversations of visitors. Served by ix_conversation_installation_id_visitor_id."""
    query = select(Conversation).where(
        Conversation.installation_id == installation_id, Conversation.visitor_id.in_(visitor_ids)
    )
    return session.scalars(query).all()


def cards(session: Session, installation_id: int, visitor_ids: Collection[int]) -> dict[int, Visitor]:
    """Cards of visitors by visitor id. Served by the unique key."""
    query = select(Visitor).where(
        Visitor.installation_id == installation_id, Visitor.visitor_id.in_(visitor_ids)
    )
    return {row.visitor_id: row for row in session.scalars(query)}


def due(session: Session, installation_id: int, now: datetime, limit: int) -> list[Due]:
    """Conversations whose time has come, longest waiting first, each with its plan in flight.

    Served by ix_conversation_due and uq_plan_open.
    """
    found = session.execute(_DUE, {"portal": installation_id, "now": now, "most": limit})
    return [(row, plan) for row, plan in found]


def due_versions(session: Session, installation_id: int, now: datetime, limit: int) -> dict[int, int]:
    """Conversations whose time has come, at most `limit`, each with its `changed`. Served by ix_conversation_due."""
    query = "SELECT id, changed FROM conversation WHERE installation_id = ? AND due_at <= ? LIMIT ?"
    found = driver.run(session.connection(), query, installation_id, now, limit)
    return {row.id: row.changed for row in found}


def postpone_new(session: Session, installation_id: int, now: datetime, until: datetime) -> None:
    """Conversations that are due and were never decided wait until then. Served by ix_conversation_due."""
    session.execute(
        update(Conversation)
        .where(
            Conversation.installation_id == installation_id,
            Conversation.due_at <= now,
            Conversation.decided < 0,
        )
        .values(due_at=until)
    )


def next_due(session: Session, installation_id: int) -> datetime | None:
    """When the next conversation is due. Served by ix_conversation_due."""
    query = select(func.min(Conversation.due_at)).where(
        Conversation.installation_id == installation_id, Conversation.due_at.is_not(None)
    )
    return session.scalar(query)


def messages(session: Session, conversation_ids: Collection[int]) -> dict[int, list[Message]]:
    """Messages by conversation, in the order of UIS's ids. Served by the unique key."""
    query = select(Message).where(Message.conversation_id.in_(conversation_ids))
    found: dict[int, list[Message]] = {conversation_id: [] for conversation_id in conversation_ids}
    for message in session.scalars(query.order_by(Message.conversation_id, Message.message_id)):
        found[message.conversation_id].append(message)
    return found


def spoken(session: Session, conversation_ids: Collection[int]) -> dict[int, list[Spoken]]:
    """The same to be read only, many times cheaper than objects of the session."""
    found: dict[int, list[Spoken]] = {conversation_id: [] for conversation_id in conversation_ids}
    for row in session.execute(_SPOKEN, {"ids": list(conversation_ids)}):
        found[row.conversation_id].append(row)
    return found


def some_messages(
    session: Session, conversation_ids: Collection[int], message_ids: Collection[int]
) -> Sequence[Message]:
    """Messages by their ids in UIS. Served by the unique key."""
    query = select(Message).where(
        Message.conversation_id.in_(conversation_ids), Message.message_id.in_(message_ids)
    )
    return session.scalars(query).all()


def messages_at(session: Session, places: Collection[tuple[int, int]]) -> list[Message]:
    """Messages by conversation and id in UIS. Served by the unique key.

    A few places at once: SQLite knows no index for pairs, and looks for every id in every conversation of a statement.
    """
    found: list[Message] = []
    keys = sorted(places)
    for start in range(0, len(keys), AT_ONCE):
        own, ids = zip(*keys[start : start + AT_ONCE], strict=True)
        rows = some_messages(session, set(own), ids)
        found += [row for row in rows if (row.conversation_id, row.message_id) in places]
    return found


def first_of_client(session: Session, conversation_id: int, after: int) -> datetime | None:
    """When the client first wrote after a message of UIS. Served by the unique key."""
    query = select(func.min(Message.sent_at)).where(
        Message.conversation_id == conversation_id, Message.source == "visitor", Message.message_id > after
    )
    return session.scalar(query)


def open_plans(session: Session, conversation_ids: Collection[int]) -> dict[int, PlanRow]:
    """The plan in flight of each conversation. Served by uq_plan_open."""
    plans = session.scalars(_OPEN_PLANS, {"ids": list(conversation_ids)})
    return {plan.conversation_id: plan for plan in plans}


def by_ids(session: Session, ids: Iterable[int]) -> dict[int, Conversation]:
    """Many conversations in one statement. Served by the primary key."""
    return {row.id: row for row in session.scalars(_BY_IDS, {"ids": list(ids)})}


def keep_keys(session: Session, installation_id: int, keys: dict[int, frozenset[str]]) -> None:
    """Remember the client's keys of conversations; repeats fall on the unique key."""
    rows = [
        {"installation_id": installation_id, "key": key, "conversation_id": conversation_id}
        for conversation_id, own in keys.items()
        for key in sorted(own)
    ]
    put_ignoring(session, ClientKey, rows)


def held_keys(session: Session, installation_id: int, keys: Iterable[str], but: Collection[int]) -> set[str]:
    """Which of the keys belong to a conversation whose plan is in flight. Served by the unique key of keys."""
    values = {"portal": installation_id, "keys": list(keys), "but": list(but)}
    return set(session.scalars(_HELD_KEYS, values))


def earlier(
    session: Session, installation_id: int, keys: Iterable[str]
) -> Sequence[tuple[str, Conversation]]:
    """Conversations that carry one of the keys and that were decided. Served by the unique key of keys."""
    found = session.execute(_EARLIER, {"portal": installation_id, "keys": list(keys)})
    return [(key, conversation) for key, conversation in found]


def wake_all(session: Session, installation_id: int, states: Collection[str], now: datetime) -> int:
    """Make all conversations in these states due now. Returns how many."""
    query = (
        update(Conversation)
        .where(Conversation.installation_id == installation_id, Conversation.state.in_(states))
        .values(due_at=now)
        .returning(Conversation.id)
    )
    return len(session.scalars(query).all())
