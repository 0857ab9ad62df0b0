"""What Open Lines hold. Moments are unix seconds; texts of employees and clients are BB code as the portal keeps it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.bitrix.deliveries import Delivery


class Direction(StrEnum):
    """Who speaks to whom in a message."""

    CLIENT = "client"  # of the client, through a connector
    OPERATOR = "operator"  # of an employee (or of the line itself), on its way to the client
    SYSTEM = "system"  # of the portal, seen by employees only


@dataclass(slots=True, kw_only=True)
class Line:
    """An open line; `settings` are those of `imopenlines.config.*` that differ from the defaults."""

    id: int
    name: str
    active: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    created: str = ""
    turn: int = 0


@dataclass(slots=True, kw_only=True)
class Connector:
    """A channel of Open Lines with its lines: `lines[line]` is active or not, `data[line]` what was set.

    A `built_in` one belongs to the portal and has no handler.
    """

    id: str
    name: str
    handler: str
    settings: dict[str, Any] = field(default_factory=dict)
    lines: dict[int, bool] = field(default_factory=dict)
    data: dict[int, dict[str, Any]] = field(default_factory=dict)
    built_in: bool = False

    def flag(self, name: str, default: bool) -> bool:
        """A boolean of `imconnector.register` in any of its spellings."""
        value = self.settings.get(name)
        return default if value in (None, "") else str(value).lower() in ("y", "1", "true")

    def works_on(self, line: int) -> bool:
        """Switched on and configured there."""
        return bool(self.lines.get(line)) and line in self.data


@dataclass(slots=True, kw_only=True)
class Guest:
    """A client as a user of the portal; `external_id` is what the connector calls this person."""

    id: int
    connector: str
    external_id: str
    name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    gender: str = ""
    url: str = ""
    picture: str = ""

    @property
    def full_name(self) -> str:
        """Name and last name, "Гость" when neither is known."""
        return " ".join(part for part in (self.name, self.last_name) if part) or "Гость"


@dataclass(slots=True, kw_only=True)
class LineFile:
    """A file in a dialog; `key` is the secret part of its public link."""

    id: int
    chat_id: int
    name: str
    data: bytes
    mime: str
    author_id: int
    created: float
    key: str

    @property
    def kind(self) -> str:
        """`image`, `video`, `audio` or `file` (Bitrix24: im.dialog.messages.get)."""
        family = self.mime.partition("/")[0]
        return family if family in ("image", "video", "audio") else "file"


@dataclass(slots=True, kw_only=True)
class LineMessage:
    """A message; `author_id` is a guest, an employee or 0. `mids` are ids that the connector gave or confirmed.

    `deliveries` are the events that carried an operator's message to the application, `problem` why none did.
    """

    id: int
    chat_id: int
    session_id: int
    direction: Direction
    author_id: int
    text: str
    created: float
    mids: list[str] = field(default_factory=list)
    files: list[LineFile] = field(default_factory=list)
    attach: list[dict[str, Any]] = field(default_factory=list)
    reply_to: int | None = None
    edited: bool = False
    deleted: bool = False
    delivered: float | None = None
    deliveries: list[Delivery] = field(default_factory=list)
    problem: str = ""
    quiet: bool = False

    @property
    def state(self) -> str:
        """Of an operator's message: `sending`, `sent`, `delivered` or `error`; empty for all others."""
        if self.direction is not Direction.OPERATOR or self.quiet:
            return ""
        if self.delivered is not None:
            return "delivered"
        answers = [delivery.status for delivery in self.deliveries]
        if self.problem or (answers and all(code is not None and not 200 <= code < 300 for code in answers)):
            return "error"
        return "sent" if any(code is not None for code in answers) else "sending"


@dataclass(slots=True, kw_only=True)
class Session:
    """One request of a client, from the first message to the close."""

    id: int
    chat_id: int
    parent_id: int
    started: float
    operator_id: int | None = None
    accepted: bool = False
    closed: float | None = None
    activity_id: int | None = None
    last: float = 0.0


@dataclass(slots=True, kw_only=True)
class Dialog:
    """The chat of an open line with one client: all sessions and messages of one user code.

    `crm` are the cards that the tracker has tied to the current session: entity type → id.
    """

    id: int
    connector: str
    line: int
    external_chat: str
    external_user: str
    guest: Guest
    name: str
    created: float
    members: list[int] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    messages: dict[int, LineMessage] = field(default_factory=dict)
    by_mid: dict[str, LineMessage] = field(default_factory=dict)
    crm: dict[int, int] = field(default_factory=dict)
    url: str = ""

    @property
    def code(self) -> str:
        """The user code (Bitrix24: imopenlines.session.open)."""
        return f"{self.connector}|{self.line}|{self.external_chat}|{self.external_user}"

    @property
    def imol(self) -> str:
        """The address under which CRM cards keep this client."""
        return f"imol|{self.code}"

    @property
    def session(self) -> Session | None:
        """The session that is not closed."""
        last = self.sessions[-1] if self.sessions else None
        return last if last is not None and last.closed is None else None

    @property
    def operator_id(self) -> int | None:
        """Who is in charge now, or was at last."""
        return self.sessions[-1].operator_id if self.sessions else None

    def of_session(self, session_id: int) -> list[LineMessage]:
        """The messages of one session, oldest first."""
        return [message for message in self.messages.values() if message.session_id == session_id]
