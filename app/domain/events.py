"""What UIS and the portal say has happened, in our words. Times are aware; ids are those of UIS.

UIS: chat-api.md, "Обратные вызовы" (v2). Bitrix24: api-reference/events.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.line_events import LineEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatStarted:
    """`POST /chat`. May arrive after messages of the same chat."""

    chat_id: int
    channel_id: int
    visitor_id: int | None
    visitor_phone: str | None
    operator_id: int | None
    initiator: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAssigned:
    """`PATCH /chat` (v2), `POST /chat/operator` (v1): the chat has another operator."""

    chat_id: int
    channel_id: int
    operator_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatClosed:
    """`POST /chat/close`. UIS gives no time."""

    chat_id: int
    channel_id: int
    operator_id: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSeen:
    """`POST /message`, new or edited: the same path; a known id is an edit."""

    chat_id: int
    channel_id: int
    message_id: int
    source: str | None  # None: an edit without it
    operator_id: int | None
    text: str
    created_at: datetime | None
    status: str | None
    reply_to_id: int | None
    resource: dict[str, Any] | None
    mnemonic: str | None
    window_until: datetime | None = None  # WABA: free text may be sent until then
    reported: bool = False  # a row of the report, which knows less than a callback
    answered: bool = False  # UIS answered so to a message of ours: of the window only callbacks tell


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStatus:
    """`POST /message/status`."""

    chat_id: int
    message_id: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorCard:
    """`POST /visitor/card`: has no chat id, only the visitor."""

    visitor_id: int
    name: str | None
    company: str | None
    comment: str | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReported:
    """One row of `get.chats_report`: state and facts as the report tells them.

    `facts` are nested source facts (see `app.domain.source_fields`); only known values are present.
    """

    chat_id: int
    channel_id: int | None
    visitor_id: int | None
    person_id: int | None
    operator_id: int | None
    started_at: datetime
    closed: bool
    close_reason: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReported:
    """One row of `get.offline_messages_report`: an offline request as it stands now.

    `processed_at` is None until an employee has processed it; `facts` as those of `ChatReported`.
    """

    request_id: int
    visitor_id: int | None
    person_id: int | None
    employee_id: int | None
    created_at: datetime
    processed_at: datetime | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged:
    """`POST/PATCH/DELETE /account`."""

    account_id: int
    app_id: int | None
    status: str  # "active" | "disabled" | "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged:
    """`POST/PATCH/DELETE /channel`: joins the adapter's channel id to that of the set-up list."""

    channel_id: int
    chat_channel_id: int | None
    name: str
    type: str
    status: str  # "active" | "disabled" | "deleted"
    templates: tuple[dict[str, Any], ...] | None  # None: not told of


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityAdded:
    """The portal has a new lead, deal or (old) invoice; only a hint to read again. Ids are those of Bitrix24.

    `via`: event (our own subscription) | webhook (one that an administrator made).
    """

    kind: str  # "lead" | "deal" | "invoice"
    entity_id: int
    via: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCarded:
    """An event of our own: an operator began this chat from a card of the CRM (`{"type", "id"}`), by this letter."""

    chat_id: int
    card: dict[str, Any] | None
    letter_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotCalled:
    """A robot of the CRM wants to write to the client of a card; it waits for its result under `token`.

    What was set in the robot came from people of the portal: `text` and `values` are cut and without control
    characters, `channel_id`, `template_id` and `user_id` are None where nothing sensible was set.
    """

    token: str
    card_kind: str  # "lead" | "deal" | "dynamic_<entityTypeId>"
    card_id: int
    channel_id: int | None
    template_id: int | None
    text: str
    values: dict[str, str]
    user_id: int | None


ChatEvent = ChatStarted | ChatAssigned | ChatClosed | MessageSeen | MessageStatus | ChatReported
ConversationEvent = ChatEvent | VisitorCard | RequestReported
ConnectionEvent = AccountChanged | ChannelChanged
UisEvent = ConversationEvent | ConnectionEvent
Event = UisEvent | EntityAdded | LineEvent | ChatCarded | RobotCalled
