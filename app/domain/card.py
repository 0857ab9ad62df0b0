"""A card of the CRM as the workplace sees it: whose it is, and by what its client can be reached. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.crm import ENTITY_TYPE_ID, Kind

DYNAMIC = "dynamic_"
"""A smart process: "dynamic_<entityTypeId>"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One way to a person. `kind`: "phone" | "email" | "username"; `value` as the CRM has it; `of`: whose it is."""

    kind: str
    value: str
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`kind`: "lead", "deal", "contact", "company" or "dynamic_1036"; `links`: keys of all cards of this client.

    `fields` are what templates of messages may name: `name`, `title`, `phone`, ... all texts.
    """

    kind: str
    id: int
    title: str
    contacts: tuple[Contact, ...] = ()
    links: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    client: tuple[str, int] | None = None
    """Its contact, else its company: for kinds that the rules do not know."""

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """Values of one kind of contact, in their order."""
        return tuple(contact.value for contact in self.contacts if contact.kind == kind)


def entity_type_id(kind: str) -> int | None:
    """Bitrix24's number of a kind of card; None for what is none. Bitrix24: api-reference/crm/data-types."""
    if kind in set(Kind):
        return ENTITY_TYPE_ID[Kind(kind)]
    number = kind.removeprefix(DYNAMIC)
    return int(number) if number != kind and number.isascii() and number.isdecimal() else None


def card_key(kind: str, number: int) -> str:
    """The key by which a card finds its conversations: "lead:81"."""
    return f"{kind}:{number}"


def card_url(portal_url: str, kind: str, number: int) -> str:
    """The address of a card in the portal."""
    if kind.startswith(DYNAMIC):
        return f"{portal_url}/crm/type/{kind.removeprefix(DYNAMIC)}/details/{number}/"
    return f"{portal_url}/crm/{kind}/details/{number}/"


def as_row(card: Card) -> dict[str, Any]:
    """Kind and id, and its client, as they are stored with a conversation."""
    client = {"client": {"type": card.client[0], "id": card.client[1]}} if card.client else {}
    return {"type": card.kind, "id": card.id, **client}


def packed(card: Card) -> dict[str, Any]:
    """A card as JSON; `unpacked` reads it."""
    contacts = [[contact.kind, contact.value, contact.of] for contact in card.contacts]
    kept = {
        "contacts": contacts,
        "links": sorted(card.links),
        "fields": dict(card.fields),
        "title": card.title,
    }
    return as_row(card) | kept


def unpacked(row: Mapping[str, Any]) -> Card:
    """A card that was packed."""
    client = row.get("client")
    return Card(
        kind=row["type"], id=row["id"], title=row["title"],
        contacts=tuple(Contact(kind=kind, value=value, of=of) for kind, value, of in row["contacts"]),
        links=frozenset(row["links"]), fields=row["fields"],
        client=(client["type"], client["id"]) if client else None,
    )  # fmt: skip


def takes_automation(kind: str) -> bool:
    """Whether the CRM has robots and triggers for a kind of card. Bitrix24: crm/automation/triggers."""
    return kind in (Kind.LEAD, Kind.DEAL) or kind.startswith(DYNAMIC)
