"""The method table: which methods, parameters and fields exist (data in `methods.json`, made from the vendor's public
REST documentation, https://github.com/bitrix-tools/b24-rest-docs, MIT licence, Copyright (c) 2024 Bitrix).

A call that is not in the table is refused. The real portal ignores unknown parameters and unknown fields of
`crm.item.*` in silence; here that is an error too, and noted in `portal.violations`.
"""

import datetime as dt
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.errors import RestError

if TYPE_CHECKING:
    from sandbox.bitrix.state import PortalState

# Authorization, and what widely used clients add to every request without harm on a real portal
# (`bx24_*`: the vendor's JavaScript SDK, `__order`: fast_bitrix24).
COMMON = {"__order", "auth", "sessid", "bx24_request_id", "bx24_sdk_ver", "bx24_sdk_type", "bx24_sdk_version"}
SELF_CHECKED = {"imopenlines.config.list.get"}
PAGED = {"user.get", "user.search", "department.get", "crm.status.list", "crm.category.list"}
MISSING_IS_100 = (
    "crm.item.",
    "crm.category.",
    "crm.activity.configurable.",
    "crm.activity.todo.",
    "crm.timeline.",
)


@cache
def table() -> dict[str, dict[str, Any]]:
    """The whole table by method name."""
    loaded: dict[str, dict[str, Any]] = json.loads(
        (Path(__file__).parent / "methods.json").read_text("utf-8")
    )
    return loaded


@cache
def names() -> dict[str, str]:
    """Method names by their lower-case spelling: the portal does not mind the case."""
    return {name.lower(): name for name in table()}


def open_to(method: str, scope: frozenset[str]) -> bool:
    """Whether a scope opens a method; of the user family any scope does (Bitrix24: user/user-scope)."""
    needed = table()[method]["scope"]
    if needed == "user":
        return bool(scope & {"user", "user_brief", "user_basic"})
    return needed in ("basic", None) or needed in scope


def check(portal: "PortalState", method: str, params: dict[str, Any]) -> None:
    """Raises RestError for an unknown or missing parameter, a wrong type, an unknown or missing field."""
    entry = table()[method]
    for name in params:
        if name not in entry["params"] and name not in COMMON and not (name == "start" and method in PAGED):
            portal.violation(f"{method}: unknown parameter {name}")
            raise RestError("ERROR_ARGUMENT", f"Unknown parameter '{name}' of {method}", argument=name)
    for name, about in entry["params"].items():
        _check_param(method, name, about, params)
    for place, fields in entry.get("fields", {}).items():
        # What is nested deeper is checked by the method, element by element.
        if method in SELF_CHECKED or any("." in name and not name.endswith("...") for name in fields):
            continue
        for where, value in _places(params, place):
            check_fields(portal, f"{method}: {where}", fields, value, required=not method.endswith("update"))


def check_fields(
    portal: "PortalState",
    where: str,
    fields: dict[str, Any],
    value: Any,
    required: bool = True,
    extra: frozenset[str] = frozenset(),
) -> None:
    """Check one map against its table of fields; `extra` are the portal's own custom fields."""
    if not isinstance(value, dict):
        if value in ([], None, ""):
            value = {}
        else:
            raise RestError("ERROR_ARGUMENT", f"{where} must be of type array")
    for name, item in value.items():
        about = _field(fields, name, extra)
        if about is None:
            portal.violation(f"{where}: unknown field {name}")
            raise RestError("ERROR_ARGUMENT", f"Unknown field '{name}' in {where}", argument=name)
        if not fits(about.get("base", about["type"]), item):
            raise RestError(
                "CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{name}"', argument=name
            )
    for name, about in fields.items():
        if required and about.get("required") is True and value.get(name) in (None, "", []):
            raise RestError("ERROR_ARGUMENT", f"Field '{name}' is required in {where}", argument=name)


def _field(fields: dict[str, Any], name: str, extra: frozenset[str]) -> dict[str, Any] | None:
    if name in extra:
        return {"type": "crm_userfield"}
    if name.startswith(("parentId", "PARENT_ID_")):
        return next(
            (about for key, about in fields.items() if key.endswith("...") and "arent" in key.lower()), None
        )
    if name.startswith(("ufCrm", "UF_")) or name.endswith("..."):
        return None
    found: dict[str, Any] | None = fields.get(name)
    return found


def _check_param(method: str, name: str, about: dict[str, Any], params: dict[str, Any]) -> None:
    value = params.get(name)
    if value in (None, "") or (value == [] and about["type"] in ("string[]",)):
        if about["required"] is True:
            raise _missing(method, name)
        return
    if not fits(about.get("base", about["type"]), value):
        raise RestError(
            "ERROR_ARGUMENT",
            f"The value of an argument '{name}' must be of type {about['type']}",
            argument=name,
        )


def _missing(method: str, name: str) -> RestError:
    if method.startswith(MISSING_IS_100):
        return RestError("100", f"Could not find value for parameter {{{name}}}")
    if method.startswith("bizproc.robot."):
        return RestError("ERROR_ACTIVITY_VALIDATION_FAILURE", f"Empty activity {name}!")
    if method.startswith("crm.automation.trigger."):
        return RestError("", f"Empty trigger {name.lower()}!")
    return RestError("ERROR_ARGUMENT", f"Argument '{name}' is null or empty", argument=name)


def _places(params: dict[str, Any], place: str) -> list[tuple[str, Any]]:
    """Values that a path of the table means: `fields`, `items[]`, `PROPERTIES.*`."""
    name = re.split(r"[\[.]", place)[0]
    value = params.get(name)
    if value is None or "." in place:
        return []
    if not place.endswith("[]") and not isinstance(value, list):
        return [(name, value)]
    rows = value.values() if isinstance(value, dict) else value
    return [(f"{name}[{index}]", row) for index, row in enumerate(rows)] if not isinstance(rows, str) else []


def fits(kind: str, value: Any) -> bool:
    """Whether a value that came over the wire can be of a documented type."""
    if value is None:
        return True
    if kind.endswith("[]"):
        return isinstance(value, list | dict) or value == ""
    check_type = _TYPES.get(kind)
    return True if check_type is None else check_type(value)


def _integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"-?\d+|", value) is not None)


def _number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) or (
        isinstance(value, str) and re.fullmatch(r"-?\d*\.?\d*", value.strip()) is not None
    )


def _boolean(value: Any) -> bool:
    return isinstance(value, bool) or str(value) in ("Y", "N", "1", "0", "true", "false", "")


def _moment(value: Any) -> bool:
    if value == "":
        return True
    try:
        dt.datetime.fromisoformat(str(value))
    except ValueError:
        return re.fullmatch(r"\d{2}\.\d{2}\.\d{4}( \d{2}:\d{2}(:\d{2})?)?", str(value)) is not None
    return True


def _text(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _collection(value: Any) -> bool:
    return isinstance(value, dict | list) or value == ""


_TYPES: dict[str, Any] = {
    "integer": _integer,
    "int": _integer,
    "user": _integer,
    "crm_company": _integer,
    "crm_contact": _integer,
    "crm_lead": _integer,
    "crm_category": _integer,
    "double": _number,
    "boolean": _boolean,
    "char": lambda value: isinstance(value, str) and len(value) <= 1,
    "string": _text,
    "text": _text,
    "crm_status": _text,
    "crm_currency": _text,
    "array": _collection,
    "object": _collection,
    "LayoutDto": _collection,
    "crm_multifield": _collection,
    "date": _moment,
    "datetime": _moment,
}
