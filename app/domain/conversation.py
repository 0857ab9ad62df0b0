"""A conversation as the rules see it, and the ledger of what was made for it."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.crm import Kind
from app.domain.fields import FieldInfo
from app.domain.message import TranscriptMessage


@dataclass(slots=True, kw_only=True)
class Ledger:
    """What was made or found for a conversation: kept with it, changed only when a plan is settled.

    `entities`: kind -> id that the conversation belongs to; `made`: kinds that we created; `transcript`:
    kind -> its comments, {"ids": messages in it, "parts": ids of comments, "hash"} each.
    `mapped`: kind -> fingerprint of what the mapping put into that entity.
    """

    decided: bool = False
    communication: str | None = None  # "first" | "repeat"
    entities: dict[str, int] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    activity_id: int | None = None
    activity_hash: str | None = None
    activity_completed: bool = False
    responsible_id: int | None = None
    transcript: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    notified: bool = False
    given: list[str] = field(default_factory=list)  # phones and e-mails that the CRM has
    mapped: dict[str, str] = field(default_factory=dict)
    stands_for: dict[str, str] = field(default_factory=dict)  # kind -> kind that took its place
    lost: list[str] = field(default_factory=list)  # kinds whose entity a write did not find
    advertised: bool = False  # the advertising source is in what we made

    def entity(self, kind: Kind) -> int | None:
        return self.entities.get(kind)

    def copy(self) -> "Ledger":
        """One that can be changed without changing this one."""
        return Ledger.from_json(deepcopy(self.to_json()))

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Ledger":
        return cls(**{name: value for name, value in data.items() if name in cls.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that is known of one conversation at one moment. Ids are those of UIS; times are aware."""

    kind: str  # "chat" | "offline"
    source_id: int
    account: str
    channel_id: int | None
    visitor_id: int | None
    person_id: int | None
    operator_id: int | None
    initiator: str | None
    first_seen_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
    close_reason: str | None
    facts: Mapping[str, Any]
    messages: tuple[TranscriptMessage, ...]
    ledger: Ledger
    changed_at: datetime | None = None  # when the last event was folded in
    reported: bool = False  # a row of the report is among the facts
    earlier: bool = False  # another conversation of the same client came before
    known: Mapping[Kind, tuple[int, ...]] = field(default_factory=dict)  # entities of those
    card: tuple[Kind, int] | None = None  # the card that an operator began it from


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalView:
    """What the rules must know of the portal. `users`: id -> (name, active); `operators`: UIS id -> user id."""

    member_id: str
    portal_url: str
    lang: str
    timezone: str
    crm_mode: str  # "classic" | "simple"
    users: Mapping[int, tuple[str, bool]]
    operators: Mapping[int, int]
    operator_names: Mapping[int, str]
    channel_names: Mapping[int, str]
    own_numbers: frozenset[str] = frozenset()
    settle: float = 3.0
    reports: bool = False  # the reports of UIS can be read
    set_aside_at: datetime | None = None  # what waited then, and was not decided, is left alone
    absent: frozenset[int] = frozenset()  # users who are away for a while
    stages: frozenset[tuple[str, int | None, str]] | None = (
        None  # ("lead", None, id), ("deal", 2, id); None: not read
    )
    turns: Mapping[str, tuple[int, int]] = field(
        default_factory=dict
    )  # queue -> (place, user) of its last turn
    sources: Mapping[str, str] = field(default_factory=dict)  # sources of the CRM: id -> title
    fields: Mapping[str, Mapping[str, FieldInfo]] = field(default_factory=dict)
    """Entity -> name -> field, of the fields that a mapping names; an entity is absent until its fields are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One line of an explanation: a code that the catalogues know, with its parameters."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, **({"params": dict(self.params)} if self.params else {})}
