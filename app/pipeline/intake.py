"""The first part of a round: pending rows of the inbox are folded into conversations, in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import AccountChanged, ChannelChanged, ConversationEvent, Event
from app.pipeline.fold import Folder
from app.pipeline.parsers import Parsers, Unreadable
from app.pipeline.view import Portal, channel_map
from app.storage.models import InboxRow, UisChannel, UisConnection
from app.storage.queries import inbox

ROWS = 500


@dataclass(frozen=True, slots=True)
class Taken:
    """What one transaction took in: rows of the inbox, and the letters that they became.

    `lags`: how many seconds each row had waited.
    """

    rows: int = 0
    letters: int = 0
    lags: tuple[float, ...] = ()


def take_in(session: Session, portal: Portal, parsers: Parsers, now: datetime, most: int = ROWS) -> Taken:
    """Fold up to `most` pending rows. The caller has fenced the transaction."""
    rows = inbox.pending(session, portal.id, most)
    events: list[Event] = []
    for row in rows:
        events += _parse(session, row, parsers)
    for event in events:
        if isinstance(event, AccountChanged | ChannelChanged):
            _connection_event(session, portal.id, event)
    conversation_events: list[ConversationEvent] = [
        event for event in events if not isinstance(event, AccountChanged | ChannelChanged)
    ]
    channels = portal.channels | _channels(session, portal.id)
    Folder(session, portal.id, portal.account, channels, now).fold(conversation_events)
    inbox.mark_done(session, [row.id for row in rows if row.state == "new"])
    return Taken(rows=len(rows), lags=tuple((now - row.received_at).total_seconds() for row in rows))


def _parse(session: Session, row: InboxRow, parsers: Parsers) -> list[Event]:
    try:
        return list(parsers.parse(row))
    except Unreadable as error:
        row.state, row.problem = "failed", str(error)
        session.flush()
        return []


def _channels(session: Session, installation_id: int) -> dict[int, tuple[int, str, str]]:
    query = (
        select(UisChannel)
        .join(UisConnection, UisConnection.id == UisChannel.connection_id)
        .where(UisConnection.installation_id == installation_id)
    )
    return channel_map(session.scalars(query).all())


def _connection_event(session: Session, installation_id: int, event: AccountChanged | ChannelChanged) -> None:
    connection = session.scalar(select(UisConnection).where(UisConnection.installation_id == installation_id))
    if connection is None:
        return
    if isinstance(event, AccountChanged):
        _account(connection, event)
    else:
        _channel(session, connection, event)


def _account(connection: UisConnection, event: AccountChanged) -> None:
    connection.app_id = event.app_id or connection.app_id
    connection.account_id = connection.account_id or event.account_id
    if event.status == "deleted" and connection.state == "connected":
        connection.state, connection.problem = "broken", "account_deleted"
    elif event.status == "disabled" and connection.state == "connected":
        connection.state, connection.problem = "broken", "account_disabled"
    elif event.status == "active" and connection.problem in ("account_deleted", "account_disabled"):
        connection.state, connection.problem = "connected", None


def _channel(session: Session, connection: UisConnection, event: ChannelChanged) -> None:
    query = select(UisChannel).where(UisChannel.connection_id == connection.id)
    rows = list(session.scalars(query))
    row = next((r for r in rows if r.adapter_channel_id == event.channel_id), None)
    row = row or next((r for r in rows if r.chat_channel_id == event.chat_channel_id), None)
    if row is None and event.chat_channel_id is None:
        return  # without the set-up id it cannot be joined to anything that an administrator chose
    if row is None:
        row = UisChannel(connection_id=connection.id, chat_channel_id=event.chat_channel_id)
        session.add(row)
    row.adapter_channel_id, row.name, row.type = event.channel_id, event.name, event.type
    row.status, row.joined = event.status, event.status != "deleted"
    row.templates = list(event.templates) or row.templates or []
    session.flush()
