"""Words of clients, and the conversations that are found by their beginnings."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.storage.models import ClientWord, Conversation
from app.storage.queries.upsert import insert_ignoring

_AFTER_ALL = "\U0010ffff"
MANY = 5_000
"""More conversations than that are not named one by one."""


def keep(session: Session, installation_id: int, words: Mapping[int, Collection[str]]) -> None:
    """Remember the words of conversations; repeats fall on the key. Words of an earlier name stay."""
    rows = [
        {"installation_id": installation_id, "word": word, "conversation_id": conversation_id}
        for conversation_id, own in words.items()
        for word in sorted(own)
    ]
    insert_ignoring(session, ClientWord, rows)


def few(session: Session, installation_id: int, beginnings: Collection[str]) -> set[int] | None:
    """Conversations whose client has a word with one of these beginnings; None when there are too many to name.

    Served by the primary key, one range at a time: SQLite would read all words of the portal for several.
    """
    found: set[int] = set()
    for beginning in sorted(beginnings):
        query = select(ClientWord.conversation_id).where(
            ClientWord.installation_id == installation_id, _begins(beginning)
        )
        found |= set(session.scalars(query.limit(MANY)))
    return found if len(found) < MANY else None


def one_of(beginnings: Collection[str]) -> ColumnElement[bool]:
    """A condition on Conversation, for words that many have. Served by ix_client_word_conversation_id."""
    mine = ClientWord.conversation_id == Conversation.id
    return select(ClientWord.word).where(mine, or_(*map(_begins, sorted(beginnings)))).exists()


def meant(
    session: Session, installation_id: int, groups: Collection[Collection[str]], number: int | None
) -> tuple[set[int] | None, list[ColumnElement[bool]]]:
    """Conversations that somebody looks for: by words (see `app.rules.search_words.sought`), or by the number at UIS.

    Ids that alone can be meant (None: too many to name), and conditions on Conversation for words that many have.
    """
    sets = [(group, few(session, installation_id, group)) for group in groups]
    named = [ids for _, ids in sets if ids is not None]
    common = [one_of(group) for group, ids in sets if ids is None]
    numbered = _numbered(session, installation_id, number)
    if named or not sets:
        return (set.intersection(*named) if named else set()) | numbered, common
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


def _begins(beginning: str) -> ColumnElement[bool]:
    return and_(ClientWord.word >= beginning, ClientWord.word < beginning + _AFTER_ALL)
