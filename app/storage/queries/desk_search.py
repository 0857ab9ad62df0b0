"""Chats of the operator workplace that somebody looks for, in the order of the list that he stands in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from app.storage.models import Conversation
from app.storage.queries import search_words
from app.storage.queries.desk import Operators, Place, of_operators

WALKED = 20_000
"""Words that very many have are looked for among so many chats of the portal, the newest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`words`: groups of beginnings (see `app.rules.search_words.sought`), of the client's words and of what was said;
    `number`: of the chat at UIS.

    `operators`: whose chats may be found, None: everybody's. `waiting`: only those that wait, the longest wait first;
    else the newest word comes first.
    """

    words: Collection[Collection[str]]
    number: int | None
    operators: Operators | None
    waiting: bool


def found(
    session: Session, installation_id: int, wanted: Wanted, after: Place | None, limit: int
) -> Sequence[Conversation]:
    """At most `limit` chats behind `after`. Served by the ids of a few, else by the index of the list.

    The work is bounded however much was ever said: of each word typed at most `search_words.MANY` words are read, and
    where that many begin so, at most WALKED chats.
    """
    few, common = search_words.meant(
        session, installation_id, wanted.words, wanted.number, search_words.ALL,
        within=lambda: _newest_only(session, installation_id),
    )  # fmt: skip
    moment = Conversation.waits_since if wanted.waiting else Conversation.last_at
    conditions: list[ColumnElement[bool]] = [
        Conversation.installation_id == installation_id, Conversation.kind == "chat", moment.is_not(None),
        *of_operators(wanted.operators), *common,
    ]  # fmt: skip
    place: Any = tuple_(moment, Conversation.id)
    if after is not None:
        here = (after.moment, after.id)
        conditions.append(place > here if wanted.waiting else place < here)
    if few is not None:
        return _of_few(session, wanted, [Conversation.id.in_(few), *conditions], limit)
    ordered = (moment, Conversation.id) if wanted.waiting else (moment.desc(), Conversation.id.desc())
    return session.scalars(select(Conversation).where(*conditions).order_by(*ordered).limit(limit)).all()


def _newest_only(session: Session, installation_id: int) -> list[ColumnElement[bool]]:
    """Served by ix_conversation_last, without reading a chat."""
    query = select(Conversation.last_at).where(
        Conversation.installation_id == installation_id, Conversation.kind == "chat"
    )
    last = session.scalar(
        query.order_by(Conversation.last_at.desc(), Conversation.id.desc()).offset(WALKED).limit(1)
    )
    return [] if last is None else [Conversation.last_at > last]


def _of_few(
    session: Session, wanted: Wanted, conditions: list[ColumnElement[bool]], limit: int
) -> Sequence[Conversation]:
    """Without an order of the database's: it would walk through everything for the sake of it."""
    moment = Conversation.waits_since if wanted.waiting else Conversation.last_at
    keys = session.execute(select(moment, Conversation.id).where(*conditions))
    ids = [number for _, number in sorted(keys, key=tuple, reverse=not wanted.waiting)[:limit]]
    rows = session.scalars(select(Conversation).where(Conversation.id.in_(ids)))
    return sorted(rows, key=lambda row: ids.index(row.id))
