"""Messages of conversations: new, edited, repeated, in any order; a message is known by its id."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.domain.events import MessageSeen, MessageStatus
from app.rules.search_words import line_of, said_in
from app.storage.models import Message
from app.storage.queries import conversations

STATES = {"accepted": 1, "sent": 2, "delivered": 3, "read": 4, "error": 5}
"""Delivery states only go forward, whatever order the callbacks come in."""
PEOPLE = ("visitor", "operator")

_COLUMNS = tuple(column.name for column in Message.__table__.columns if column.name != "id")

Key = tuple[int, int]
"""Conversation and message: id of ours, id of UIS."""


class MessageBook:
    """The messages of the conversations of one round."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.known: dict[Key, Message] = {}
        self._new: list[Message] = []
        """Not in the session: objects of it cost several times what their rows do."""
        self.changed: dict[Key, Message] = {}
        """New and edited ones of this round, as they are in the end."""
        self.told: dict[Key, Message] = {}
        """Messages of operators of which more was heard than their text: a state, or that the report has them."""
        self.reported: set[Key] = set()

    def load(self, keys: Collection[Key]) -> None:
        """Read what is there already of the messages that are spoken of."""
        rows = conversations.messages_at(self.session, keys) if keys else ()
        self.known |= {(row.conversation_id, row.message_id): row for row in rows}

    def store(self) -> None:
        """Insert the new ones, as they are in the end of the round: what changes later is not stored."""
        if self._new:
            self.session.execute(insert(Message), [_row(message) for message in self._new])
        self._new = []

    def store_now(self) -> None:
        """Insert the new ones in the middle of a round; the session sees what changes later."""
        self.session.add_all(self._new)
        self._new = []
        self.session.flush()

    def seen(self, conversation_id: int, event: MessageSeen, now: datetime) -> bool:
        """A message, new or edited. Returns whether it tells anything new."""
        key = (conversation_id, event.message_id)
        row = self.known.get(key)
        if row is None:
            row, news = self._add(conversation_id, event, now), True
        else:
            news = self._edit(row, event) if event.source is None else self._complete(row, event)
        if event.reported:
            self.reported.add(key)
        if news:
            self.changed[key] = row
        if row.source == "operator" and (row.status or event.reported):
            self.told[key] = row
        return news

    def status(self, conversation_id: int, event: MessageStatus, now: datetime) -> bool:
        """A delivery state; one that comes before its message waits on a row without text. Whether it is news."""
        key = (conversation_id, event.message_id)
        row = self.known.get(key)
        if row is None:
            row = Message(
                conversation_id=conversation_id, message_id=event.message_id, source="operator",
                text="", sent_at=now, edited=False,
            )  # fmt: skip
            self._keep(row)
        if row.source == "operator":
            self.told[key] = row
        if event.status == row.status or STATES.get(event.status, 0) < STATES.get(row.status or "", 0):
            return False
        row.status = event.status
        return True

    def first_of_client(self, conversation_id: int, after: int) -> datetime | None:
        """When the client first wrote after a message, in this round or before."""
        self.store_now()
        return conversations.first_of_client(self.session, conversation_id, after)

    def words(self, conversation_ids: Collection[int]) -> dict[Key, frozenset[str]]:
        """What clients and operators said in these conversations in this round, by message."""
        return {
            key: said_in(line_of(row.text, row.resource))
            for key, row in self.changed.items()
            if key[0] in conversation_ids and row.source in PEOPLE
        }

    def _add(self, conversation_id: int, event: MessageSeen, now: datetime) -> Message:
        row = Message(
            conversation_id=conversation_id,
            message_id=event.message_id,
            source=event.source or "visitor",
            operator_id=event.operator_id,
            text=event.text,
            sent_at=event.created_at or now,
            edited=event.source is None,
            status=event.status,
            mnemonic=event.mnemonic,
            resource=event.resource,
            reply_to_id=event.reply_to_id,
        )
        self._keep(row)
        return row

    def _keep(self, row: Message) -> None:
        self._new.append(row)
        self.known[row.conversation_id, row.message_id] = row

    def _edit(self, row: Message, event: MessageSeen) -> bool:
        """An edit has no source and no time of its own."""
        if event.text == row.text and event.resource == row.resource:
            row.edited = (
                True  # the report told its text before: the message itself is still to come, and older
            )
            return False
        row.text, row.resource, row.edited = event.text, event.resource, True
        return True

    def _complete(self, row: Message, event: MessageSeen) -> bool:
        """The message itself, after an edit, a status or a report of it: an edited text stays.

        Unless the report tells another one (`get.chat_messages_report`): it has the text of now, and each but once.
        """
        if STATES.get(event.status or "", 0) > STATES.get(row.status or "", 0):
            row.status = event.status
        news = event.text != row.text or (row.resource is None and event.resource is not None)
        changed = (news and not row.edited) or (event.reported and _other_words(event.text, row.text))
        row.source = event.source or row.source
        row.operator_id = event.operator_id or row.operator_id
        row.sent_at = event.created_at or row.sent_at
        row.mnemonic = event.mnemonic or row.mnemonic
        row.reply_to_id = event.reply_to_id or row.reply_to_id
        if changed:
            row.edited = row.edited or (bool(row.text) and event.text != row.text)
            row.text, row.resource = event.text, row.resource or event.resource
        return changed


def _other_words(told: str, held: str) -> bool:
    """Whether the report tells other words: none are no words of it, and its spaces may differ."""
    return bool(told.strip()) and told.split() != held.split()


def _row(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in _COLUMNS}
