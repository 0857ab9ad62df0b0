"""What settings are checked against: the portal and its channels, as last synchronized."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class UserInfo:
    """A user of the portal; one without a last name cannot take part."""

    id: int
    name: str
    active: bool
    last_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalDirectory:
    """None means "not known yet": nothing is refused for it.

    `stages` has `(entity, category_id, stage_id)`, the category of a lead is None: `("lead", None, "NEW")`,
    `("deal", 2, "C2:NEW")`. `channels` are ids of the UIS channels joined. `fields`: entity -> names of its
    fields, without an entity whose fields were never read. `lines` are ids of the open lines that the portal has,
    `employees` ids of employees of UIS who work.
    """

    crm_mode: Literal["classic", "simple"] | None = None
    users: Mapping[int, UserInfo] | None = None
    stages: frozenset[tuple[str, int | None, str]] | None = None
    channels: frozenset[int] | None = None
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lines: frozenset[int] | None = None
    employees: frozenset[int] | None = None
