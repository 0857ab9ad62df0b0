"""What a UIS account holds. Moments are unix seconds in UTC; texts are made where they are sent."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

CHANNEL_TYPES = (
    "comagic", "telegram", "auto_ru", "avito", "realty_yandex", "viber", "telegram_private", "whatsapp",
    "waba", "sms", "email",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Adapter:
    """A service that stands in for the operator workplace; `owner` None marks UIS's own adapters."""

    id: int
    type: str
    name: str
    login: str
    password: str
    webhook_url: str
    supported_channel_types: list[str]
    owner: int | None
    status: str = "active"
    webhook_version: str = "v2"
    webhook_token: str | None = None
    webhook_auth: dict[str, str] | None = None
    webhook_kwargs: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The entity as the page's example shows it: without password and `webhook_auth`."""
        return {
            "id": self.id,
            "type": self.type,
            "name": self.name,
            "status": self.status,
            "supported_channel_types": self.supported_channel_types,
            "owner": self.owner,
            "visibility_status": "private" if self.owner is not None else "public",
            "login": self.login,
            "webhook_url": self.webhook_url,
            "webhook_kwargs": self.webhook_kwargs,
        }


@dataclass(slots=True, kw_only=True)
class Channel:
    """A chat channel. `id` is the set-up id, `channel_id` the unexplained second one of the channel list."""

    id: int
    channel_id: int
    type: str
    name: str
    external_id: str | None = None
    is_active: bool = True
    is_removed: bool = False
    status: str = "active"
    status_reason: str = ""
    group_id: int | None = None
    employee_id: int | None = None
    message_templates: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """An item of `GET /v1/integration/channel`."""
        return {
            "id": self.id,
            "channel_id": self.channel_id,
            "type": self.type,
            "name": self.name,
            "is_active": self.is_active,
            "is_removed": self.is_removed,
            "status": self.status,
            "status_reason": self.status_reason,
        }


@dataclass(slots=True, kw_only=True)
class Link:
    """A channel inside an account: `id` is the adapter's own channel id of callbacks and `/v1/adapter/*`."""

    id: int
    account_id: int
    channel: Channel
    status: str = "active"


@dataclass(slots=True, kw_only=True)
class Account:
    """The connection of an adapter by the client."""

    id: int
    name: str
    adapter_id: int
    context: dict[str, Any]
    links: list[Link] = field(default_factory=list)
    status: str = "active"

    @property
    def forwards(self) -> bool:
        """True when the scenario "Переадресация в CRM" is attached to its channels."""
        return bool(self.context.get("is_chat_integration_scenario_created"))

    def as_json(self) -> dict[str, Any]:
        """The entity of `/v1/integration/account`."""
        return {
            "name": self.name,
            "adapter_id": self.adapter_id,
            "channels": [link.channel.id for link in self.links],
            "context": self.context,
            "id": self.id,
            "status": self.status,
        }


@dataclass(slots=True, kw_only=True)
class Employee:
    """An employee; `id` is the Chat API's `operator_id`."""

    id: int
    first_name: str
    last_name: str
    email: str
    chat_enabled: bool = True
    offline_message_enabled: bool = True
    group_ids: list[int] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        """Last name first, as the reports write it."""
        return f"{self.last_name} {self.first_name}"


@dataclass(slots=True, kw_only=True)
class Visitor:
    """One browser on one site, or one person in a messenger."""

    id: int
    person_id: int
    name: str | None = None
    company: str | None = None
    comment: str | None = None
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    usernames: list[str] = field(default_factory=list)
    user_id: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    visits_count: int = 0
    communications: int = 0


@dataclass(slots=True, kw_only=True)
class Session:
    """One visit; `traffic` uses the field names of the reports."""

    id: int
    visitor_id: int
    started: float
    traffic: dict[str, Any]
    ext_id: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Resource:
    """A file of a message; the token is part of its download address."""

    id: int
    token: str
    type: str
    name: str
    data: bytes
    mime_type: str
    channel_id: int

    def as_json(self) -> dict[str, Any]:
        """The `Resource` of the Chat API."""
        return {
            "id": self.id,
            "token": self.token,
            "type": self.type,
            "name": self.name,
            "size": len(self.data),
        }


@dataclass(slots=True, kw_only=True)
class Message:
    """A message of a chat; `source` as in get.chat_messages_report."""

    id: int
    chat_id: int
    source: str
    text: str
    created: float
    employee_id: int | None = None
    reply_to_id: int | None = None
    resource: Resource | None = None
    status: str = "sent"
    mnemonic: str | None = None
    edited: bool = False
    template_id: int | None = None


@dataclass(slots=True, kw_only=True)
class Chat:
    """A chat; open while `release_cause` is None."""

    id: int
    report_id: int
    communication_id: int
    communication_number: int
    channel: Channel
    visitor_id: int
    initiator: str
    started: float
    session: Session
    forwarded: bool = False
    employee_id: int | None = None
    is_transfer: bool = False
    closed: float | None = None
    release_cause: str | None = None
    messages: list[Message] = field(default_factory=list)
    tags: list[dict[str, Any]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    uploaded_status: str | None = None
    ext_id: str | None = None

    def written_by(self, source: str) -> int:
        """How many messages came from `source`."""
        return sum(message.source == source for message in self.messages)

    @property
    def status(self) -> str:
        """`new`, `active`, `lost`, `succeed` or `refused` (Data API: get.chats_report)."""
        if self.uploaded_status is not None:
            return self.uploaded_status
        if self.release_cause is None:
            return "new" if self.employee_id is None else "active"
        return self._closed_status()

    def _closed_status(self) -> str:
        operator, visitor = self.written_by("operator"), self.written_by("visitor")
        if self.release_cause == "visitor_disconnected":
            return "lost"
        if operator and visitor:
            return "succeed"
        if not visitor and (operator or self.written_by("autoinvite")):
            return "refused"
        return "lost"


@dataclass(slots=True, kw_only=True)
class OfflineRequest:
    """A form sent from a site ("заявка")."""

    id: int
    communication_id: int
    communication_number: int
    created: float
    visitor_id: int
    session: Session
    text: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    form_type: str = "Стандартная"
    form_name: str | None = None
    group_id: int | None = None
    status: str = "not_processed"
    processed: float | None = None
    employee_id: int | None = None
    employee_answer: str | None = None
    employee_comment: str | None = None
    properties: str | None = None
    technical: bool = False
    agreed_to_processing: bool = True
    agreed_to_mailing: bool = False
    tags: list[dict[str, Any]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    user_fields: list[dict[str, Any]] = field(default_factory=list)
    ext_id: str | None = None


def iso(moment: float) -> str:
    """ISO 8601 in UTC with microseconds, as the Chat API writes it."""
    return dt.datetime.fromtimestamp(moment, dt.UTC).isoformat(timespec="microseconds")
