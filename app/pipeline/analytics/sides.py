"""What analytics wants of both vendors' sides. `bitrix_app` reads, `app.uis` uploads; this part never sees HTTP."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from app.domain.crm import Kind
from app.domain.dialogs import Client, EntityRef, Found, Transcript, UploadChat

Cards = Mapping[Kind, int]


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of looking for the dialogs of one entity. `outcome`: see AnalyticsHint."""

    outcome: str
    sessions: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """Sessions that activities tell of, oldest first, up to the activity `last`. `more`: there are further ones."""

    sessions: tuple[Found, ...]
    last: int
    more: bool


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The portal does not give this transcript. `words`: code and words of Bitrix24."""

    words: str


class Lines(Protocol):
    """Open lines and CRM of one portal. Every method raises CrmAway when nothing could be asked."""

    own_connectors: Collection[str]

    def listen(self, events: Sequence[str]) -> None:
        """Subscribe to just these of the analytics events."""

    def dialogs_of(self, entities: Sequence[EntityRef]) -> list[Looked]:
        """The sessions of each entity, in the order of the entities."""

    def sessions_since(self, after: int, since: datetime) -> Listed:
        """Sessions whose activities have an id above `after` and are not older than `since`; several pages."""

    def finished(self, session_ids: Sequence[int]) -> set[int]:
        """Which of these sessions the portal has closed."""

    def transcripts(self, session_ids: Sequence[int]) -> list[Transcript | Unreadable]:
        """What was said in each session, in the order of the ids."""

    def clients(self, cards: Sequence[Cards]) -> Sequence[Client]:
        """Whom each set of cards belongs to, in their order."""


class UploadAway(Exception):
    """UIS takes nothing now; nothing was done. `after` seconds. `problem`: stored form, None for mere limits."""

    def __init__(self, problem: str | None, after: float) -> None:
        super().__init__(problem or "no points left")
        self.problem = problem
        self.after = after


class UploadRefused(Exception):
    """UIS refuses a group: one of its chats is bad. `problem`: stored form of why.

    `about_session`: the visitor's session may be what is wrong. `known`: UIS says that it has the chat already.
    """

    def __init__(self, problem: str, *, about_session: bool = False, known: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.about_session = about_session
        self.known = known


class UploadDoubt(Exception):
    """No answer says whether it was done."""


class Uploads(Protocol):
    """The UIS account of one portal."""

    account: str

    def upload(self, chats: Sequence[UploadChat]) -> int:
        """Upload a group (at most 50). How many UIS says it took. Raises UploadAway, UploadRefused, UploadDoubt."""

    def look_up(self, marks: Collection[str], since: datetime, till: datetime) -> dict[str, int]:
        """Marker -> chat of the report, for those that the report shows. Raises UploadAway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides of a portal. `uploads_of` is None for a portal without a UIS account or Data API key."""

    lines_of: Callable[[int], Lines]
    uploads_of: Callable[[int], Uploads | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often and how patiently."""

    list_every: timedelta
    unknown_wait: timedelta
    hint_looks: tuple[timedelta, ...] = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30))
    """When the dialogs of an entity are looked for again, while there are none."""
    doubt_looks: tuple[timedelta, ...] = field(
        default=(timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
    )
    """When a marker is looked up again before it counts as not there: how soon the report shows a chat is not said."""
    seen_looks: tuple[timedelta, ...] = (timedelta(minutes=10), timedelta(hours=2), timedelta(hours=22))
    """The same for what UIS said it took, before it counts as missing."""
    contact_looks: tuple[timedelta, ...] = (timedelta(hours=1), timedelta(days=1), timedelta(days=3))
    """When a client without contact data is looked at again."""
