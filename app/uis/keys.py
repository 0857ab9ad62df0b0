"""What makes two deliveries the same event: UIS repeats callbacks, and the reports tell them once more.

A message is known by its id and its text, however it was learned, so a callback and the report of the same
message fall on one row. Files are not part of it: reports and callbacks describe them differently.

States may return: operator A, then B, then A again; a text edited and edited back; a channel switched
off and on. UIS numbers none of these callbacks, so a repeated delivery and a return look the same. Their keys
carry the minute of arrival: a repeat within it is dropped, a later one is taken again. Taking a repeat again
does no harm (each says "the state is now this"), losing a return would.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from app.domain.events import (
    AccountChanged,
    ChannelChanged,
    ChatAssigned,
    ChatClosed,
    ChatReported,
    ChatStarted,
    MessageSeen,
    MessageStatus,
    RequestReported,
    UisEvent,
    VisitorCard,
)

RETURN_WINDOW_S = 60


def dedup_key(event: UisEvent, kind: str, body: bytes, now: datetime) -> str:
    """The key of an inbox row, at most 160 characters. `now`: moment of arrival."""
    bucket = int(now.timestamp()) // RETURN_WINDOW_S
    match event:
        case MessageSeen():
            return _message(event, bucket)
        case MessageStatus():
            return f"status:{event.message_id}:{event.status}"
        case ChatStarted():
            return f"chat:{event.chat_id}:new"
        case ChatClosed():
            return f"chat:{event.chat_id}:close:{digest(f'{event.reason}|{event.operator_id}')}"
        case ChatAssigned():
            return f"assign:{event.chat_id}:{event.operator_id}:{bucket}"
        case VisitorCard():
            return f"card:{event.visitor_id}:{digest(body)}:{bucket}"
        case AccountChanged() | ChannelChanged():
            return f"{kind}:{digest(body)}:{bucket}"
        case ChatReported():
            return report_key(event.chat_id, 0, body)
        case RequestReported():
            return request_key(event.request_id, 0, body)


def message_key(message_id: int, text: str) -> str:
    """Key of a whole message, as a callback or as a row of the report gives it."""
    return f"msg:{message_id}:{digest(' '.join(text.split()))}"


def report_key(chat_id: int, turn: int, body: bytes) -> str:
    """Key of a row of `get.chats_report`. `turn` grows with every change, so that a state may return."""
    return f"report:{chat_id}:{turn}:{digest(body)}"


def request_key(request_id: int, turn: int, body: bytes) -> str:
    """Key of a row of `get.offline_messages_report`; `turn` as that of a chat."""
    return f"request:{request_id}:{turn}:{digest(body)}"


def beginnings(
    kind: str, source_id: int, visitor_id: int | None, message_ids: Iterable[int]
) -> tuple[str, ...]:
    """What the keys of everything that came of one conversation begin with, states of delivery apart."""
    card = (f"card:{visitor_id}:",) if visitor_id else ()
    if kind == "offline":  # its messages are ours, UIS numbers none of them
        return f"request:{source_id}:", *card
    own = tuple(f"{name}:{source_id}:" for name in ("chat", "assign", "report"))
    return *own, *card, *(f"msg:{message_id}:" for message_id in message_ids)


def digest(content: str | bytes) -> str:
    """Short and stable: 128 bits are enough to tell events of one conversation apart."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.sha256(raw).hexdigest()[:32]


def _message(event: MessageSeen, bucket: int) -> str:
    if event.source is not None:
        return message_key(event.message_id, event.text)
    resource = (event.resource or {}).get("id", "")
    return f"msg:{event.message_id}:edit:{digest(f'{resource}|{event.text}')}:{bucket}"
