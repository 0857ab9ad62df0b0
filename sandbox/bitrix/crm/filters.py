"""Filters, order and selection of lists (Bitrix24: crm/universal/crm-item-list)."""

import datetime as dt
import fnmatch
import re
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.bitrix.errors import RestError

PREFIXES = ("!=%", "!%=", "!@", "!%", "!=", ">=", "<=", "=%", "%=", "=", "!", ">", "<", "@", "%")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")

Row = dict[str, Any]


def split(key: str) -> tuple[str, str]:
    """Prefix and field name of a filter key; no prefix means `=`."""
    for prefix in PREFIXES:
        if key.startswith(prefix):
            return prefix, key[len(prefix) :]
    return "=", key


def check_filter(conditions: Any, allowed: Iterable[str]) -> None:
    """Raises INVALID_ARG_VALUE for a field that may not be filtered by."""
    names = set(allowed)
    for key, value in _entries(conditions):
        if key.lower() == "logic":
            continue
        if key.isdigit() or (isinstance(value, dict) and key == ""):
            check_filter(value, names)
            continue
        if split(key)[1] not in names:
            raise RestError(
                "INVALID_ARG_VALUE", f"Invalid filter: field '{split(key)[1]}' is not allowed in filter"
            )


def matches(row: Row, conditions: Any) -> bool:
    """Whether a row meets a (nested) filter."""
    entries = _entries(conditions)
    logic = next((str(value).upper() for key, value in entries if key.lower() == "logic"), "AND")
    results = (_one(row, key, value) for key, value in entries if key.lower() != "logic")
    return any(results) if logic == "OR" else all(results)


def _entries(conditions: Any) -> list[tuple[str, Any]]:
    if isinstance(conditions, list):
        return [(str(index), value) for index, value in enumerate(conditions)]
    return [(str(key), value) for key, value in (conditions or {}).items()]


def _one(row: Row, key: str, wanted: Any) -> bool:
    if key.isdigit():
        return matches(row, wanted)
    prefix, name = split(key)
    have = row.get(name)
    values = have if isinstance(have, list) else [have]
    if prefix.startswith("!"):
        positive = {"!": "=", "!=": "=", "!@": "@", "!%": "%", "!=%": "=%", "!%=": "=%"}[prefix]
        return not any(_compare(positive, value, wanted) for value in values)
    return any(_compare(prefix, value, wanted) for value in values) or (
        not values and _compare(prefix, None, wanted)
    )


def _compare(prefix: str, have: Any, wanted: Any) -> bool:
    if prefix in ("=", "@") or isinstance(wanted, list | dict):
        options = (
            [*wanted.values()]
            if isinstance(wanted, dict)
            else wanted
            if isinstance(wanted, list)
            else [wanted]
        )
        return any(_same(have, option) for option in options)
    if prefix == "%":
        return str(wanted).lower() in str(have or "").lower()
    if prefix in ("=%", "%="):
        return fnmatch.fnmatchcase(str(have or "").lower(), str(wanted).lower().replace("%", "*"))
    if have is None:
        return False
    test: Callable[[Any, Any], bool] = {
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
    }[prefix]
    return test(*_ordered(have, wanted))


def _same(have: Any, wanted: Any) -> bool:
    if wanted in (None, "", False) and not isinstance(wanted, int):
        return have in (None, "", [], 0)
    if have is None:
        return False
    a, b = _comparable(have, wanted)
    return bool(a == b)


def _comparable(have: Any, wanted: Any) -> tuple[Any, Any]:
    if isinstance(have, int | float) and _NUMBER.fullmatch(str(wanted)):
        return float(have), float(wanted)
    if isinstance(wanted, bool):
        wanted = "Y" if wanted else "N"
    # Texts are compared as MySQL does it there: without regard to case.
    return str(have).lower(), str(wanted).lower()


def _ordered(have: Any, wanted: Any) -> tuple[Any, Any]:
    """Numbers and moments by their value, also where they are written as texts."""
    if _NUMBER.fullmatch(str(have)) and _NUMBER.fullmatch(str(wanted)):
        return float(have), float(wanted)
    moments = _moment(have), _moment(wanted)
    return moments if None not in moments else _comparable(have, wanted)


def _moment(value: Any) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def order_rows(rows: list[Row], order: dict[str, Any], allowed: Iterable[str]) -> list[Row]:
    """Sort by several fields; raises INVALID_ARG_VALUE for an unknown field or direction."""
    names = set(allowed)
    for name, direction in reversed([*order.items()]):
        if name not in names:
            raise RestError("INVALID_ARG_VALUE", f"Invalid order: field '{name}' is not allowed in order")
        if str(direction).upper() not in ("ASC", "DESC"):
            raise RestError(
                "INVALID_ARG_VALUE",
                f"Invalid order: allowed sort directions are `ASC, DESC`. But got '{direction}' for field '{name}'",
            )
        rows = sorted(
            rows, key=lambda row: _sort_key(row.get(name)), reverse=str(direction).upper() == "DESC"
        )
    return rows


def _sort_key(value: Any) -> tuple[int, float, str]:
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, int | float):
        return (1, float(value), "")
    text = str(value)
    return (1, float(text), "") if _NUMBER.fullmatch(text) else (2, 0.0, text.lower())
