"""The first part of a round: pending rows of the inbox are folded into conversations, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import (
    AccountChanged,
    ChannelChanged,
    ChatCarded,
    ConversationEvent,
    EntityAdded,
    Event,
    RobotCalled,
)
from app.domain.line_events import LineEvent
from app.pipeline.desk import begun, robots, triggers
from app.pipeline.fold import Folder
from app.pipeline.open_lines.desk import LineDesk
from app.pipeline.open_lines.talk import LineTalker, Stranger
from app.pipeline.parsers import Parsers, Unreadable
from app.pipeline.view import Portal, channel_map
from app.storage.models import InboxRow, MailWork, UisChannel, UisConnection
from app.storage.queries import analytics, inbox, outbox, work

ROWS = 500
BUSY = 10
"""So many events at once did not come one by one: some may have overtaken others."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one transaction took in: rows of the inbox, and the letters that they became.

    `lags`: how many seconds each row had waited; `unreadable`: sources of the rows that are set aside.
    """

    rows: int = 0
    letters: int = 0
    lags: tuple[float, ...] = ()
    unreadable: tuple[str, ...] = ()


def take_in(session: Session, portal: Portal, parsers: Parsers, now: datetime, most: int = ROWS) -> Taken:
    """Fold up to `most` pending rows. The caller has fenced the transaction.

    Letters and dialogs are changed by the mail lane too: it is kept out from the beginning, for it locks
    conversations after its own row.
    """
    work.hold(session, portal.id, MailWork)
    rows = inbox.pending(session, portal.id, most)
    told = [(row, event) for row in rows for event in _parse(session, row, parsers)]
    for _, event in told:
        if isinstance(event, AccountChanged | ChannelChanged):
            _connection_event(session, portal.id, event)
    analytics.hear(session, portal.id, [event for _, event in told if isinstance(event, EntityAdded)], now)
    channels = portal.channels | _channels(session, portal.id)
    folder = Folder(session, portal.id, portal.account, channels, now, portal.view.own_numbers)
    talked = [(row, event) for row, event in told if isinstance(event, ConversationEvent | ChatCarded)]
    folder.fold([event for _, event in talked], [row.received_at for row, _ in talked])
    _begun(session, portal.id, folder, now)
    folder.keep_keys()
    talk = [(row, event) for row, event in told if isinstance(event, LineEvent)]
    posted = _letters(session, portal, folder, talk, now, busy=len(rows) >= BUSY)
    calls = [event for _, event in told if isinstance(event, RobotCalled)]
    posted += _automation(session, portal.id, folder, calls, now)
    folder.tell()
    inbox.mark_done(session, [row.id for row in rows if row.state == "new"])
    lags = tuple((now - row.received_at).total_seconds() for row in rows)
    unreadable = tuple(row.source for row in rows if row.state == "failed")
    return Taken(rows=len(rows), letters=posted, lags=lags, unreadable=unreadable)


def _begun(session: Session, installation_id: int, folder: Folder, now: datetime) -> None:
    """Chats that operators began."""
    begun.tie(session, folder.begun)
    for chat in begun.clear_doubts(session, installation_id, folder.chats.values(), now):
        folder.put_in_card(chat, chat.card or {})


def _letters(
    session: Session, portal: Portal, folder: Folder, talk: Sequence[tuple[InboxRow, LineEvent]], now: datetime,
    *, busy: bool,
) -> int:  # fmt: skip
    """Post what lines and clients are to be told of this round. Returns how many letters are new."""
    if not talk and not folder.heard:
        return 0
    posted = LineDesk(session, portal, folder, now, busy=busy).letters()
    talker = LineTalker(session, portal, now)
    talker.load([event for _, event in talk])
    for row, event in talk:
        try:
            posted += talker.letters(event)
        except Stranger as error:
            row.state, row.problem = "failed", str(error)
    letters = [
        post.row()
        | {
            "conversation_id": number,
            "look_at": now + timedelta(seconds=post.hold) if post.hold else None,
        }
        for post, number in posted
    ]
    return outbox.post(session, portal.id, letters, now) if letters else 0


def _automation(
    session: Session, installation_id: int, folder: Folder, calls: Sequence[RobotCalled], now: datetime
) -> int:
    """Robots that want to write, and triggers that fire. Returns how many letters are new."""
    letters = [robots.post_of(call).row() for call in calls]
    posted = outbox.post(session, installation_id, letters, now) if letters else 0
    return posted + triggers.fire(session, installation_id, [*folder.waiting, *folder.closed], now)


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
    # Chat API, "waba": changes of templates are told so as well, that there are none any more among them.
    row.templates = (row.templates or []) if event.templates is None else list(event.templates)
    session.flush()
