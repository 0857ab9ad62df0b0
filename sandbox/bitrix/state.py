"""One portal: its people, CRM, applications, switches and logs."""

import datetime as dt
import secrets
import threading
from collections import deque
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sandbox.bitrix.crm.store import Crm
from sandbox.bitrix.deliveries import EventQueue
from sandbox.bitrix.limits import Bucket, Operating
from sandbox.bitrix.lines.model import Connector, Line
from sandbox.bitrix.lines.operators import OpenLines
from sandbox.bitrix.lines.visitors import Visitors
from sandbox.bitrix.people import demo_departments, demo_users
from sandbox.bitrix.records import Handler, Installation, Notification, Placement
from sandbox.bitrix.robots import Robot, RobotRun
from sandbox.bitrix.triggers import Trigger, TriggerRun

if TYPE_CHECKING:
    from sandbox.bitrix.rest import RequestLog
    from sandbox.world import World


class PortalState:
    """State of one portal. `lock` guards everything; hold it while reading several things that belong together.

    Switches for tests: `round_trip_ms` (every request), `command_ms` and `method_ms[method]` (every command),
    `operating_cost[method]` (seconds counted without waiting), `bucket.rate`, `bucket.burst`, `operating.limit_s`,
    `deleted`. Logs: `requests`, `violations`, `refused`.
    """

    def __init__(self, world: "World", number: int, title: str, simple_crm: bool = False) -> None:
        self.world = world
        self.number = number
        self.title = title
        self.member_id = f"{secrets.token_hex(12)}{number:08x}"
        self.url = ""
        self.zone = ZoneInfo("Europe/Moscow")
        self.language = "ru"
        self.license = "ru_pro100"
        self.lock = threading.RLock()
        self.deleted = False
        self.users = demo_users()
        self.departments = demo_departments()
        self.webhooks: dict[str, int] = {}
        self.bucket = Bucket(world.clock)
        self.operating = Operating(world.clock)
        self.round_trip_ms = 0.0
        self.command_ms = 0.0
        self.method_ms: dict[str, float] = {}
        self.operating_cost: dict[str, float] = {}
        self.requests: deque[RequestLog] = deque(maxlen=200_000)
        self.violations: list[str] = []
        self.notifications: list[Notification] = []
        self.installation: Installation | None = None
        self.handlers: list[Handler] = []
        self.placements: list[Placement] = []
        self.connectors: dict[str, Connector] = {}
        self.robots: dict[str, Robot] = {}
        self.robot_runs: list[RobotRun] = []
        self.triggers: dict[str, Trigger] = {}
        self.trigger_runs: list[TriggerRun] = []
        self.options: dict[str, Any] = {}
        self.user_options: dict[int, dict[str, Any]] = {}
        self.events = EventQueue(self)
        self.crm = Crm(self, simple_crm)
        self.open_lines = OpenLines(self)
        self.visitors = Visitors(self.open_lines)
        self._ids: dict[str, int] = {}

    @property
    def domain(self) -> str:
        """Host and port, as `DOMAIN` and `domain` carry it."""
        return self.url.partition("//")[2]

    @property
    def client_endpoint(self) -> str:
        """Where REST methods are called."""
        return f"{self.url}/rest/"

    @property
    def server_endpoint(self) -> str:
        """The REST of the authorization server."""
        return f"{self.world.oauth_url}/rest/"

    @property
    def refused(self) -> int:
        """Requests refused by one of the two limits so far, commands inside batches not counted."""
        return sum(row.error in ("QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT") for row in [*self.requests])

    def next_id(self, kind: str) -> int:
        """The next number of a kind of thing; call under the lock."""
        self._ids[kind] = self._ids.get(kind, 0) + 1
        return self._ids[kind]

    def add_webhook(self, user_id: int = 1) -> str:
        """An incoming webhook of a user: the address under which methods are called without a token."""
        secret = secrets.token_hex(8)
        self.webhooks[secret] = user_id
        return f"{self.url}/rest/{user_id}/{secret}/"

    def dismiss(self, user_id: int) -> None:
        """Dismiss an employee: not active, all tokens of this user dead."""
        self.users[user_id].active = False
        self.world.oauth.revoke(self.member_id, user_id)

    def violation(self, text: str) -> None:
        """Note a call that the real portal would have half ignored in silence."""
        self.violations.append(text)

    def pause(self, milliseconds: float) -> None:
        """Take time, as the real thing does."""
        if milliseconds > 0:
            self.world.clock.sleep(milliseconds / 1000)

    @property
    def lines(self) -> dict[int, Line]:
        """The open lines by id."""
        return self.open_lines.lines

    def local(self, moment: float) -> dt.datetime:
        """A moment (unix seconds) in the portal's zone."""
        return dt.datetime.fromtimestamp(int(moment), self.zone)

    def iso(self, moment: float | None = None) -> str:
        """A moment (unix seconds, default now) as the portal writes it: ISO 8601 in the portal's zone."""
        return self.local(self.world.clock.now() if moment is None else moment).isoformat()

    def granted_scope(self) -> tuple[str, ...]:
        """What the tokens of the application may do here."""
        return self.installation.scope if self.installation else self.world.card.scope

    def install_facts(self) -> dict[str, Any]:
        """`install` of `app.info` at the authorization server; False when there is no installation."""
        found = self.installation
        return {
            "installed": bool(found and found.finished),
            "version": found.version if found else 0,
            "status": found.status if found else self.world.card.status,
            "scope": ",".join(self.granted_scope()),
            "domain": self.domain,
            "uri": self.url,
            "client_endpoint": self.client_endpoint,
            "member_id": self.member_id,
            "member_type": "S",
        }
