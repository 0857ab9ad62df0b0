"""Cards of the CRM: whether a user may read them, and by what their client can be reached.

Bitrix24: api-reference/crm/universal/crm-item-get, crm-item-list, object-fields (`fm`, `contactIds`, `companyId`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.domain.card import Card, Contact, card_key, entity_type_id
from app.storage.services import Services
from bitrix_app import batch
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.errors import NoAnswer, Rejected
from bitrix_app.limits.limiter import Limiter
from bitrix_app.verify import VerifiedUser, call_as

CONTACT, COMPANY = 3, 4
MOST = 50
"""Contacts of one card that are looked at."""
PATIENCE = 10.0
"""Seconds that a page waits for its turn in the request budget."""
MESSENGERS = ("TELEGRAM",)
KINDS = {"PHONE": "phone", "EMAIL": "email", "IM": "username"}
Row = Mapping[str, Any]


def readable(
    services: Services, limiter: Limiter, user: VerifiedUser, cards: Sequence[tuple[str, int]]
) -> list[bool]:
    """Which of these cards (kind, id) the user may read, by his own token. Raises BitrixError.

    A card that is gone, or of a kind that there is not, is not readable.
    """
    commands = {f"c{n}": _get(entity_type_id(kind) or 0, number) for n, (kind, number) in enumerate(cards)}
    body = {"halt": 0, "cmd": commands}
    answer = batch.parse(call_as(services, limiter, user.info, user.access_token, "batch", body), commands)
    for error in answer.errors.values():
        if isinstance(error.meaning(), NoAnswer):
            raise error.meaning()
    return [f"c{n}" in answer.results for n in range(len(cards))]


def read_card(client: PortalClient, kind: str, number: int, *, reserved: bool = False) -> Card | None:
    """A card with its client, None when there is none. Raises BitrixError.

    `reserved`: the first request has its turn in the budget already.
    """
    type_id = entity_type_id(kind)
    if type_id is None:
        return None
    answer = client.batch({"item": _get(type_id, number)}, budget_wait=PATIENCE, reserved=reserved)
    if "item" not in answer.results:
        _check_gone(answer)
        return None
    item = _item(answer.results["item"])
    linked = _linked(client, type_id, item)
    people = [_person(row) for row in linked["contacts"]]
    companies = [_company(row) for row in linked["companies"]]
    return _card(kind, number, type_id, item, people, companies)


def _check_gone(answer: batch.BatchAnswer) -> None:
    """A refusal says that there is no such card; whatever else came says nothing of it, and is raised."""
    error = answer.errors["item"].meaning() if "item" in answer.errors else NoAnswer("no answer for the card")
    if not isinstance(error, Rejected):
        raise error


def _get(type_id: int, number: int) -> str:
    return command("crm.item.get", {"entityTypeId": type_id, "id": number})


def _linked(client: PortalClient, type_id: int, item: Row) -> dict[str, list[Row]]:
    """Its contacts and companies in full; of a company, the people in it."""
    wanted: dict[str, str] = {}
    contacts = _ids([item.get("contactId"), *(item.get("contactIds") or [])])
    companies = _ids([item.get("companyId")])
    if type_id == COMPANY:
        wanted["contacts"] = _list(CONTACT, {"companyId": item.get("id")})
    elif contacts and type_id != CONTACT:
        wanted["contacts"] = _list(CONTACT, {"@id": contacts})
    if companies and type_id != COMPANY:
        wanted["companies"] = _list(COMPANY, {"@id": companies})
    answer = client.batch(wanted, budget_wait=PATIENCE) if wanted else None
    # Rows are checked against what was asked for: an empty filter would meet strangers.
    found = {name: _rows(answer.results.get(name)) if answer else [] for name in ("contacts", "companies")}
    if type_id != COMPANY:
        found["contacts"] = [row for row in found["contacts"] if int(row["id"]) in contacts]
    else:
        found["contacts"] = [row for row in found["contacts"] if _is_member(row, item)]
    found["companies"] = [row for row in found["companies"] if int(row["id"]) in companies]
    return found


def _is_member(row: Row, company: Row) -> bool:
    return int(company["id"]) in _ids([row.get("companyId"), *(row.get("companyIds") or [])])


def _list(type_id: int, wanted: Row) -> str:
    """`fm` comes only with everything. One page is enough: nobody scrolls through hundreds of people of a card."""
    params = {"entityTypeId": type_id, "filter": wanted, "select": ["*"], "order": {"id": "ASC"}, "start": -1}
    return command("crm.item.list", params)


def _card(
    kind: str, number: int, type_id: int, item: Row, people: list[Card], companies: list[Card]
) -> Card:  # fmt: skip
    own = _own(type_id, item)
    linked = [*people, *companies]
    contacts = [*own, *(contact for card in linked for contact in card.contacts)]
    links = frozenset([card_key(kind, number)]).union(*(card.links for card in linked))
    return Card(
        kind=kind, id=number, title=_title(type_id, item), contacts=tuple(_distinct(contacts)), links=links,
        fields=_fields(type_id, item, people, companies, contacts),
        client=next(((one.kind, one.id) for one in linked), None),
    )  # fmt: skip


def _person(row: Row) -> Card:
    number = int(row["id"])
    return Card(
        kind="contact", id=number, title=_title(CONTACT, row), contacts=tuple(_own(CONTACT, row)),
        links=frozenset([card_key("contact", number)]), fields=_names(row),
    )  # fmt: skip


def _company(row: Row) -> Card:
    number = int(row["id"])
    return Card(
        kind="company", id=number, title=_title(COMPANY, row), contacts=tuple(_own(COMPANY, row)),
        links=frozenset([card_key("company", number)]),
    )  # fmt: skip


def _own(type_id: int, item: Row) -> list[Contact]:
    """Its own phones, e-mails and names in messengers; of a deal and a smart process there are none."""
    of = _title(type_id, item)
    found = []
    for row in item.get("fm") or []:
        kind, value = KINDS.get(str(row.get("typeId"))), str(row.get("value") or "").strip()
        if kind == "username":
            value = _username(str(row.get("valueType") or ""), value)
        if kind and value:
            found.append(Contact(kind=kind, value=value, of=of))
    return found


def _username(network: str, value: str) -> str:
    """ "@name" of Telegram, however it was typed; "" for other messengers and for the connector's own marks."""
    if network.upper() not in MESSENGERS or value.startswith("imol|"):
        return ""
    name = value.rstrip("/").rsplit("/", 1)[-1].removeprefix("@")
    return f"@{name}" if name.replace("_", "").isalnum() and not name.isdecimal() else ""


def _title(type_id: int, item: Row) -> str:
    if type_id == CONTACT:
        name = " ".join(str(item[key]) for key in ("name", "secondName", "lastName") if item.get(key))
        return name or f"#{item.get('id')}"
    return str(item.get("title") or f"#{item.get('id')}")


def _names(item: Row) -> dict[str, str]:
    first, last = str(item.get("name") or ""), str(item.get("lastName") or "")
    second = str(item.get("secondName") or "")
    return {"name": first or last, "first_name": first, "last_name": last, "second_name": second}


def _fields(
    type_id: int, item: Row, people: list[Card], companies: list[Card], contacts: list[Contact]
) -> dict[str, str]:
    """What a template of a message may name. The person is the card's own, else its first contact."""
    own = _names(item) if type_id in (1, CONTACT) else {}
    person = own if any(own.values()) else dict(people[0].fields) if people else {}
    company = _title(type_id, item) if type_id == COMPANY else companies[0].title if companies else ""
    first = {kind: next((c.value for c in contacts if c.kind == kind), "") for kind in KINDS.values()}
    fixed = {"title": _title(type_id, item), "company": company or str(item.get("companyTitle") or "")}
    plain = {
        name: str(value)
        for name, value in item.items()
        if isinstance(value, str | int | float) and value != ""
    }
    return plain | dict.fromkeys(_names({}), "") | person | fixed | first


def _distinct(contacts: Iterable[Contact]) -> list[Contact]:
    seen: dict[tuple[str, str], Contact] = {}
    for contact in contacts:
        seen.setdefault((contact.kind, contact.value.lower()), contact)
    return list(seen.values())


def _ids(values: Iterable[Any]) -> list[int]:
    numbers = (int(value) for value in values if str(value or "").isdecimal() and int(value) > 0)
    return list(dict.fromkeys(numbers))[:MOST]


def _item(result: Any) -> Row:
    item = result.get("item") if isinstance(result, Mapping) else None
    return item if isinstance(item, Mapping) else {}


def _rows(result: Any) -> list[Row]:
    rows = result.get("items") if isinstance(result, Mapping) else None
    return [row for row in rows or [] if isinstance(row, Mapping)]
