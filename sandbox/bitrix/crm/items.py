"""`crm.item.*`: the universal methods (Bitrix24: crm/universal)."""

from typing import Any

from sandbox.bitrix.call import Call, as_list, method, page
from sandbox.bitrix.crm import communications
from sandbox.bitrix.crm.fields import CustomField, upper
from sandbox.bitrix.crm.filters import check_filter, matches, order_rows, split
from sandbox.bitrix.crm.store import Crm, Item
from sandbox.bitrix.crm.titles import title_of
from sandbox.bitrix.errors import RestError

# Not fields of the object, or lists that a filter does not take.
UNFILTERED = {"fm", "contactIds", "companyIds", "observers", "hasImol"}
NOT_A_FIELD = {"fm"}
# Deals have no phones and no messenger of their own (Bitrix24: crm/universal/object-fields).
WITH_FM = (1, 3, 4)


def as_json(crm: Crm, item: Item, original_names: bool = False) -> dict[str, Any]:
    """An item with everything, as `crm.item.get` answers."""
    row = {**item.fields}
    if item.entity_type in WITH_FM:
        row |= {**communications.aliases(item), "fm": communications.as_fm(item)}
    row["entityTypeId"] = item.entity_type
    return _renamed(crm, item.entity_type, row) if original_names else row


def _renamed(crm: Crm, entity_type: int, row: dict[str, Any]) -> dict[str, Any]:
    names = {custom.camel: custom.name for custom in crm.custom[entity_type].values()}
    return {names.get(key, key): value for key, value in row.items()}


def _camelized(call: Call, entity_type: int, values: dict[str, Any]) -> dict[str, Any]:
    """Custom fields may come under their original names when `useOriginalUfNames` says so."""
    if not call.flag("useOriginalUfNames"):
        return values
    names = {custom.name: custom.camel for custom in call.portal.crm.custom[entity_type].values()}
    return {_with_prefix(key, names): value for key, value in values.items()}


def _with_prefix(key: str, names: dict[str, str]) -> str:
    name = split(key)[1]
    return key[: len(key) - len(name)] + names.get(name, name)


@method("crm.item.add")
def item_add(call: Call) -> dict[str, Any]:
    """Create an item; in simple mode a lead is converted at once."""
    entity_type = call.integer("entityTypeId")
    values = _camelized(call, entity_type, call.object("fields"))
    item = call.portal.crm.add(entity_type, values, call.user.id, "crm.item.add: fields")
    return {"item": as_json(call.portal.crm, item, call.flag("useOriginalUfNames"))}


@method("crm.item.update")
def item_update(call: Call) -> dict[str, Any]:
    """Change some fields of an item."""
    entity_type = call.integer("entityTypeId")
    values = _camelized(call, entity_type, call.object("fields"))
    item = call.portal.crm.update(
        entity_type, call.integer("id"), values, call.user.id, "crm.item.update: fields"
    )
    return {"item": as_json(call.portal.crm, item, call.flag("useOriginalUfNames"))}


@method("crm.item.get")
def item_get(call: Call) -> dict[str, Any]:
    """One item."""
    item = call.portal.crm.get(call.integer("entityTypeId"), call.integer("id"))
    if (call.user.id, item.entity_type, item.id) in call.portal.crm.closed:
        raise RestError("ACCESS_DENIED", "You do not have permission to view this item", 400)
    return {"item": as_json(call.portal.crm, item, call.flag("useOriginalUfNames"))}


@method("crm.item.delete")
def item_delete(call: Call) -> list[Any]:
    """Delete an item; the answer is empty."""
    call.portal.crm.delete(call.integer("entityTypeId"), call.integer("id"), call.user.id)
    return []


@method("crm.item.list")
def item_list(call: Call) -> dict[str, Any]:
    """A page of items; `fm` comes with `select: ["*"]` only."""
    crm = call.portal.crm
    entity_type = call.integer("entityTypeId")
    allowed = set(crm.field_types(entity_type)) | ({"imol"} if entity_type in WITH_FM else set())
    conditions = _camelized(call, entity_type, call.object("filter"))
    check_filter(conditions, allowed - UNFILTERED)
    items = [
        item for item in _candidates(crm, entity_type, conditions) if matches(_filtered(item), conditions)
    ]
    order = _camelized(call, entity_type, call.object("order")) or {"id": "ASC"}
    # Undocumented, but fast_bitrix24 sorts every list by "ID", so real portals take that spelling.
    order = {"id" if name == "ID" else name: direction for name, direction in order.items()}
    names = _selected(call, entity_type, allowed)
    ordered = order_rows([item.fields for item in items], order, allowed - UNFILTERED)
    rows = [as_json(crm, crm.get(entity_type, row["id"])) for row in page(call, ordered)]
    picked = [{name: row.get(name) for name in names} if names else row for row in rows]
    if call.flag("useOriginalUfNames"):
        picked = [_renamed(crm, entity_type, row) for row in picked]
    return {"items": picked}


def _filtered(item: Item) -> dict[str, Any]:
    """What a filter sees: the fields, and the connector's address among the messengers."""
    imol = [row["value"] for row in item.fm.values() if row["value"].startswith("imol|")]
    return {**item.fields, "imol": imol} if imol else item.fields


def _candidates(crm: Crm, entity_type: int, conditions: dict[str, Any]) -> list[Item]:
    """All items, or those few that the filter can mean when it asks for exact origins or links."""
    if str(conditions.get("logic", "AND")).upper() == "AND":
        for key in ("originId", "=originId", "@originId"):
            values = as_list(conditions.get(key))
            if values and all(isinstance(value, str) and value for value in values):
                return [item for value in dict.fromkeys(values) for item in crm.by_origin(entity_type, value)]
        imol = [value for value in as_list(conditions.get("imol", conditions.get("=imol"))) if value]
        if imol:
            hits = {
                item.id: item
                for value in imol
                for item in crm.by_communication("IM", str(value))
                if item.entity_type == entity_type
            }
            return [hits[number] for number in sorted(hits)]
        for name in ("contactId", "companyId", "leadId"):
            value = str(conditions.get(name) or conditions.get(f"={name}") or "")
            if value.isdigit():
                return [
                    item for item in crm.items[entity_type].values() if item.fields.get(name) == int(value)
                ]
    return [*crm.items[entity_type].values()]


def _selected(call: Call, entity_type: int, allowed: set[str]) -> list[str]:
    """Names of the wanted fields, the identifier always among them; empty means all."""
    names = [*_camelized(call, entity_type, dict.fromkeys(str(name) for name in as_list(call.get("select"))))]
    for name in names:
        if name != "*" and (name not in allowed or name in NOT_A_FIELD):
            call.portal.violation(f"crm.item.list: unknown field {name} in select")
            raise RestError("INVALID_ARG_VALUE", f"Invalid select: field '{name}' is not allowed in select")
    return [] if not names or "*" in names else [*dict.fromkeys(["id", *names])]


@method("crm.item.fields")
def item_fields(call: Call) -> dict[str, Any]:
    """Names, types and properties of all fields (Bitrix24: crm/universal/crm-item-fields)."""
    crm = call.portal.crm
    entity_type = call.integer("entityTypeId")
    writable = crm.writable(entity_type)
    rows = {
        name: describe(name, kind, entity_type, name not in writable)
        | {"title": title_of(name, call.portal.language)}
        for name, kind in crm.field_types(entity_type).items()
        if kind != "crm_userfield" and name != "fm"
    }
    for custom in crm.custom[entity_type].values():
        name = custom.name if call.flag("useOriginalUfNames") else custom.camel
        rows[name] = describe_custom(custom)
    return {"fields": rows}


def describe(name: str, kind: str, entity_type: int, read_only: bool) -> dict[str, Any]:
    """One standard field."""
    return {
        "type": kind.removesuffix("[]"),
        "isRequired": False,
        "isReadOnly": read_only,
        "isImmutable": False,
        "isMultiple": kind.endswith("[]") or name in ("observers", "contactIds"),
        "isDynamic": False,
        "title": name,
        "upperName": upper(name, entity_type),
    }


def describe_custom(custom: CustomField) -> dict[str, Any]:
    """One custom field."""
    row: dict[str, Any] = {
        "type": custom.kind,
        "isRequired": custom.required,
        "isReadOnly": False,
        "isImmutable": False,
        "isMultiple": custom.multiple,
        "isDynamic": True,
        "title": custom.title,
        "upperName": custom.name,
        "settings": [],
    }
    if custom.items:
        row["items"] = [{"ID": str(number), "VALUE": text} for number, text in custom.items.items()]
    return row
