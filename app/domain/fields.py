"""Fields of CRM entities: what a mapping may write, and how.

Bitrix24: api-reference/crm/universal/crm-item-fields, crm/data-types.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldInfo:
    """One field of a lead, deal, contact or company.

    `name` as `crm.item.*` spells it (`utmSource`, `ufCrm_1234567890`); `items`: id -> text of a list or of a
    CRM dictionary; `list_of`: name of that dictionary (`SOURCE`); `custom`: made by the portal's people.
    """

    name: str
    entity: str
    type: str
    title: str
    multiple: bool = False
    required: bool = False
    read_only: bool = False
    custom: bool = False
    items: Mapping[str, str] = field(default_factory=dict)
    list_of: str | None = None


def from_portal(entity: str, raw: Any) -> list[FieldInfo]:
    """The fields of an answer of `crm.item.fields` (`{"fields": {name: {...}}}`); what is no field is left out."""
    fields = raw.get("fields") if isinstance(raw, Mapping) else None
    rows = fields.items() if isinstance(fields, Mapping) else ()  # PHP writes an empty map as []
    return [_field(entity, str(name), row) for name, row in rows if isinstance(row, Mapping)]


def to_row(info: FieldInfo) -> dict[str, Any]:
    """A field as it is kept in a directory and shown to the pages."""
    items = [{"id": key, "title": text} for key, text in info.items.items()]
    row: dict[str, Any] = {
        "name": info.name, "entity": info.entity, "title": info.title, "type": info.type,
        "multiple": info.multiple, "required": info.required, "read_only": info.read_only, "custom": info.custom,
    }  # fmt: skip
    return row | ({"items": items} if items else {}) | ({"list_of": info.list_of} if info.list_of else {})


def from_rows(entity: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, FieldInfo]:
    """Fields by name, of rows that `to_row` made."""
    return {str(row["name"]): _kept(entity, row) for row in rows if row.get("name")}


def _field(entity: str, name: str, row: Mapping[str, Any]) -> FieldInfo:
    return FieldInfo(
        name=name, entity=entity, type=str(row.get("type") or "string"), title=str(row.get("title") or name),
        multiple=_flag(row.get("isMultiple")), required=_flag(row.get("isRequired")),
        read_only=_flag(row.get("isReadOnly")), custom=_flag(row.get("isDynamic")) or name.startswith("ufCrm"),
        items=_items(row.get("items")), list_of=str(row.get("statusType") or "") or None,
    )  # fmt: skip


def _kept(entity: str, row: Mapping[str, Any]) -> FieldInfo:
    return FieldInfo(
        name=str(row["name"]), entity=entity, type=str(row.get("type") or "string"),
        title=str(row.get("title") or row["name"]), multiple=bool(row.get("multiple")),
        required=bool(row.get("required")), read_only=bool(row.get("read_only")), custom=bool(row.get("custom")),
        items=_items(row.get("items")), list_of=row.get("list_of"),
    )  # fmt: skip


def _items(raw: Any) -> dict[str, str]:
    """`[{"ID": "44", "VALUE": "Red"}]` of lists, `[{"id", "title"}]` of ours."""
    rows = raw.values() if isinstance(raw, Mapping) else raw if isinstance(raw, list) else []
    found: dict[str, str] = {}
    for row in rows:
        if isinstance(row, Mapping):
            key = next((row[name] for name in ("ID", "id") if row.get(name) is not None), None)
            text = next(
                (row[name] for name in ("VALUE", "value", "title") if row.get(name) is not None), None
            )
            if key is not None:
                found[str(key)] = str(key if text is None else text)
    return found


def _flag(value: Any) -> bool:
    return value in (True, 1, "Y", "1", "true")
