"""What we ask the CRM about a client, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

ORIGINATOR = "uis-omni"
"""`originatorId` of everything that we create."""


class Kind(StrEnum):
    """Kinds of CRM entities, in the words of the settings."""

    LEAD = "lead"
    DEAL = "deal"
    CONTACT = "contact"
    COMPANY = "company"


ENTITY_TYPE_ID = {Kind.LEAD: 1, Kind.DEAL: 2, Kind.CONTACT: 3, Kind.COMPANY: 4}
"""Bitrix24: api-reference/crm/data-types, object types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A lead, deal, contact or company as the CRM has it. `values`: the mapped fields, None where not asked for."""

    kind: Kind
    id: int
    title: str = ""
    assigned_by: int | None = None
    open: bool = True
    contact_id: int | None = None
    company_id: int | None = None
    category_id: int | None = None
    stage_id: str | None = None
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What one conversation wants to know.

    `phones`: per phone every spelling that the CRM may keep; `markers`: role -> marker of what an earlier
    attempt may have made; `known`: ids that earlier conversations of this client left; `select`: fields whose
    values are wanted; `related`: whether the open deals of those found are wanted too.
    """

    phones: tuple[tuple[str, ...], ...] = ()
    emails: tuple[str, ...] = ()
    markers: dict[str, str] = field(default_factory=dict)
    known: dict[Kind, tuple[int, ...]] = field(default_factory=dict)
    select: dict[Kind, tuple[str, ...]] = field(default_factory=dict)
    related: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmFacts:
    """The answers. Lists are newest first. `marked`: role -> id of what our marker was found on."""

    contacts: tuple[Entity, ...] = ()
    companies: tuple[Entity, ...] = ()
    leads: tuple[Entity, ...] = ()
    deals: tuple[Entity, ...] = ()
    marked: dict[str, int] = field(default_factory=dict)

    def of(self, kind: Kind) -> tuple[Entity, ...]:
        """All answers of one kind."""
        by_kind = {
            Kind.CONTACT: self.contacts,
            Kind.COMPANY: self.companies,
            Kind.LEAD: self.leads,
            Kind.DEAL: self.deals,
        }
        return by_kind[kind]
