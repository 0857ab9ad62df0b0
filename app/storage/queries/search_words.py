"""Words of clients and words said to each other, and the conversations that are found by their beginnings."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.storage.models import ClientWord, Conversation, Message, SaidWord
from app.storage.queries.upsert import put_ignoring

_AFTER_ALL = "\U0010ffff"
MANY = 5_000
"""More conversations than that are not named one by one."""
SHORTEST = 2
"""A single letter begins something in nearly every conversation: it is looked for in names only."""

Table = type[ClientWord] | type[SaidWord]
CLIENTS: tuple[Table, ...] = (ClientWord,)
ALL: tuple[Table, ...] = (ClientWord, SaidWord)

Groups = Collection[Collection[str]]
"""See `app.rules.search_words.sought`."""
Conditions = list[ColumnElement[bool]]


def keep(session: Session, installation_id: int, words: Mapping[int, Collection[str]]) -> None:
    """Remember the words of clients by conversation; repeats fall on the key. Words of an earlier name stay."""
    keys = [(word, chat) for chat, own in words.items() for word in sorted(own)]
    put_ignoring(session, ClientWord, [_row(installation_id, *key) for key in keys])


def keep_said(
    session: Session, installation_id: int, words: Mapping[tuple[int, int], Collection[str]]
) -> None:
    """Remember what was said, by conversation and message of UIS. The message that said a word first is kept with it.

    Words that an edit took away stay: the conversation is still found by them.
    """
    first: dict[tuple[str, int], int] = {}
    for chat, message in sorted(words):
        for word in words[chat, message]:
            first.setdefault((word, chat), message)
    rows = [_row(installation_id, *key) | {"message_id": message} for key, message in sorted(first.items())]
    put_ignoring(session, SaidWord, rows)


def _row(installation_id: int, word: str, conversation_id: int) -> dict[str, Any]:
    return {"installation_id": installation_id, "word": word, "conversation_id": conversation_id}


def said(session: Session, conversation_ids: Collection[int], groups: Groups) -> dict[int, Message]:
    """Conversation -> the message in which most of these words were said first, the latest such.

    Served by ix_said_word_conversation_id and the unique key of messages.
    """
    wanted = [_begins(SaidWord, one) for group in groups for one in _told(SaidWord, group)]
    if not wanted or not conversation_ids:
        return {}
    place = (SaidWord.conversation_id, SaidWord.message_id)
    counted = select(*place, func.count()).where(SaidWord.conversation_id.in_(conversation_ids), or_(*wanted))
    best: dict[int, tuple[int, int]] = {}
    for chat, message, words in session.execute(counted.group_by(*place)):
        best[chat] = max(best.get(chat, (0, 0)), (words, message))
    return _messages(session, [(chat, message) for chat, (_, message) in best.items()])


def _messages(session: Session, places: Collection[tuple[int, int]]) -> dict[int, Message]:
    chats, numbers = {chat for chat, _ in places}, {number for _, number in places}
    query = select(Message).where(Message.conversation_id.in_(chats), Message.message_id.in_(numbers))
    rows = session.scalars(query) if places else ()
    return {row.conversation_id: row for row in rows if (row.conversation_id, row.message_id) in places}


def few(
    session: Session, tables: Collection[Table], installation_id: int, beginnings: Collection[str]
) -> set[int] | None:
    """Conversations with a word that begins with one of these; None when there are too many to name.

    Served by the primary keys, one range at a time, at most MANY words of each: SQLite would read all words of the
    portal for several ranges.
    """
    found: set[int] = set()
    for table in tables:
        for beginning in sorted(_told(table, beginnings)):
            query = select(table.conversation_id).where(
                table.installation_id == installation_id, _begins(table, beginning)
            )
            ids = session.scalars(query.limit(MANY)).all()
            found |= set(ids)
            # Several words of a conversation may begin so: it is the words that tell whether all were read.
            if len(ids) == MANY or len(found) >= MANY:
                return None
    return found


def one_of(tables: Collection[Table], beginnings: Collection[str]) -> ColumnElement[bool]:
    """A condition on Conversation, for words that many have. Served by the indexes of conversations' words."""
    return or_(*(_has(table, told) for table in tables if (told := _told(table, beginnings))))


def _has(table: Table, beginnings: Collection[str]) -> ColumnElement[bool]:
    begins = [_begins(table, one) for one in sorted(beginnings)]
    return select(table.word).where(table.conversation_id == Conversation.id, or_(*begins)).exists()


def meant(
    session: Session, installation_id: int, groups: Groups, number: int | None,
    tables: Collection[Table] = CLIENTS, within: Callable[[], Conditions] = list,
) -> tuple[set[int] | None, Conditions]:  # fmt: skip
    """Conversations that somebody looks for: by words, or by the number at UIS.

    Ids that alone can be meant (None: too many to name), and conditions on Conversation for words that many have;
    `within`: what else is demanded where many have all of them.
    """
    sets = [(group, few(session, tables, installation_id, group)) for group in groups]
    named = [ids for _, ids in sets if ids is not None]
    common = [one_of(tables, group) for group, ids in sets if ids is None]
    numbered = _numbered(session, installation_id, number)
    if named or not sets:
        return (set.intersection(*named) if named else set()) | numbered, common
    common += within()
    return None, [or_(and_(*common), Conversation.id.in_(numbered))] if numbered else common


def _numbered(session: Session, installation_id: int, number: int | None) -> set[int]:
    """By the number at UIS. Both kinds are named, so that the unique key serves."""
    if number is None:
        return set()
    query = select(Conversation.id).where(
        Conversation.installation_id == installation_id,
        Conversation.kind.in_(("chat", "offline")),
        Conversation.source_id == number,
    )
    return set(session.scalars(query))


def _told(table: Table, beginnings: Collection[str]) -> Collection[str]:
    return beginnings if table is ClientWord else [one for one in beginnings if len(one) >= SHORTEST]


def _begins(table: Table, beginning: str) -> ColumnElement[bool]:
    return and_(table.word >= beginning, table.word < beginning + _AFTER_ALL)
