"""Counting callbacks that never came: the reports tell of a chat or a message, and no callback did.

Only what surely has a callback is counted: chats, and what visitors wrote in them. What is younger than a while
may still be on its way.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update

from app.domain.events import ChatReported, MessageSeen
from app.storage.models import UisConnection
from app.storage.services import Services
from app.uis.connection import Connection
from app.uis.parse import parse
from app.uis.reports.batch import Event, stored_keys

ON_ITS_WAY = timedelta(seconds=30)


def count(services: Services, connection: Connection, fresh: Sequence[Event], now: datetime) -> int:
    """Add the lost callbacks among events that only the reports told of; how many they were."""
    before = now - ON_ITS_WAY
    read = [parse(kind, body) for kind, _, body in fresh if kind in ("report", "message")]
    chats = {event.chat_id: event for event in read if isinstance(event, ChatReported)}
    written = [
        event
        for event in read
        if isinstance(event, MessageSeen)
        and event.source == "visitor"
        and event.created_at is not None
        and event.created_at <= before
    ]
    called = _called_back(services, connection, {*chats, *(event.chat_id for event in written)})
    # Chats that stay with operators in UIS may have no callbacks at all.
    expected = connection.answering == "bitrix24"
    found = sum(expected and n not in called and chats[n].started_at <= before for n in chats)
    found += sum(expected or event.chat_id in called for event in written)
    if found:
        _add(services, connection.id, found)
    return found


def _called_back(services: Services, connection: Connection, chat_ids: set[int]) -> set[int]:
    """Chats whose beginning was told by a callback."""
    keys = {f"chat:{number}:new": number for number in chat_ids}
    return {keys[key] for key in stored_keys(services, connection.installation_id, list(keys))}


def _add(services: Services, connection_id: int, found: int) -> None:
    with services.sessions.begin() as session:
        session.execute(
            update(UisConnection)
            .where(UisConnection.id == connection_id)
            .values(lost_callbacks=UisConnection.lost_callbacks + found)
        )
