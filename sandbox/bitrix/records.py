"""Small records of a portal: the installed application and what it left, frames, notifications."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class Installation:
    """The application in this portal. Until `finished` no events are sent and no placements are shown."""

    user_id: int
    application_token: str
    version: int
    status: str
    scope: tuple[str, ...]
    finished: bool = False
    updated: bool = False
    payment_expired: bool = False
    days: int | None = None


@dataclass(slots=True, kw_only=True)
class Handler:
    """An event handler; `auth_type` 0 means the user who acted."""

    id: int
    event: str
    url: str
    auth_type: int = 0
    offline: bool = False
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Placement:
    """A widget; several with the same code and handler may stand side by side."""

    code: str
    handler: str
    title: str = ""
    description: str = ""
    group_name: str = ""
    languages: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    user_id: int = 0


@dataclass(slots=True, kw_only=True)
class Frame:
    """What a browser posts into the application's frame: `url` with its query, `fields` of the form."""

    url: str
    fields: dict[str, str]
    app_sid: str


@dataclass(slots=True, kw_only=True)
class Notification:
    """A notification in the bell; a later one with the same tag has replaced it."""

    id: int
    user_id: int
    kind: str
    message: str
    tag: str
    at: float
