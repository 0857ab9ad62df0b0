"""What is new in a portal: its counter, and the conversations that changed since."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.storage.models import Conversation, PortalNews
from app.storage.types import JsonDict

Answering = Mapping[str, Mapping[str, Any]]
"""Conversation -> user -> [unix seconds until it is over, name]."""


def next_version(session: Session, installation_id: int) -> int:
    """The portal's next number, for conversations that this transaction changes.

    Locks the row until the transaction ends: whoever needs other locks takes them first, conversations among them.
    """
    session.flush()
    query = (
        update(PortalNews)
        .where(PortalNews.installation_id == installation_id)
        .values(version=PortalNews.version + 1)
        .returning(PortalNews.version)
    )
    return session.scalar(query) or 0


def tell(session: Session, installation_id: int, conversation_ids: Collection[int]) -> None:
    """These conversations changed; whoever looks at them will see it after the commit."""
    if not conversation_ids:
        return
    ids = sorted(conversation_ids)
    session.flush()
    session.execute(
        select(Conversation.id).where(Conversation.id.in_(ids)).order_by(Conversation.id).with_for_update()
    )
    version = next_version(session, installation_id)
    query = update(Conversation).where(Conversation.id.in_(ids))
    session.execute(query.values(news=version))


def versions(session: Session, installation_ids: Collection[int]) -> dict[int, tuple[int, JsonDict]]:
    """Installation -> its counter and who is writing where. Served by the primary key."""
    query = select(PortalNews.installation_id, PortalNews.version, PortalNews.answering).where(
        PortalNews.installation_id.in_(installation_ids)
    )
    return {number: (version, answering) for number, version, answering in session.execute(query)}


def since(
    session: Session, installation_id: int, version: int, limit: int
) -> Sequence[tuple[int, int, int | None]]:
    """(news, conversation, operator) of what changed after `version`, oldest first. Served by ix_conversation_news."""
    query = (
        select(Conversation.news, Conversation.id, Conversation.operator_id)
        .where(Conversation.installation_id == installation_id, Conversation.news > version)
        .order_by(Conversation.news)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def answers(
    session: Session, installation_id: int, conversation_id: int, user: tuple[int, str], now: datetime,
    until: datetime,
) -> None:  # fmt: skip
    """A user (id, name) is writing in a conversation; until `until`, unless said again. What is over is forgotten."""
    row = session.get(PortalNews, installation_id, with_for_update=True)
    if row is None:
        return
    kept = {
        chat: alive
        for chat, users in row.answering.items()
        if (alive := {number: told for number, told in users.items() if told[0] > now.timestamp()})
    }
    kept.setdefault(str(conversation_id), {})[str(user[0])] = [until.timestamp(), user[1]]
    row.answering = kept
