"""A recorded callback or report row -> what has happened, in the words of `app.domain.events`. Pure.

Chat API: "Обратные вызовы", v1 and v2; Data API: `get.chats_report`, `get.chat_messages_report`,
`get.offline_messages_report`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.domain.events import (
    AccountChanged,
    ChannelChanged,
    ChatAssigned,
    ChatClosed,
    ChatStarted,
    MessageSeen,
    MessageStatus,
    UisEvent,
    VisitorCard,
)
from app.uis.fields import BadCallback, Fields
from app.uis.reports.chat_rows import chat_reported
from app.uis.reports.request_rows import request_reported

__all__ = ["BadCallback", "kind_of", "parse", "read"]

OWN_ANSWER = "own_answer"
"""A field that marks what UIS answered to a message of ours; no callback has it."""

Channels = Mapping[int, int]
"""Adapter's channel id -> id of the set-up list, for callbacks whose context does not say it."""

_KINDS = {
    ("POST", "account"): "account",
    ("PATCH", "account/*"): "account/update",
    ("DELETE", "account/*"): "account/delete",
    ("POST", "channel"): "channel",
    ("PATCH", "channel/*"): "channel/update",
    ("DELETE", "channel/*"): "channel/delete",
    ("POST", "chat"): "chat",
    ("PATCH", "chat"): "chat/update",
    ("POST", "chat/close"): "chat/close",
    ("POST", "chat/operator"): "chat/operator",
    ("POST", "message"): "message",
    ("POST", "message/status"): "message/status",
    ("POST", "visitor/card"): "visitor/card",
}


def kind_of(method: str, path: str) -> str | None:
    """What the inbox calls a request to `/uis/<key>/<path>`; None when UIS documents no such callback."""
    head, _, tail = path.partition("/")
    if tail.isdecimal() and head in {"account", "channel"}:
        path = f"{head}/*"
    return _KINDS.get((method, path))


def parse(kind: str, body: bytes, channels: Channels | None = None) -> UisEvent:
    """The event of an inbox row. `channel_id` is that of the set-up list as far as it is known.

    Raises BadCallback when the body does not have the documented shape, KeyError for a foreign kind.
    """
    return read(kind, Fields.load(body), channels)


def read(kind: str, fields: Fields, channels: Channels | None = None) -> UisEvent:
    """The same for a body that is loaded already."""
    event: UisEvent = _PARSERS[kind](fields, channels or {})
    return event


def _account(status: str | None) -> Callable[[Fields, Channels], UisEvent]:
    def parse_account(f: Fields, _: Channels) -> UisEvent:
        return AccountChanged(
            account_id=f.number("id"),
            app_id=f.inner("context").maybe_number("app_id"),
            status=status or f.maybe_text("status", 32) or "active",
        )

    return parse_account


def _channel(status: str | None) -> Callable[[Fields, Channels], UisEvent]:
    def parse_channel(f: Fields, _: Channels) -> UisEvent:
        context = f.inner("context")
        return ChannelChanged(
            channel_id=f.number("id"),
            chat_channel_id=context.maybe_number("chat_channel_id"),
            name=f.maybe_text("name", 255) or "",
            type=f.text("type", 32),
            status=status or f.maybe_text("status", 32) or "active",
            templates=context.maybe_objects("message_templates"),
        )

    return parse_channel


def _chat(f: Fields, channels: Channels) -> UisEvent:
    return ChatStarted(
        chat_id=f.number("chat_id"),
        channel_id=_channel_id(f, channels),
        visitor_id=f.maybe_number("visitor_id"),
        visitor_phone=f.maybe_phone("visitor_phone"),
        operator_id=f.maybe_number("operator_id"),
        initiator=f.maybe_text("initiator", 32),
        created_at=f.moment("created_at"),
    )


def _assigned(f: Fields, channels: Channels) -> UisEvent:
    return ChatAssigned(
        chat_id=f.number("chat_id"),
        channel_id=_channel_id(f, channels),
        operator_id=f.maybe_number("operator_id"),
    )


def _closed(f: Fields, channels: Channels) -> UisEvent:
    return ChatClosed(
        chat_id=f.number("chat_id"),
        channel_id=_channel_id(f, channels),
        operator_id=f.maybe_number("operator_id"),
        reason=f.text("reason", 48),
    )


def _message(f: Fields, channels: Channels) -> UisEvent:
    return MessageSeen(
        chat_id=f.number("chat_id"),
        channel_id=_channel_id(f, channels),
        message_id=f.number("id"),
        source=f.maybe_text("source", 16),
        operator_id=f.maybe_number("operator_id"),
        text=f.maybe_text("text") or "",
        created_at=f.maybe_moment("created_at"),
        status=f.maybe_text("status", 16),
        reply_to_id=f.maybe_number("reply_to_id"),
        resource=f.inner("resource").plain(),
        mnemonic=f.maybe_text("system_message_mnemonic", 64),
        window_until=_window(f),
        reported="account_id" not in f,
        answered=OWN_ANSWER in f,
    )


def _window(f: Fields) -> datetime | None:
    """End of the WABA window; without the attribute it is closed (chat-api.md, "waba"). A report does not say."""
    until = f.inner("context").maybe_number("conversation_frame_ts")
    try:
        return datetime.fromtimestamp(until, UTC) if until else None
    except (ValueError, OverflowError, OSError):
        return None


def _status(f: Fields, _: Channels) -> UisEvent:
    return MessageStatus(
        chat_id=f.number("chat_id"), message_id=f.number("message_id"), status=f.text("status", 16)
    )


def _card(f: Fields, _: Channels) -> UisEvent:
    card = f.inner("visitor_card")
    return VisitorCard(
        visitor_id=f.number("visitor_id"),
        name=card.maybe_text("name"),
        company=card.maybe_text("company"),
        comment=card.maybe_text("comment"),
        phones=card.texts("phones"),
        emails=card.texts("emails"),
    )


def _report(f: Fields, _: Channels) -> UisEvent:
    return chat_reported(f)


def _offline(f: Fields, _: Channels) -> UisEvent:
    return request_reported(f)


def _channel_id(f: Fields, channels: Channels) -> int:
    named = f.inner("context").maybe_number("chat_channel_id")
    adapters = f.number("channel_id")
    return named if named is not None else channels.get(adapters, adapters)


_PARSERS: dict[str, Callable[[Fields, Channels], Any]] = {
    "account": _account(None),
    "account/update": _account(None),
    "account/delete": _account("deleted"),
    "channel": _channel(None),
    "channel/update": _channel(None),
    "channel/delete": _channel("deleted"),
    "chat": _chat,
    "chat/update": _assigned,
    "chat/operator": _assigned,
    "chat/close": _closed,
    "message": _message,
    "message/status": _status,
    "visitor/card": _card,
    "report": _report,
    "offline": _offline,
}
