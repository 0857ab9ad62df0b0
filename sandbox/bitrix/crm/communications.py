"""Phones, e-mails and messengers of an item (`fm`), their normal form, and the search for duplicates.

The portal compares e-mails without case and phones by their digits, without an extension. Nothing is said about
8 and +7 being the same (the tutorial says that the spelling matters), so here they are different.
Bitrix24: crm/duplicates/crm-duplicate-find-by-comm, crm/universal/crm-item-update.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.call import Call, as_list, method
from sandbox.bitrix.crm.fields import COMPANY, CONTACT, FM_TYPES, FM_VALUE_TYPES, LEAD
from sandbox.bitrix.errors import RestError

if TYPE_CHECKING:
    from sandbox.bitrix.crm.store import Item

MAX_VALUES = 20
ENOUGH = 20
_EXTENSION = re.compile(r"\s*(;|,|ext\.?|доб\.?|#).*$", re.IGNORECASE)


def normal(kind: str, value: str) -> str:
    """The form in which two communications are compared."""
    if kind == "PHONE":
        return re.sub(r"\D", "", _EXTENSION.sub("", value))
    return value.strip().lower()


def keys(item: "Item") -> Iterator[tuple[str, str]]:
    """Index keys of an item."""
    for row in item.fm.values():
        if row["typeId"] in ("PHONE", "EMAIL", "IM"):
            yield row["typeId"], normal(row["typeId"], row["value"])


def write(item: "Item", fm: Any, ids: Iterator[int]) -> None:
    """Apply `fm`: new ones as a list or under `n0`, `n1`...; a numeric key changes that record, an empty value deletes.

    Raises RestError for an unknown key, type or record.
    """
    entries = (
        fm.items() if isinstance(fm, dict) else ((f"n{index}", row) for index, row in enumerate(fm or []))
    )
    for key, row in entries:
        _check(row)
        if re.fullmatch(r"n\d+", str(key)):
            _put(item, next(ids), row)
        elif str(key).isdigit() and int(key) in item.fm:
            if row.get("value"):
                _put(item, int(key), {**item.fm[int(key)], **row})
            else:
                del item.fm[int(key)]
        else:
            raise RestError(
                "CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "fm": no record {key}'
            )
    kinds = {row["typeId"] for row in item.fm.values()}
    flags = {"hasPhone": "PHONE" in kinds, "hasEmail": "EMAIL" in kinds}
    flags["hasImol"] = any(row["value"].startswith("imol|") for row in item.fm.values())
    item.fields |= {name: "Y" if flag else "N" for name, flag in flags.items() if name in item.fields}


def _put(item: "Item", number: int, row: dict[str, Any]) -> None:
    if str(row.get("value") or "").strip():
        item.fm[number] = {
            "typeId": str(row["typeId"]),
            "valueType": str(row.get("valueType") or "OTHER"),
            "value": str(row["value"]).strip(),
        }


def _check(row: Any) -> None:
    if not isinstance(row, dict):
        raise RestError(
            "100", f"Expected iterable value for multiple field, but got {type(row).__name__} instead"
        )
    unknown = set(row) - {"id", "typeId", "valueType", "value"}
    if unknown or row.get("typeId") not in FM_TYPES or row.get("valueType", "OTHER") not in FM_VALUE_TYPES:
        raise RestError(
            "CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "fm": {row}', argument="fm"
        )


def as_fm(item: "Item") -> list[dict[str, Any]]:
    """`fm` of an answer."""
    return [{"id": number, **row} for number, row in item.fm.items()]


def aliases(item: "Item") -> dict[str, str]:
    """The flat spellings that `crm.item.get` adds: first phone, first work phone and so on."""
    flat = {"phone": "", "email": ""}
    for name in ("phoneMobile", "phoneWork", "phoneMailing", "emailHome", "emailWork", "emailMailing"):
        flat[name] = ""
    for row in item.fm.values():
        kind = row["typeId"].lower()
        for name in (kind, kind + row["valueType"].capitalize()):
            if name in flat and not flat[name]:
                flat[name] = row["value"]
    imol = [row["value"] for row in item.fm.values() if row["value"].startswith("imol|")]
    return {**flat, "imol": imol[0] if imol else ""}


@method("crm.duplicate.findbycomm")
def find_by_comm(call: Call) -> Any:
    """Ids of leads, contacts and companies with one of the values; `[]` when there is none.

    With 20 or more hits in one type the types after it are left out.
    """
    kind = str(call.get("type", ""))
    if kind not in ("PHONE", "EMAIL"):
        raise RestError(f"Communication type '{kind}' is not supported in current context", "Unknown type")
    values = [str(value) for value in as_list(call.get("values"))]
    if len(values) > MAX_VALUES:
        raise RestError("Communication values is not defined", f"At most {MAX_VALUES} values are allowed")
    wanted = str(call.get("entity_type") or "")
    if wanted not in ("", "LEAD", "CONTACT", "COMPANY"):
        raise RestError("ERROR_ARGUMENT", "Wrong entity_type", argument="entity_type")
    found: dict[str, list[int]] = {}
    for name, entity_type in (("LEAD", LEAD), ("CONTACT", CONTACT), ("COMPANY", COMPANY)):
        if wanted in ("", name):
            ids = {
                item.id
                for value in values
                if normal(kind, value)
                for item in call.portal.crm.by_communication(kind, value)
                if item.entity_type == entity_type
            }
            if ids:
                found[name] = sorted(ids)
            if len(ids) >= ENOUGH:
                break
    return found or []
