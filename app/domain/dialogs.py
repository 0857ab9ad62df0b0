"""Dialogs of Bitrix24's own Open Lines on their way to UIS reports, in our words. Times are aware.

Bitrix24: imopenlines/openlines. A dialog (a chat) consists of sessions; one session is one chat of UIS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from app.domain.crm import Kind


class DialogState(StrEnum):
    """Where a session stands."""

    FOUND = "found"  # known by its number, not read yet
    WAITING = "waiting"  # still going on: read again when it may be idle
    READY = "ready"  # may be uploaded; waits for points, for a repair at UIS, or for a further look
    SENT = "sent"  # intent committed; whether UIS has it is looked up before anything is repeated
    UPLOADED = "uploaded"  # UIS has it
    REFUSED = "refused"  # UIS does not take it; retryable by hand
    NOTHING = "nothing"  # nothing to upload
    MISSING = "missing"  # UIS took it, and its report has not shown it since


OPEN = (DialogState.FOUND, DialogState.WAITING)
UNDERWAY = (*OPEN, DialogState.READY, DialogState.SENT)
AGAIN = (DialogState.REFUSED, DialogState.MISSING)
"""What a person may send again."""


class Reason(StrEnum):
    """Why a session is where it is; words are under `analytics.reason.<reason>`."""

    NO_CONTACT = "no_contact"  # refused: UIS wants a phone or an e-mail, the CRM has neither
    BAD_CONTACT = "bad_contact"  # refused: there is a phone, but no phone of this world looks so
    NO_EMPLOYEE = "no_employee"  # refused: an operator wrote, and nobody is named who stands for him in UIS
    NO_TARGET = "no_target"  # refused: without a session, and the settings name neither source nor campaign
    NO_ACCESS = "no_access"  # refused: the portal does not give the transcript
    UIS = "uis"  # refused: by UIS, in its own words
    NOT_AT_UIS = "not_at_uis"  # missing: accepted, but not in the report
    EMPTY = "empty"  # nothing: nobody said anything
    OWN_CONNECTOR = "own_connector"  # nothing: a UIS chat, it is in the reports already
    KIND_OFF = "kind_off"  # nothing: tied to a kind of entity that the settings do not follow


NOTHINGS = frozenset({Reason.EMPTY, Reason.OWN_CONNECTOR, Reason.KIND_OFF})
"""Reasons that leave nothing to do; the others are refusals that a person may lift."""


class Tier(StrEnum):
    """How the advertising source of a session is known."""

    SESSION = "session"  # by the visitor's session, handed over by the script on the site
    MESSENGER = "messenger"  # by the row of its connector in the settings
    DEFAULT = "default"  # by the default of the settings


class UserCode(NamedTuple):
    """`<connector>|<line>|<chat in the channel>|<user in the channel>` (Bitrix24: imopenlines.dialog.get)."""

    connector: str
    line_id: int
    chat: str
    user: str

    @classmethod
    def read(cls, code: str) -> "UserCode | None":
        """None for what is no user code."""
        parts = code.removeprefix("imol|").split("|")
        if len(parts) < 4 or not parts[0] or not (parts[1].isascii() and parts[1].isdigit()):
            return None
        return cls(parts[0], int(parts[1]), parts[2], parts[3])


@dataclass(frozen=True, slots=True)
class EntityRef:
    """An entity that an event told of. `kind`: lead | deal | invoice (an old instruction's word for deals)."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A session as an activity or a card tells of it. `crm`: the cards that it hangs on."""

    session_id: int
    user_code: str = ""
    started_at: datetime | None = None
    finished: bool = False
    crm: Mapping[Kind, int] = field(default_factory=dict)
    activity_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of a person. `author`: visitor | operator; `user_id`: the operator."""

    id: int
    at: datetime
    author: str
    text: str
    user_id: int | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One session as the portal gives it. `visitor_session_id`: of UIS, when the script on the site handed it over."""

    session_id: int
    chat_id: int
    user_code: str
    said: tuple[Said, ...]
    crm: Mapping[Kind, int]
    client_name: str = ""
    visitor_session_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the CRM knows of the client, the likeliest first, as it is written there."""

    name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Where a chat is counted: by the visitor's session alone, else by source and site, else by campaign."""

    tier: Tier
    visitor_session_id: int | None = None
    source_id: int | None = None
    site_id: int | None = None
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class UploadMessage:
    """One message for UIS. `source`: visitor | operator."""

    at: datetime
    source: str
    text: str
    employee_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadChat:
    """One chat for UIS (Data API: `upload.chats`). `ext_id` is what it is found again by."""

    ext_id: str
    started_at: datetime
    name: str
    phone: str | None
    email: str | None
    status: str
    initiator: str
    traffic: Traffic
    messages: tuple[UploadMessage, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why this is not uploaded."""

    reason: Reason
