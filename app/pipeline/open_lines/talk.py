"""What an open line tells of its dialogs becomes letters to clients, in the transaction that folds the events."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from app.base.texts import text
from app.domain.line_events import (
    ConnectorOff,
    LineDeleted,
    LineDialog,
    LineEdited,
    LineEvent,
    LineGone,
    LineSaid,
    LineTalk,
)
from app.domain.mail import LetterState
from app.pipeline.open_lines import notices as line_notices
from app.pipeline.open_lines.book import address
from app.pipeline.open_lines.desk import Posted
from app.pipeline.view import Portal
from app.rules.open_lines import to_client
from app.rules.open_lines.quotes import Quote, is_same
from app.storage.models import Conversation, LineState, OutboxRow
from app.storage.models import LineDialog as DialogRow
from app.storage.queries import conversations, lines, outbox

RECENT = 50
"""Among so many last messages a quoted one is looked for."""


class Stranger(Exception):
    """An event of a dialog that this application knows nothing of: it stays for a person to see."""


class LineTalker:
    """The events of one round."""

    def __init__(self, session: Session, portal: Portal, now: datetime) -> None:
        self.session = session
        self.portal = portal
        self.now = now
        self.say = partial(text, lang=portal.view.lang)
        self.dialogs: dict[str, DialogRow] = {}
        self.chats: dict[int, Conversation] = {}

    def load(self, events: Iterable[LineEvent]) -> None:
        """Read the dialogs and chats that are spoken of."""
        talk = [event for event in events if isinstance(event, LineTalk)]
        names = {name for event in talk for name in _names(event)}
        if not names:
            return
        self.dialogs = lines.dialogs_named(self.session, self.portal.id, names)
        chat_ids = {row.chat_id for row in self.dialogs.values()}
        self.chats = conversations.by_source(self.session, self.portal.id, "chat", chat_ids)

    def letters(self, event: LineEvent) -> list[Posted]:
        """What one event is reason for. Raises Stranger."""
        if isinstance(event, ConnectorOff | LineGone):
            return self._switched(event)
        dialog = next((self.dialogs[name] for name in _names(event) if name in self.dialogs), None)
        if dialog is None:
            raise Stranger(f"no dialog {', '.join(_names(event))} of line {event.line_id}")
        if isinstance(event, LineDialog):
            return list(self._dialog(dialog, event))
        dialog.im_chat_id = event.im_chat_id
        if isinstance(event, LineSaid):
            return list(self._said(dialog, event))
        return list(self._changed(dialog, event))

    def _said(self, dialog: DialogRow, event: LineSaid) -> Iterator[Posted]:
        typed = to_client.read(event.text, event.files, self.portal.view.portal_url)
        chat = self.chats.get(dialog.chat_id)
        reply_to = self._quoted(chat, typed.quote) if typed.quote else None
        signed = self.portal.open_lines.signature
        posts = to_client.posts(
            event, typed, address(dialog), dialog.chat_id, reply_to=reply_to, signed=signed
        )
        yield from ((post, chat.id if chat else None) for post in posts)

    def _quoted(self, chat: Conversation | None, quote: Quote) -> int | None:
        """The message of UIS that is quoted: by the portal's id of it, else by its text."""
        if quote.im_message_id is not None:
            key = to_client.key_of(quote.im_message_id)
            letter = outbox.by_keys(self.session, self.portal.id, [key]).get(key)
            if letter is not None and letter.remote_id is not None:
                return letter.remote_id
        held = conversations.messages(self.session, [chat.id])[chat.id][-RECENT:] if chat else []
        return next((row.message_id for row in reversed(held) if is_same(row.text, quote.text)), None)

    def _changed(self, dialog: DialogRow, event: LineEdited | LineDeleted) -> Iterator[Posted]:
        key = to_client.key_of(event.im_message_id)
        letter = outbox.by_keys(self.session, self.portal.id, [key]).get(key)
        if letter is None and isinstance(event, LineEdited):
            # Its first event was lost, and Bitrix24 sends nothing twice: the client gets it now.
            yield from self._said(dialog, _as_said(event))
        elif letter is not None and isinstance(event, LineEdited):
            yield from self._edited(dialog, letter, event)
        elif letter is not None and not outbox.take_back(
            self.session, letter.id, line_notices.TAKEN_BACK, self.now
        ):
            yield from self._deleted(dialog, letter)

    def _edited(self, dialog: DialogRow, letter: OutboxRow, event: LineEdited) -> Iterator[Posted]:
        """A correction that quotes the first text; one that never left is only kept up to date."""
        typed = to_client.read(event.text, (), self.portal.view.portal_url)
        if letter.state == LetterState.FAILED:
            letter.body = letter.body | {"text": typed.whole}
            return
        if typed.whole == letter.body.get("text"):
            return
        [first, *_] = to_client.posts(
            _as_said(event, letter.author_id), typed, address(dialog), dialog.chat_id,
            reply_to=None, signed=False,
        )  # fmt: skip
        words = self.say("lines.correction", text=typed.whole)
        turn = f"e{_digest(f'{event.at}|{typed.whole}')}"
        chat = self.chats.get(dialog.chat_id)
        yield (
            to_client.correction(first, words, letter.remote_id, turn),
            chat.id if chat else letter.conversation_id,
        )

    def _deleted(self, dialog: DialogRow, letter: OutboxRow) -> Iterator[Posted]:
        if letter.state != LetterState.FAILED:
            notice = line_notices.still_seen(letter, address(dialog), say=self.say)
            yield notice, letter.conversation_id

    def _dialog(self, dialog: DialogRow, event: LineDialog) -> Iterator[Posted]:
        """A session of the line begins or ends; the end of one that is not the last any more means nothing."""
        if dialog.session_id is not None and event.session_id < dialog.session_id:
            return
        dialog.session_id = event.session_id
        dialog.im_chat_id = _number(event.chats, dialog) or dialog.im_chat_id
        dialog.finished_at = self.now if event.closed else None
        chat = self.chats.get(dialog.chat_id)
        if event.closed and chat is not None and chat.closed_at is None:
            yield to_client.close(address(dialog), chat.source_id, event.session_id, None), chat.id

    def _switched(self, event: ConnectorOff | LineGone) -> list[Posted]:
        """Shown as it is; switched on again only when an administrator asks for it."""
        gone = isinstance(event, LineGone)
        lines.mark_if_ours(
            self.session, self.portal.id, event.line_id, LineState.GONE if gone else LineState.STOPPED
        )
        lines.due(self.session, self.portal.id, self.now)
        return []


def _names(event: LineTalk) -> tuple[str, ...]:
    """How an event may name its dialog: our key, or the portal's number."""
    if isinstance(event, LineDialog):
        return event.chats
    return (event.chat_key, str(event.im_chat_id))


def _number(chats: Sequence[str], dialog: DialogRow) -> int | None:
    """The portal's number of a chat, when an event names it beside our key."""
    if dialog.chat_key not in chats:
        return None
    return next((int(name) for name in chats if name.isdecimal() and name != dialog.chat_key), None)


def _as_said(event: LineEdited, user_id: int | None = None) -> LineSaid:
    return LineSaid(
        line_id=event.line_id, chat_key=event.chat_key, im_chat_id=event.im_chat_id,
        im_message_id=event.im_message_id, user_id=user_id, text=event.text,
    )  # fmt: skip


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
