"""Questions of many conversations, answered in two waves of batches.

First who the client may be (`crm.duplicate.findbycomm`) and what carries our markers; then, only for those
who are known, the rows themselves and what is open. A first communication costs one wave. A client with so many
leads or contacts that the portal leaves the other kinds out costs one more in between.

Bitrix24: crm/duplicates/crm-duplicate-find-by-comm, crm/universal/crm-item-list,
crm/timeline/activities/activity-base/crm-activity-list.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.domain.crm import ENTITY_TYPE_ID, ORIGINATOR, CrmFacts, Entity, Kind, Questions
from app.pipeline.crm_side import LookupRefused
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.read_many import read_many

PAGE = 50
CANDIDATES = 10
HIDING = 20
"""So many duplicates of one kind, and the kinds after it are not returned (crm-duplicate-find-by-comm)."""
SEARCHED = (Kind.LEAD, Kind.CONTACT, Kind.COMPANY)
"""In the order in which the portal searches."""
SELECT = {
    Kind.LEAD: ["id", "title", "assignedById", "contactId", "companyId", "stageId", "stageSemanticId"],
    Kind.DEAL: [
        "id",
        "title",
        "assignedById",
        "contactId",
        "companyId",
        "stageId",
        "categoryId",
        "closed",
        "leadId",
    ],
    Kind.CONTACT: ["id", "name", "lastName", "assignedById", "companyId"],
    Kind.COMPANY: ["id", "title", "assignedById"],
}
ROLE_KINDS = {"lead": Kind.LEAD, "deal": Kind.DEAL, "contact": Kind.CONTACT, "company": Kind.COMPANY}
DEAL_LINKS = {Kind.CONTACT: "contactId", Kind.COMPANY: "companyId", Kind.LEAD: "leadId"}
"""By what the open deals of a client are found; a lead that was converted leads to its deal."""

Ids = dict[Kind, list[int]]


def look_up(client: PortalClient, questions: Sequence[Questions]) -> list[CrmFacts]:
    """Answer every question. Raises CrmAway."""
    first = read_many(client, _first_wave(questions)) if questions else {}
    first |= _hidden(client, questions, first)
    found = [_candidates(number, question, first) for number, question in enumerate(questions)]
    marked = _marked(questions, first)
    rows = _second_rows(client, questions, found)
    return [
        _facts(number, question, ids, rows, marked)
        for number, (question, ids) in enumerate(zip(questions, found, strict=True))
    ]


def _first_wave(questions: Sequence[Questions]) -> dict[str, str]:
    asked = {key: _duplicates(kind, values) for key, (kind, values) in _communications(questions).items()}
    return asked | _marker_commands(questions)


def _communications(questions: Sequence[Questions]) -> dict[str, tuple[str, Sequence[str]]]:
    """What clients are searched by: key of the answer -> type of communication, values."""
    found: dict[str, tuple[str, Sequence[str]]] = {}
    for number, question in enumerate(questions):
        for index, values in enumerate(question.phones):
            found[f"p{number}_{index}"] = "PHONE", values
        if question.emails:
            found[f"e{number}"] = "EMAIL", question.emails[:20]
    return found


def _duplicates(kind: str, values: Iterable[str], **only: str) -> str:
    return command("crm.duplicate.findbycomm", {"type": kind, "values": list(values), **only})


def _hidden(
    client: PortalClient, questions: Sequence[Questions], first: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The answers that were cut off, made whole: each kind that a full one hides is asked for by itself."""
    asked = {
        f"{key}/{kind.upper()}": _duplicates(*communication, entity_type=kind.upper())
        for key, communication in _communications(questions).items()
        for kind in _left_out(first.get(key))
    }
    whole: dict[str, dict[str, Any]] = {}
    for name, found in (read_many(client, asked) if asked else {}).items():
        key, kind = name.split("/")
        ids = found.get(kind) if isinstance(found, dict) else None  # an empty map arrives as []
        whole.setdefault(key, dict(first[key]))[kind] = ids or []
    return whole


def _left_out(found: Any) -> Sequence[Kind]:
    """Kinds of which an answer says nothing because of one before them that is full."""
    for place, kind in enumerate(SEARCHED):
        if isinstance(found, dict) and len(found.get(kind.upper()) or []) >= HIDING:
            return SEARCHED[place + 1 :]
    return ()


def _marker_commands(questions: Sequence[Questions]) -> dict[str, str]:
    """One search for the markers of up to 50 conversations: a marker has at most one row, so a page holds them."""
    by_role: dict[str, list[str]] = {}
    for question in questions:
        for role, mark in question.markers.items():
            by_role.setdefault(role, []).append(mark)
    return {
        f"m_{role}_{start}": _by_marker(role, marks[start : start + PAGE])
        for role, marks in by_role.items()
        for start in range(0, len(marks), PAGE)
    }


def _by_marker(role: str, marks: Sequence[str]) -> str:
    if role == "activity":
        wanted: dict[str, Any] = {"ORIGINATOR_ID": ORIGINATOR, "@ORIGIN_ID": list(marks)}
        select = ["ID", "ORIGIN_ID", "OWNER_ID", "OWNER_TYPE_ID"]
        return command("crm.activity.list", {"filter": wanted, "select": select, "order": {"ID": "ASC"}})
    kind = ROLE_KINDS[role]
    return _list(kind, {"=originatorId": ORIGINATOR, "@originId": list(marks)}, ["id", "originId"], "ASC")


def _list(kind: Kind, wanted: Mapping[str, Any], select: Sequence[str], order: str = "DESC") -> str:
    params = {
        "entityTypeId": ENTITY_TYPE_ID[kind],
        "filter": wanted,
        "select": select,
        "order": {"id": order},
    }
    return command("crm.item.list", params)


def _marked(questions: Sequence[Questions], first: Mapping[str, Any]) -> list[dict[str, int]]:
    """Role -> id per conversation. Of several rows with one marker the oldest counts."""
    found: dict[tuple[str, str], int] = {}
    for key, result in first.items():
        if key.startswith("m_"):
            role = key.split("_")[1]
            for mark, row_id in marked_rows(role, result):
                found.setdefault((role, mark), row_id)
    return [
        {role: found[role, mark] for role, mark in question.markers.items() if (role, mark) in found}
        for question in questions
    ]


def marked_rows(role: str, result: Any) -> list[tuple[str, int]]:
    """(marker, id) of the rows of a marker search, as the answer has them."""
    if role == "activity":
        return [(str(row["ORIGIN_ID"]), int(row["ID"])) for row in _rows(result) if row.get("ORIGIN_ID")]
    return [(str(row["originId"]), int(row["id"])) for row in _items(result) if row.get("originId")]


def _candidates(number: int, question: Questions, first: Mapping[str, Any]) -> Ids:
    ids: Ids = {kind: list(question.known.get(kind, ())) for kind in Kind}
    keys = [f"p{number}_{index}" for index in range(len(question.phones))]
    for key in [*keys, f"e{number}"]:
        found = first.get(key)
        if not isinstance(found, dict):  # an empty map arrives as []
            continue
        for kind in SEARCHED:
            ids[kind] += [int(value) for value in found.get(kind.upper()) or []]
    return {kind: sorted(set(held), reverse=True)[:CANDIDATES] for kind, held in ids.items()}


def _second_rows(
    client: PortalClient, questions: Sequence[Questions], found: Sequence[Ids]
) -> Mapping[str, Any]:
    """Rows of the second wave. A mapped field may be gone since the fields were read: then without their values."""
    commands = _second_wave(questions, found)
    if not commands:
        return {}
    try:
        return read_many(client, commands)
    except LookupRefused:
        if not any(question.select for question in questions):
            raise
        return read_many(client, _second_wave([replace(q, select={}) for q in questions], found))


def _second_wave(questions: Sequence[Questions], found: Sequence[Ids]) -> dict[str, str]:
    commands: dict[str, str] = {}
    for number, (question, ids) in enumerate(zip(questions, found, strict=True)):
        for kind in (Kind.CONTACT, Kind.COMPANY, Kind.LEAD, Kind.DEAL):
            if ids[kind]:
                commands[f"{kind}{number}"] = _list(kind, {"@id": ids[kind]}, _wanted(question, kind))
        for kind, field in DEAL_LINKS.items():
            if ids[kind] and question.related:
                wanted = {f"@{field}": ids[kind], "closed": "N"}
                commands[f"d_{kind}{number}"] = _list(Kind.DEAL, wanted, _wanted(question, Kind.DEAL))
    return commands


def _wanted(question: Questions, kind: Kind) -> list[str]:
    return list(dict.fromkeys([*SELECT[kind], *question.select.get(kind, ())]))


def _facts(
    number: int, question: Questions, ids: Ids, rows: Mapping[str, Any], marked: Sequence[dict[str, int]]
) -> CrmFacts:
    """Rows are checked against what was asked for: nothing of a stranger may come in."""
    select = question.select
    asked = {
        kind: [_entity(kind, row, select) for row in _items(rows.get(f"{kind}{number}"))] for kind in Kind
    }
    known = {kind: tuple(entity for entity in asked[kind] if entity.id in ids[kind]) for kind in Kind}
    deals = {entity.id: entity for entity in known[Kind.DEAL]}
    for kind, field in DEAL_LINKS.items():
        for row in _items(rows.get(f"d_{kind}{number}")):
            deal = _entity(Kind.DEAL, row, select)
            if _int(row.get(field)) in ids[kind]:
                deals[deal.id] = deal
    return CrmFacts(
        contacts=known[Kind.CONTACT],
        companies=known[Kind.COMPANY],
        leads=known[Kind.LEAD],
        deals=tuple(sorted(deals.values(), key=lambda deal: -deal.id)),
        marked=marked[number],
    )


def _entity(kind: Kind, row: Mapping[str, Any], select: Mapping[Kind, Sequence[str]]) -> Entity:
    name = " ".join(str(part) for part in (row.get("name"), row.get("lastName")) if part)
    return Entity(
        kind=kind, id=int(row["id"]), title=str(row.get("title") or name), assigned_by=_int(row.get("assignedById")),
        open=_is_open(kind, row), contact_id=_int(row.get("contactId")), company_id=_int(row.get("companyId")),
        category_id=_int(row.get("categoryId")), stage_id=row.get("stageId"), values=_values(row, select.get(kind, ())),
    )  # fmt: skip


def _values(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any] | None:
    """The mapped fields; None where one is missing, since nothing can be said of what is not known."""
    return {name: row[name] for name in names} if all(name in row for name in names) else None


def _is_open(kind: Kind, row: Mapping[str, Any]) -> bool:
    if kind == Kind.LEAD:
        return row.get("stageSemanticId") in (None, "P") and row.get("stageId") != "CONVERTED"
    return row.get("closed") in (None, "N", False, 0, "0")


def _int(value: Any) -> int | None:
    return int(value) if value not in (None, "", 0, "0") else None


def _items(result: Any) -> list[dict[str, Any]]:
    items = result.get("items") if isinstance(result, dict) else None
    return list(items.values()) if isinstance(items, dict) else list(items or [])


def _rows(result: Any) -> list[dict[str, Any]]:
    return list(result) if isinstance(result, list) else []
