"""Params, filter, sort, paging and choice of fields, shared by the reading methods (Data API: basics)."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.uis.data_errors import DataError

Row = dict[str, Any]
Table = dict[str, dict[str, Any]]
METHODS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("methods.json").read_text(encoding="utf-8")
)["methods"]
MAX_LIMIT, MAX_OFFSET, DEFAULT_LIMIT = 10_000, 100_000, 1000
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
EMPTY: dict[str, Callable[[], Any]] = {"array": list, "object": dict}

TYPES: dict[str, Callable[[Any], bool]] = {
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "enum": lambda value: isinstance(value, str),
    "iso8601": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
ORDERED = ("number", "iso8601")
TEXTUAL = ("string", "enum")


def check_params(params: dict[str, Any], table: Table, prefix: str = "") -> None:
    """Unknown names first, then missing ones, then types; null counts as absent. Raises DataError."""
    unknown = [prefix + name for name in params if name not in table]
    if unknown:
        raise DataError("unexpected_parameters", unknown[0], object=", ".join(unknown))
    for name, wanted in table.items():
        value = params.get(name)
        if value is None:
            if wanted["required"]:
                raise DataError("required_parameter_missed", prefix + name)
            continue
        if not TYPES[wanted["type"]](value):
            raise DataError("data_type_error", prefix + name, value)
        if wanted["type"] == "iso8601" and not MOMENT.fullmatch(value):
            raise DataError("invalid_parameter_value", prefix + name, value)


def select(rows: list[Row], params: dict[str, Any], fields: Table) -> tuple[list[Row], int]:
    """Filtered, sorted, cut to `offset` and `limit`, with the wanted fields; and the total before the cut."""
    names = _wanted(params.get("fields"), fields)
    if params.get("filter"):
        keep = _filter(params["filter"], fields)
        rows = [row for row in rows if keep(row)]
    for order in reversed(params.get("sort") or []):
        rows = _sorted(rows, order, fields)
    limit = _number(params, "limit", DEFAULT_LIMIT, MAX_LIMIT)
    offset = _number(params, "offset", 0, MAX_OFFSET)
    return [shown(row, names, fields) for row in rows[offset : offset + limit]], len(rows)


def shown(row: Row, names: list[str], fields: Table) -> Row:
    """A row with these fields; what is empty becomes null, `[]` or `{}` by its type."""
    return {name: _value(row.get(name), fields[name]["type"]) for name in names}


def defaults(fields: Table) -> list[str]:
    """The fields of an answer when the request names none."""
    return [name for name, field in fields.items() if field["default"]]


def _value(value: Any, kind: str) -> Any:
    return EMPTY[kind]() if value is None and kind in EMPTY else value


def _wanted(names: Any, fields: Table) -> list[str]:
    if not names:
        return defaults(fields)
    for name in names:
        if not isinstance(name, str):
            raise DataError("data_type_error", "fields", name)
        if name not in fields:
            raise DataError("unexpected_parameters", name, object=name)
    return [*dict.fromkeys(names)]


def _number(params: dict[str, Any], name: str, default: int, most: int) -> int:
    value = params.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or not 0 <= value <= most:
        raise DataError("invalid_parameter_value", name, value)
    return value


def _sorted(rows: list[Row], order: Any, fields: Table) -> list[Row]:
    if not isinstance(order, dict) or not isinstance(order.get("field"), str):
        raise DataError("data_type_error", "sort", order)
    name, direction = order["field"], order.get("order", "asc")
    if set(order) - {"field", "order"} or name not in fields:
        raise DataError("unexpected_parameters", f"sort.{name}", object=name)
    if not fields[name]["sort"]:
        raise DataError("sort_prohibited", name)
    if direction not in ("asc", "desc"):
        raise DataError("invalid_parameter_value", "sort.order", direction)
    filled = sorted((row for row in rows if row.get(name) is not None), key=lambda row: row[name])
    empty = [row for row in rows if row.get(name) is None]
    return filled + empty if direction == "asc" else empty + filled[::-1]


def _filter(node: Any, fields: Table) -> Callable[[Row], bool]:
    if not isinstance(node, dict):
        raise DataError("data_type_error", "filter", node)
    if "filters" in node:
        return _tree(node, fields)
    if set(node) - {"field", "operator", "value"}:
        raise DataError("unexpected_parameters", "filter", object=", ".join(sorted(node)))
    if not isinstance(node.get("field"), str) or not isinstance(node.get("operator"), str):
        raise DataError("required_parameter_missed", "filter.field")
    name = node["field"]
    if name not in fields:
        raise DataError("unexpected_parameters", f"filter.{name}", object=name)
    if not fields[name]["filter"]:
        raise DataError("filter_prohibited", name)
    test = _test(fields[name]["type"], name, node["operator"], node.get("value"))
    return lambda row: test(row.get(name))


def _tree(node: Row, fields: Table) -> Callable[[Row], bool]:
    if set(node) - {"filters", "condition"}:
        raise DataError("unexpected_parameters", "filter", object=", ".join(sorted(node)))
    if not isinstance(node["filters"], list) or not node["filters"]:
        raise DataError("invalid_parameter_value", "filter.filters")
    condition = node.get("condition", "and" if len(node["filters"]) == 1 else None)
    if condition not in ("and", "or"):
        raise DataError("invalid_parameter_value", "filter.condition", condition)
    parts = [_filter(part, fields) for part in node["filters"]]
    join = all if condition == "and" else any
    return lambda row: join(part(row) for part in parts)


def _test(kind: str, name: str, operator: str, value: Any) -> Callable[[Any], bool]:
    if operator in ("=", "!="):
        _check_type(kind, name, value)
        return lambda found: (found == value) == (operator == "=")
    if operator in ("is_null", "is_not_null") and value is None:
        return lambda found: (found is None) == (operator == "is_null")
    if operator in ("<", ">", "<=", ">=") and kind in ORDERED and value is not None:
        _check_type(kind, name, value)
        return lambda found: found is not None and _compared(found, operator, value)
    if operator in ("in", "not_in") and kind in ("number", *TEXTUAL) and isinstance(value, list):
        for item in value:
            _check_type(kind, name, item)
        return lambda found: (found in value) == (operator == "in")
    if operator in ("like", "ilike", "not_like", "not_ilike", "regexp") and kind in TEXTUAL:
        return _pattern(name, operator, value)
    if operator in ("overlap", "not_overlap") and kind == "array":
        wanted = value if isinstance(value, list) else [value]
        return lambda found: any(item in (found or []) for item in wanted) == (operator == "overlap")
    # jsquery is a language of its own that the sandbox does not speak: better a refusal than a wrong answer.
    raise DataError("invalid_parameter_value", f"filter.{name}", operator)


def _check_type(kind: str, name: str, value: Any) -> None:
    if value is not None and not TYPES[kind](value):
        raise DataError("data_type_error", f"filter.{name}", value)


def _compared(found: Any, operator: str, value: Any) -> bool:
    if operator == "<":
        return bool(found < value)
    if operator == ">":
        return bool(found > value)
    return bool(found <= value if operator == "<=" else found >= value)


def _pattern(name: str, operator: str, value: Any) -> Callable[[Any], bool]:
    if not isinstance(value, str):
        raise DataError("data_type_error", f"filter.{name}", value)
    try:
        if operator == "regexp":
            search = re.compile(value).search
            return lambda found: found is not None and search(found) is not None
        flags = re.IGNORECASE if "ilike" in operator else 0
        match = re.compile(
            ".*".join(re.escape(part) for part in value.split("%")), flags | re.DOTALL
        ).fullmatch
    except re.error:
        raise DataError("invalid_parameter_value", f"filter.{name}", value) from None
    wanted = not operator.startswith("not_")
    return lambda found: found is not None and (match(found) is not None) == wanted
