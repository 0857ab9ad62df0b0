"""Chats that operators begin: tied to the card that they were begun from, and to the letter that began them.

UIS names a new chat in its answer. When that answer was lost, a chat that comes in with the same channel, the same
client, begun by an operator about then, is it; the message itself was not sent yet, so it may leave.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.events import ChatCarded, Event
from app.domain.facts import fact
from app.domain.mail import Kind, LetterState
from app.pipeline.parsers import Unreadable
from app.rules.identity import emails, normalise
from app.rules.questions import emails_in, phones_in
from app.storage.models import Conversation, InboxRow, MailWork, OutboxRow
from app.storage.queries import inbox, outbox, work

SOURCE, KIND = "desk", "card"
NEAR = timedelta(minutes=2)
STILL_FRESH = timedelta(minutes=10)
"""A message whose chat is found later than that is left to a person: the client would wonder."""


def note(session: Session, row: OutboxRow, now: datetime) -> None:
    """A letter ended that began a chat: its card comes in like an event, behind the chat itself."""
    chat_id = (row.result.get("said") or {}).get("chat")
    if row.kind != Kind.MESSAGE or not chat_id or chat_id == row.body.get("chat"):
        return
    body = json.dumps({"chat_id": chat_id, "card": row.body.get("card"), "letter_id": row.id})
    arrival = inbox.Arrival(
        installation_id=row.installation_id, source=SOURCE, kind=KIND,
        dedup_key=f"card:begun:{chat_id}:{row.id}", body=body.encode(), now=now,
    )  # fmt: skip
    inbox.store(session.connection(), arrival)


def parse_row(row: InboxRow) -> Sequence[Event]:
    """Events of one row; to be registered for the source "desk". Raises Unreadable."""
    if row.kind != KIND:
        raise Unreadable(f"{row.kind!r} is no event of the workplace")
    told = json.loads(row.body)
    return (ChatCarded(chat_id=told["chat_id"], card=told["card"], letter_id=told["letter_id"]),)


def tie(session: Session, begun: Mapping[int, Conversation]) -> None:
    """First messages are shown in the chats that they began. `begun`: letter -> conversation."""
    session.flush()
    for number, letter in outbox.by_ids(session, begun.keys()).items() if begun else ():
        if letter.conversation_id is None:
            letter.conversation_id = begun[number].id


def clear_doubts(
    session: Session, installation_id: int, chats: Iterable[Conversation], now: datetime
) -> list[Conversation]:
    """First messages whose answer was lost, and whose chats have come in: they go on. Returns those chats."""
    fresh = [chat for chat in chats if chat.card is None and _by_operator(chat)]
    found: list[Conversation] = []
    if not fresh:
        return found
    session.flush()
    for letter in outbox.starts_in_doubt(session, installation_id):
        chat = next((one for one in fresh if one not in found and _is_that(letter, one)), None)
        if chat is not None:
            _go_on(session, letter, chat, now)
            found.append(chat)
    return found


def _by_operator(chat: Conversation) -> bool:
    return "operator" in (chat.initiator, fact(chat.facts, "chat.initiator"))


def _is_that(letter: OutboxRow, chat: Conversation) -> bool:
    if letter.sent_at is None or letter.body.get("channel") != chat.channel_id:
        return False
    began = chat.started_at or chat.created_at
    return abs(began - letter.sent_at) <= NEAR and _same_client(letter.body.get("contact") or {}, chat)


def _same_client(contact: Mapping[str, str], chat: Conversation) -> bool:
    """UIS tells the phone of a new chat only; what it does not tell cannot differ."""
    phone, address = normalise(contact.get("visitor_phone")), emails(contact.get("visitor_email"))
    phones, addresses = phones_in(chat.facts), emails_in(chat.facts)
    if phone is not None:
        return phone in phones
    return address is None or not addresses or address in addresses


def _go_on(session: Session, letter: OutboxRow, chat: Conversation, now: datetime) -> None:
    chat.card = letter.body.get("card")
    letter.conversation_id = chat.id
    letter.body = letter.body | {"chat": chat.source_id}
    if letter.sent_at is not None and now - letter.sent_at <= STILL_FRESH:
        letter.state, letter.problem, letter.look_at, letter.settled_at = (
            LetterState.WAITING,
            None,
            None,
            None,
        )
        work.due_by(session, letter.installation_id, now, MailWork)
    else:
        letter.state, letter.problem = LetterState.FAILED, "start_late"
