"""The old methods `crm.lead|deal|contact|company.*`: UPPER_CASE names, answers with ids and texts.

Bitrix24: crm/leads, crm/deals, crm/contacts, crm/companies ("development halted, keep working").
"""

from typing import Any

from sandbox.bitrix import table
from sandbox.bitrix.call import Call, as_list, method, page
from sandbox.bitrix.crm.fields import FM_TYPES, OWNER_TYPES, upper
from sandbox.bitrix.crm.filters import check_filter, matches, order_rows
from sandbox.bitrix.crm.store import Crm, Item
from sandbox.bitrix.errors import RestError, not_found

KINDS = {"lead": 1, "deal": 2, "contact": 3, "company": 4}
IGNORED = {"TRACE", "IMPORT"}


def _kind(call: Call) -> int:
    return KINDS[call.method.split(".")[1]]


def as_json(crm: Crm, item: Item) -> dict[str, Any]:
    """An item in the old spelling; all values are texts, multiple fields are lists of maps."""
    row: dict[str, Any] = {}
    for name, value in item.fields.items():
        spelled = upper(name, item.entity_type)
        row[spelled] = value if value is None or isinstance(value, list) else str(value)
    for kind in FM_TYPES:
        rows = [
            {"ID": str(number), "VALUE_TYPE": fm["valueType"], "VALUE": fm["value"], "TYPE_ID": kind}
            for number, fm in item.fm.items()
            if fm["typeId"] == kind
        ]
        if rows:
            row[kind] = rows
    return row


def _names(crm: Crm, entity_type: int) -> dict[str, str]:
    """Old name → new name of every field."""
    names = {upper(name, entity_type): name for name in crm.field_types(entity_type) if name != "fm"}
    return names | {custom.name: custom.camel for custom in crm.custom[entity_type].values()}


def _values(call: Call, entity_type: int) -> dict[str, Any]:
    """The written fields in the new spelling, checked against the table of this method or of `add`."""
    fields = call.object("fields")
    add = table.table()[f"crm.{call.method.split('.')[1]}.add"]["fields"]["fields"]
    extra = frozenset(call.portal.crm.custom[entity_type])
    table.check_fields(call.portal, f"{call.method}: fields", add, fields, required=False, extra=extra)
    names = _names(call.portal.crm, entity_type)
    values: dict[str, Any] = {}
    fm: dict[str, Any] = {}
    for name, value in fields.items():
        if name in FM_TYPES:
            for row in as_list(value):
                key = str(row.get("ID") or f"n{len(fm)}")
                fm[key] = {
                    "typeId": name,
                    "valueType": row.get("VALUE_TYPE", "OTHER"),
                    "value": row.get("VALUE", ""),
                }
        elif name not in IGNORED and names.get(name) in call.portal.crm.writable(entity_type):
            values[names[name]] = value
        elif name not in IGNORED:
            raise RestError("ERROR_ARGUMENT", f"The sandbox does not keep the field '{name}'", argument=name)
    return {**values, "fm": fm} if fm else values


@method("crm.lead.add", "crm.deal.add", "crm.contact.add", "crm.company.add")
def add(call: Call) -> int:
    """Create; answers the id. `TRACE` of a deal or contact makes a trace."""
    entity_type = _kind(call)
    item = call.portal.crm.add(entity_type, _values(call, entity_type), call.user.id, call.method)
    if call.object("fields").get("TRACE"):
        trace = {
            "TRACE": call.object("fields")["TRACE"],
            "ENTITIES": [(OWNER_TYPES[entity_type][1], item.id)],
        }
        call.portal.crm.traces.append(trace)
    return item.id


@method("crm.lead.update", "crm.deal.update", "crm.contact.update", "crm.company.update")
def update(call: Call) -> bool:
    """Change some fields."""
    entity_type = _kind(call)
    call.portal.crm.update(
        entity_type, call.integer("id"), _values(call, entity_type), call.user.id, call.method
    )
    return True


@method("crm.lead.get", "crm.deal.get", "crm.contact.get", "crm.company.get")
def get(call: Call) -> dict[str, Any]:
    """One item; "Not found" has an empty code in the old methods."""
    item = call.portal.crm.items[_kind(call)].get(call.integer("id"))
    if item is None:
        raise RestError("", "Not found")
    return as_json(call.portal.crm, item)


@method("crm.lead.list", "crm.deal.list", "crm.contact.list", "crm.company.list")
def listing(call: Call) -> list[dict[str, Any]]:
    """A page of items; multiple fields only when they are selected by name."""
    entity_type = _kind(call)
    crm = call.portal.crm
    names = {*_names(crm, entity_type), *FM_TYPES}
    conditions = call.object("filter")
    check_filter(conditions, names)
    rows = [as_json(crm, item) for item in crm.items[entity_type].values()]
    rows = [row for row in rows if _matches(row, conditions)]
    rows = order_rows(rows, call.object("order") or {"ID": "ASC"}, names)
    wanted = [str(name) for name in as_list(call.get("select"))]
    unknown = [name for name in wanted if name not in names | {"*", "UF_*"}]
    if unknown:
        call.portal.violation(f"{call.method}: unknown field {unknown[0]} in select")
        raise RestError("INVALID_ARG_VALUE", f"Invalid select: field '{unknown[0]}'")
    return [_picked(row, wanted) for row in page(call, rows)]


def _matches(row: dict[str, Any], conditions: dict[str, Any]) -> bool:
    """In the old methods a multiple field is compared by its values."""
    flat = {kind: [fm["VALUE"] for fm in row[kind]] for kind in FM_TYPES if kind in row}
    return matches({**row, **flat}, conditions)


def _picked(row: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    plain = {key: value for key, value in row.items() if key not in FM_TYPES and not key.startswith("UF_")}
    if not wanted:
        return plain
    picked = dict(plain) if "*" in wanted else {"ID": row["ID"]}
    if "UF_*" in wanted:
        picked |= {key: value for key, value in row.items() if key.startswith("UF_")}
    return picked | {name: row[name] for name in wanted if name in row}


@method("crm.lead.fields", "crm.deal.fields", "crm.contact.fields", "crm.company.fields")
def fields(call: Call) -> dict[str, Any]:
    """Names and types in the old spelling."""
    entity_type = _kind(call)
    writable = call.portal.crm.writable(entity_type)
    return {
        upper(name, entity_type): {"type": kind, "isReadOnly": name not in writable, "title": name}
        for name, kind in call.portal.crm.field_types(entity_type).items()
        if name != "fm"
    }


@method(
    "crm.lead.userfield.list",
    "crm.deal.userfield.list",
    "crm.contact.userfield.list",
    "crm.company.userfield.list",
)
def userfields(call: Call) -> list[dict[str, Any]]:
    """Custom fields of an entity type (Bitrix24: crm/leads/userfield)."""
    entity_type = _kind(call)
    rows = [
        {
            "ID": str(index),
            "ENTITY_ID": f"CRM_{OWNER_TYPES[entity_type][1]}",
            "FIELD_NAME": custom.name,
            "USER_TYPE_ID": custom.kind,
            "XML_ID": None,
            "SORT": "100",
            "MULTIPLE": "Y" if custom.multiple else "N",
            "MANDATORY": "Y" if custom.required else "N",
            "EDIT_FORM_LABEL": custom.title,
            "LIST": [{"ID": str(number), "VALUE": text} for number, text in custom.items.items()],
        }
        for index, custom in enumerate(call.portal.crm.custom[entity_type].values(), 1)
    ]
    rows = [row for row in rows if matches(row, call.object("filter"))]
    call.total = len(rows)
    return rows


@method("crm.deal.contact.items.get")
def deal_contacts(call: Call) -> list[dict[str, Any]]:
    """Contacts of a deal, the first one primary."""
    deal = call.portal.crm.items[2].get(call.integer("id"))
    if deal is None:
        raise not_found()
    return [
        {"CONTACT_ID": number, "SORT": 10 * index, "ROLE_ID": 0, "IS_PRIMARY": "Y" if index == 1 else "N"}
        for index, number in enumerate(deal.fields["contactIds"], 1)
    ]
