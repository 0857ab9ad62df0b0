"""Lists of the operator workplace, what was read, and the words of a conversation."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from app.domain.mail import Exit, Kind, LetterState
from app.storage.models import ClientKey, Conversation, Message, OutboxRow, Seen
from app.storage.queries.upsert import insert_ignoring

MANY = 1_000
"""Conversations of one client that are looked at."""
SHOWN_LETTERS = (LetterState.WAITING, LetterState.SENT, LetterState.FAILED, LetterState.IN_DOUBT)
OF_OPERATORS = (Kind.MESSAGE, Kind.TRANSFER, Kind.CLOSE, Kind.NOTE)
EXITS = (Exit.UIS, Exit.PORTAL)
Operators = Collection[int | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: what comes after stands behind it in the order of the list."""

    moment: datetime
    id: int


def newest(
    session: Session, installation_id: int, operators: Operators | None, after: Place | None, limit: int
) -> Sequence[Conversation]:
    """Chats, the newest word first; None: of all operators, and of nobody.

    Served by ix_conversation_last, or by ix_conversation_operator: one range for each operator.
    """
    if operators is None:
        return session.scalars(_newest_of([], installation_id, after, limit)).all()
    parts = [
        _newest_of([_of_operator(number)], installation_id, after, limit)
        .with_only_columns(Conversation.id)
        .subquery()
        for number in sorted(operators, key=lambda number: number or 0)
    ]
    if not parts:
        return []
    ids = union_all(*(select(part.c.id) for part in parts))
    query = select(Conversation).where(Conversation.id.in_(ids))
    return session.scalars(
        query.order_by(Conversation.last_at.desc(), Conversation.id.desc()).limit(limit)
    ).all()


def of_operators(operators: Operators | None) -> list[ColumnElement[bool]]:
    """Conditions for chats of these operators; None: of everybody."""
    return [] if operators is None else [or_(false(), *(_of_operator(number) for number in operators))]


def _of_operator(number: int | None) -> ColumnElement[bool]:
    return Conversation.operator_id.is_(None) if number is None else Conversation.operator_id == number


def _newest_of(
    conditions: Iterable[ColumnElement[bool]], installation_id: int, after: Place | None, limit: int
) -> Select[tuple[Conversation]]:
    query = select(Conversation).where(
        Conversation.installation_id == installation_id, Conversation.kind == "chat", *conditions
    )
    if after is not None:
        query = query.where(_behind(after))
    return query.order_by(Conversation.last_at.desc(), Conversation.id.desc()).limit(limit)


def _behind(after: Place) -> ColumnElement[bool]:
    """Written so that an index finds the place: the first part alone is a range."""
    same = and_(Conversation.last_at == after.moment, Conversation.id < after.id)
    return and_(Conversation.last_at <= after.moment, or_(Conversation.last_at < after.moment, same))


def unanswered(
    session: Session, installation_id: int, operators: Operators | None, after: Place | None, limit: int
) -> Sequence[Conversation]:
    """Chats whose client has the last word, the longest wait first. Served by ix_conversation_waits."""
    query = select(Conversation).where(
        Conversation.installation_id == installation_id, Conversation.waits_since.is_not(None)
    )
    query = query.where(*of_operators(operators))
    if after is not None:
        place = (Conversation.waits_since, Conversation.id)
        query = query.where(tuple_(*place) > (after.moment, after.id))
    return session.scalars(query.order_by(Conversation.waits_since, Conversation.id).limit(limit)).all()


def of_keys(
    session: Session, installation_id: int, keys: Collection[str], after: Place | None, limit: int
) -> Sequence[Conversation]:
    """Conversations of a client, the newest word first. Served by the unique key of keys."""
    ids = ids_of_keys(session, installation_id, keys)
    query = select(Conversation).where(Conversation.id.in_(ids))
    if after is not None:
        query = query.where(_behind(after))
    return session.scalars(
        query.order_by(Conversation.last_at.desc(), Conversation.id.desc()).limit(limit)
    ).all()


def ids_of_keys(session: Session, installation_id: int, keys: Collection[str]) -> Sequence[int]:
    """Ids of the conversations of a client, at most MANY, the latest ones."""
    query = (
        select(ClientKey.conversation_id)
        .where(ClientKey.installation_id == installation_id, ClientKey.key.in_(sorted(keys)))
        .distinct()
        .order_by(ClientKey.conversation_id.desc())
        .limit(MANY)
    )
    return session.scalars(query).all() if keys else []


def keys_of(session: Session, conversation_ids: Collection[int]) -> dict[int, set[str]]:
    """Keys by conversation. Served by ix_client_key_conversation_id."""
    query = select(ClientKey.conversation_id, ClientKey.key).where(
        ClientKey.conversation_id.in_(conversation_ids)
    )
    found: dict[int, set[str]] = {number: set() for number in conversation_ids}
    for number, key in session.execute(query):
        found[number].add(key)
    return found


def by_ids(session: Session, installation_id: int, ids: Collection[int]) -> Sequence[Conversation]:
    """Conversations of this portal by id. Served by the primary key."""
    query = select(Conversation).where(
        Conversation.id.in_(ids), Conversation.installation_id == installation_id
    )
    return session.scalars(query).all()


def last_words(session: Session, rows: Sequence[Conversation]) -> dict[int, Message]:
    """The last word of each conversation. Served by the unique key."""
    wanted = [
        (row.id, max(row.client_message_id or 0, row.operator_message_id or 0))
        for row in rows
        if row.client_message_id or row.operator_message_id
    ]
    query = select(Message).where(tuple_(Message.conversation_id, Message.message_id).in_(wanted))
    return {message.conversation_id: message for message in session.scalars(query)} if wanted else {}


def messages(session: Session, conversation_id: int, before: int | None, limit: int) -> Sequence[Message]:
    """At most `limit` messages below the id `before`, the latest first. Served by the unique key."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    if before is not None:
        query = query.where(Message.message_id < before)
    return session.scalars(query.order_by(Message.message_id.desc()).limit(limit)).all()


def letters(session: Session, conversation_id: int, since: datetime) -> Sequence[OutboxRow]:
    """What operators wrote and UIS does not have for certain, in its order; of what it has, what it got after `since`
    and what is no message of the conversation yet. Served by ix_outbox_conversation_id_id.
    """
    is_there = select(Message.id).where(
        Message.conversation_id == OutboxRow.conversation_id, Message.message_id == OutboxRow.remote_id
    )
    fresh = and_(
        OutboxRow.state == LetterState.DONE, OutboxRow.settled_at >= since, OutboxRow.kind == Kind.MESSAGE,
        ~is_there.exists(),
    )  # fmt: skip
    query = select(OutboxRow).where(
        OutboxRow.conversation_id == conversation_id, OutboxRow.exit.in_(EXITS),
        OutboxRow.kind.in_(OF_OPERATORS), or_(OutboxRow.state.in_(SHOWN_LETTERS), fresh),
    )  # fmt: skip
    return session.scalars(query.order_by(OutboxRow.id)).all()


def starts(session: Session, installation_id: int) -> Sequence[OutboxRow]:
    """First messages without a chat, oldest first. Served by ix_outbox_unsettled and ix_outbox_troubled."""
    query = select(OutboxRow).where(
        OutboxRow.installation_id == installation_id, OutboxRow.exit == Exit.UIS,
        OutboxRow.conversation_id.is_(None), OutboxRow.kind == Kind.MESSAGE, OutboxRow.state.in_(SHOWN_LETTERS),
    )  # fmt: skip
    return session.scalars(query.order_by(OutboxRow.id).limit(MANY)).all()


def letter(session: Session, installation_id: int, letter_id: int) -> OutboxRow | None:
    """A letter of this portal. Served by the primary key."""
    row = session.get(OutboxRow, letter_id)
    return row if row is not None and row.installation_id == installation_id else None


def seen(session: Session, user_id: int, conversation_ids: Collection[int]) -> dict[int, int]:
    """Conversation -> message up to which the user has read it. Served by the primary key."""
    query = select(Seen.conversation_id, Seen.message_id).where(
        Seen.conversation_id.in_(conversation_ids), Seen.user_id == user_id
    )
    return {row[0]: row[1] for row in session.execute(query)}


def see(session: Session, row: Conversation, user_id: int, message_id: int) -> bool:
    """A user has read a conversation up to a message; whether that is news. It never goes back."""
    kept = session.get(Seen, (row.id, user_id), with_for_update=True)
    if kept is not None:
        fresh = message_id > kept.message_id
        kept.message_id = max(kept.message_id, message_id)
        return fresh
    values: dict[str, Any] = {
        "conversation_id": row.id, "user_id": user_id, "installation_id": row.installation_id,
        "message_id": message_id,
    }  # fmt: skip
    return insert_ignoring(session, Seen, [values]) > 0


def waiting_count(session: Session, installation_id: int, operators: Operators | None, most: int) -> int:
    """How many chats wait for an answer, counted up to `most`. Served by ix_conversation_waits."""
    query = select(Conversation.id).where(
        Conversation.installation_id == installation_id, Conversation.waits_since.is_not(None)
    )
    query = query.where(*of_operators(operators))
    return int(session.scalar(select(func.count()).select_from(query.limit(most).subquery())) or 0)
