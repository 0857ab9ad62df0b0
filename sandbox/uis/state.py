"""The UIS account of the sandbox: what it holds, its switches and its credentials."""

import itertools
import secrets
import threading
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from sandbox.core.clock import Clock
from sandbox.core.faults import Faults
from sandbox.uis.courier import Courier, Delivery
from sandbox.uis.entities import (
    Account,
    Adapter,
    Channel,
    Chat,
    Employee,
    Link,
    OfflineRequest,
    Resource,
    Session,
    Visitor,
)

COMPONENTS = (
    "call_tracking", "consultant", "lead", "sitephone", "data_api", "upload_chats",
    "upload_offline_messages", "upload_sessions",
)  # fmt: skip
SYSTEM_ADAPTER_ID = 1


class Host(Protocol):
    """What UIS needs of the world around it; `uis` is the account itself."""

    clock: Clock
    faults: Faults
    uis: Any

    @property
    def uis_url(self) -> str:
        """Where the application of `create_uis` listens."""


class UisState:
    """Everything of one UIS account. `lock` guards it all; take it for every read or change from outside.

    Switches (plain attributes, change them at any time):
    `two_factor`: the account asks for a second factor. `jwt_lifetime_s`, `adapter_token_lifetime_s`,
    `session_lifetime_s`: of the tokens. `callbacks_without_scenario`: whether chats whose channel is not
    forwarded send callbacks too (the pages do not say). `components`, `permissions`, `ip_whitelisted`,
    `account_active`, `minute_limit`, `day_limit`: of the Data API. `report_lag_s`: how long a new chat or
    request stays out of the reports. `chat_id_in_reports`: which field of get.chats_report equals the Chat
    API's chat_id (`id`, `communication_id`, `both`; the pages do not say). `login_expiry_key`: `expire_at` by
    the table of login.user, `expire` by its example. `repeated_upload`: what an upload with a known ext_id
    does (`create`, `update`, `duplicate_entity`; the pages do not say). `bad_upload_item`: whether one wrong item
    refuses all or is left out; `upload_order`: whether the ids come as the items did or the other way round (neither is
    said). `message_states`: which states an adapter's message goes through at once (the example shows `delivered`
    alone; `read` comes when the visitor looks, see `visitor_reads`). `deleted_sources`: traffic sources that are gone.
    """

    def __init__(self, world: Host) -> None:
        self.world = world
        self.clock = world.clock
        self.lock = threading.RLock()
        self.app_id = 4735
        self.account_name = "Демо-аккаунт"
        self.zone = ZoneInfo("Europe/Moscow")
        self.login, self.password, self.project = "admin@example.com", "sandbox", "uis2"
        self.data_keys = {"sandbox-data-key"}
        self.blocked_keys: set[str] = set()
        self.expired_keys: set[str] = set()
        self._switches()
        self._counters()
        self._contents()
        self.courier = Courier(world.clock, world.faults)

    def _switches(self) -> None:
        self.two_factor = False
        self.callbacks_without_scenario = True
        self.jwt_lifetime_s = 3600.0
        self.adapter_token_lifetime_s = 72_000.0
        self.session_lifetime_s = 3600.0
        self.components: set[str] = set(COMPONENTS)
        self.permissions: set[str] = {
            "employees:select",
            "tag_management:select",
            "tag_management:update",
            "site_selected:select",
            "ac:select",
        }
        self.ip_whitelisted = True
        self.account_active = True
        self.minute_limit, self.day_limit = 200, 3500
        self.report_lag_s = 0.0
        self.chat_id_in_reports: Literal["id", "communication_id", "both"] = "id"
        self.change_answer: Literal["entity", "empty"] = "entity"
        self.login_expiry_key: Literal["expire_at", "expire"] = "expire_at"
        self.repeated_upload: Literal["create", "update", "duplicate_entity"] = "create"
        self.bad_upload_item: Literal["refuse_all", "skip"] = "refuse_all"
        self.upload_order: Literal["same", "reversed"] = "same"
        self.message_states: list[str] = ["delivered"]
        self.deleted_sources: list[int] = []

    def _counters(self) -> None:
        self.adapter_ids, self.account_ids = itertools.count(322), itertools.count(286)
        self.link_ids, self.resource_ids = itertools.count(3580), itertools.count(5501)
        self.chat_ids, self.message_ids = itertools.count(199304420), itertools.count(623010892)
        self.report_ids, self.communication_ids = itertools.count(88100001), itertools.count(7300500001)
        self.visitor_ids, self.person_ids = itertools.count(9012381597), itertools.count(4100220001)
        self.session_ids, self.request_ids = itertools.count(6200700001), itertools.count(41000001)
        self.channel_ids, self.template_ids = itertools.count(740821), itertools.count(5101)

    def _contents(self) -> None:
        self.adapters: dict[int, Adapter] = {SYSTEM_ADAPTER_ID: _system_adapter()}
        self.channels = {channel.id: channel for channel in _channels()}
        self.employees = {employee.id: employee for employee in _employees()}
        self.groups = {7001: "Отдел продаж", 7002: "Поддержка"}
        self.tags = {9001: "Целевое", 9002: "Спам"}
        self.segments = {8101: "Вернувшиеся с корзиной"}
        self.crm_accounts: list[dict[str, Any]] = []
        self.request_user_fields: set[str] = set()
        self.accounts: dict[int, Account] = {}
        self.visitors: dict[int, Visitor] = {}
        self.sessions: dict[int, Session] = {}
        self.chats: dict[int, Chat] = {}
        self.requests: dict[int, OfflineRequest] = {}
        self.resources: dict[int, Resource] = {}
        self.jwts: dict[str, float] = {}
        self.adapter_tokens: dict[str, tuple[int, float]] = {}
        self.data_sessions: dict[str, float] = {}
        self.points: dict[str, int] = {}

    @property
    def deliveries(self) -> list[Delivery]:
        """Every callback of this account, oldest first."""
        return self.courier.deliveries

    def hold(self) -> None:
        """Collect callbacks until `release`."""
        self.courier.hold()

    def release(self, order: str | list[int] = "in_order") -> None:
        """Deliver the held callbacks: `in_order`, `reversed`, `shuffled` or a list of indexes."""
        self.courier.release(order)

    def flush(self, timeout_s: float = 10.0) -> None:
        """Wait until every callback that is due was delivered."""
        self.courier.flush(timeout_s)

    def stop(self) -> None:
        """End the deliveries."""
        self.courier.stop()

    def issue_jwt(self) -> str:
        """A token for `/v1/integration/*`."""
        token = secrets.token_urlsafe(32)
        self.jwts[token] = self.clock.now() + self.jwt_lifetime_s
        return token

    def jwt_is_valid(self, token: str) -> bool:
        """True while the token of the personal account lives."""
        return self.jwts.get(token, 0) > self.clock.now()

    def issue_adapter_token(self, adapter: Adapter) -> tuple[str, int]:
        """A token for `/v1/adapter/*` and the unix second of its end."""
        token = secrets.token_urlsafe(32)
        expires = int(self.clock.now() + self.adapter_token_lifetime_s)
        self.adapter_tokens[token] = (adapter.id, expires)
        return token, expires

    def adapter_of(self, token: str) -> Adapter | None:
        """Whose token this is; None when it is stale, or its adapter is gone or disabled."""
        adapter_id, expires = self.adapter_tokens.get(token, (0, 0))
        adapter = self.adapters.get(adapter_id)
        if adapter is None or adapter.status != "active" or expires <= self.clock.now():
            return None
        return adapter

    def links_of(self, channel: Channel) -> list[tuple[Adapter, Account, Link]]:
        """Through which accounts the channel reaches an adapter."""
        return [
            (self.adapters[account.adapter_id], account, link)
            for account in self.accounts.values()
            if account.status == "active" and self.adapters[account.adapter_id].status == "active"
            for link in account.links
            if link.channel.id == channel.id
        ]

    def visitor(self, visitor_id: int) -> Visitor:
        """Raises ValueError for an unknown id."""
        if visitor_id not in self.visitors:
            raise ValueError(f"no visitor {visitor_id}")
        return self.visitors[visitor_id]

    def chat(self, chat_id: int) -> Chat:
        """By the Chat API's chat_id; raises ValueError for an unknown id."""
        if chat_id not in self.chats:
            raise ValueError(f"no chat {chat_id}")
        return self.chats[chat_id]

    def employee(self, employee_id: int) -> Employee:
        """Raises ValueError for an unknown id."""
        if employee_id not in self.employees:
            raise ValueError(f"no employee {employee_id}")
        return self.employees[employee_id]

    def file_url(self, resource: Resource) -> str:
        """Where the file of a report's message is downloaded."""
        return f"{self.world.uis_url}/files/{resource.id}/{resource.token}"

    def as_json(self) -> dict[str, Any]:
        """Counters for the control API."""
        return {
            "adapters": [adapter.as_json() for adapter in self.adapters.values()],
            "accounts": [account.as_json() for account in self.accounts.values()],
            "channels": [channel.as_json() for channel in self.channels.values()],
            "chats": [
                {"id": chat.id, "status": chat.status, "messages": len(chat.messages)}
                for chat in self.chats.values()
            ],
            "requests": [{"id": request.id, "status": request.status} for request in self.requests.values()],
            "deliveries": [delivery.as_json() for delivery in self.deliveries],
        }


def _system_adapter() -> Adapter:
    return Adapter(
        id=SYSTEM_ADAPTER_ID,
        type="uis_crm",
        name="CRM",
        login="system",
        password=secrets.token_urlsafe(16),
        webhook_url="https://crm.example.com/webhook",
        supported_channel_types=["comagic", "whatsapp", "telegram"],
        owner=None,
    )


def _channels() -> list[Channel]:
    found = (
        (740805, 28910, "whatsapp", "WhatsApp магазина", "74951230001"),
        (740806, 28911, "comagic", "Чат на сайте", None),
        (740807, 28912, "telegram", "Telegram-бот", "demo_shop_bot"),
    )
    return [
        Channel(id=number, channel_id=second, type=kind, name=name, external_id=external)
        for number, second, kind, name, external in found
    ]


def _employees() -> list[Employee]:
    found = (
        (367852, "Иван", "Петров", "ivan@example.com", [7001]),
        (367853, "Ольга", "Ким", "olga@example.com", [7001, 7002]),
    )
    return [
        Employee(id=number, first_name=first, last_name=last, email=email, group_ids=groups)
        for number, first, last, email, groups in found
    ]
