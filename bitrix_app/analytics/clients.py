"""Whom the dialogs of open lines belong to: contact first, then lead, then company.

Bitrix24: crm/universal/crm-item-list; phones and e-mails (`fm`) come with `select: ["*"]` only.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.domain.crm import ENTITY_TYPE_ID, Kind
from app.domain.dialogs import Client
from app.pipeline.analytics.sides import Cards
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.read_many import read_many
from bitrix_app.values import number, rows

PAGE = 50
ORDER = (Kind.CONTACT, Kind.LEAD, Kind.COMPANY)
LINKS = {"contactId": Kind.CONTACT, "companyId": Kind.COMPANY}

Items = dict[Kind, dict[int, Mapping[str, Any]]]


def read_clients(client: PortalClient, cards: Sequence[Cards]) -> list[Client]:
    """The client of each set of cards, in their order; empty where the CRM knows nobody. Raises CrmAway."""
    wanted = _wanted(cards)
    items = _read(client, wanted)
    # A deal has no contact data of its own, and a lead may be tied to somebody who has.
    further = {
        kind: {linked for row in _all(items, Kind.LEAD, Kind.DEAL) if (linked := number(row.get(name)))}
        for name, kind in LINKS.items()
    }
    missing = {kind: numbers - items[kind].keys() for kind, numbers in further.items()}
    for kind, found in _read(client, missing).items():
        items[kind] |= found
    return [_client(items, one) for one in cards]


def _wanted(cards: Iterable[Cards]) -> dict[Kind, set[int]]:
    wanted: dict[Kind, set[int]] = {kind: set() for kind in Kind}
    for one in cards:
        for kind, item in one.items():
            wanted[kind].add(item)
    return wanted


def _read(client: PortalClient, wanted: Mapping[Kind, set[int]]) -> Items:
    commands = {}
    for kind, numbers in wanted.items():
        ids = sorted(numbers)
        for start in range(0, len(ids), PAGE):
            commands[f"{kind}_{start}"] = _page(kind, ids[start : start + PAGE])
    answers = read_many(client, commands) if commands else {}
    items: Items = {kind: {} for kind in Kind}
    for key, answer in answers.items():
        kind = Kind(key.partition("_")[0])
        found = rows(answer.get("items")) if isinstance(answer, Mapping) else []
        asked = wanted[kind]
        items[kind] |= {number(row.get("id")): row for row in found if number(row.get("id")) in asked}
    return items


def _page(kind: Kind, ids: Sequence[int]) -> str:
    params = {"entityTypeId": ENTITY_TYPE_ID[kind], "filter": {"@id": list(ids)}, "select": ["*"]}
    return command("crm.item.list", params)


def _all(items: Items, *kinds: Kind) -> Iterable[Mapping[str, Any]]:
    return [row for kind in kinds for row in items[kind].values()]


def _client(items: Items, cards: Cards) -> Client:
    chain = {kind: [number_] for kind, number_ in cards.items()}
    for kind in (Kind.LEAD, Kind.DEAL):
        row = items[kind].get(cards.get(kind, 0), {})
        for name, linked in LINKS.items():
            chain.setdefault(linked, []).append(number(row.get(name)))
    people = [items[kind][one] for kind in ORDER for one in chain.get(kind, ()) if one in items[kind]]
    names = (_name(row) for row in people)
    return Client(
        name=next((name for name in names if name), ""),
        phones=tuple(dict.fromkeys(value for row in people for value in _values(row, "PHONE"))),
        emails=tuple(dict.fromkeys(value for row in people for value in _values(row, "EMAIL"))),
    )


def _name(row: Mapping[str, Any]) -> str:
    parts = [str(row.get(part) or "").strip() for part in ("name", "lastName")]
    return " ".join(part for part in parts if part)


def _values(row: Mapping[str, Any], kind: str) -> list[str]:
    return [
        str(one["value"]) for one in rows(row.get("fm")) if one.get("typeId") == kind and one.get("value")
    ]
