"""Filters: whether a communication fits a group of conditions.

Text is compared without case and surrounding space, numbers and moments as such; a list field fits when
any of its elements does; `ne`, `not_in`, `not_contains`, `not_empty` are exactly the negation of their
counterparts, so they hold on an empty field.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.facts import fact
from app.domain.settings.filters import DATES, NUMBERS, Condition, Group
from app.domain.source_fields import source_field
from app.domain.source_table import FieldType

_NEGATIONS = {"ne": "eq", "not_in": "in", "not_contains": "contains", "not_empty": "empty"}
_MAX_DIGITS = 40


def matches(group: Group | None, facts: Mapping[str, Any]) -> bool:
    """Whether the filter holds; None and a group without items always do."""
    if group is None or not group.items:
        return True
    held = (matches(item, facts) if isinstance(item, Group) else holds(item, facts) for item in group.items)
    return all(held) if group.op == "and" else any(held)


def explain(group: Group | None, facts: Mapping[str, Any]) -> list[tuple[Condition, bool]]:
    """Every condition of the filter in its order, and whether it held, also where that did not decide."""
    if group is None:
        return []
    told: list[tuple[Condition, bool]] = []
    for item in group.items:
        told += explain(item, facts) if isinstance(item, Group) else [(item, holds(item, facts))]
    return told


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether one condition holds."""
    value = fact(facts, condition.field)
    positive = _NEGATIONS.get(condition.cmp)
    if positive is not None:
        return not _holds(condition, positive, value)
    return _holds(condition, condition.cmp, value)


def _holds(condition: Condition, cmp: str, value: Any) -> bool:
    if cmp == "empty":
        return value is None
    if value is None:
        return False
    field = source_field(condition.field)
    type_: FieldType = field.type if field is not None else "string"
    elements = value if isinstance(value, list) else [value]
    wanted = condition.value if cmp == "in" else [condition.value]
    return any(_compare(cmp, type_, element, one) for element in elements for one in wanted)


def _compare(cmp: str, type_: FieldType, value: Any, wanted: Any) -> bool:
    if cmp in _TEXTUAL:
        return _TEXTUAL[cmp](_text(value), _text(wanted))
    if type_ in NUMBERS:
        return _ordered(cmp, _number(value), _number(wanted))
    if type_ in DATES:
        return _ordered(cmp, *_moments(value, wanted))
    return cmp in ("eq", "in") and _text(value) == _text(wanted)


_TEXTUAL: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, wanted: wanted in value,
    "starts": lambda value, wanted: value.startswith(wanted),
    "ends": lambda value, wanted: value.endswith(wanted),
}


def _ordered(cmp: str, value: Any, wanted: Any) -> bool:
    if value is None or wanted is None:
        return False
    if cmp == "gt":
        return bool(value > wanted)
    if cmp == "lt":
        return bool(value < wanted)
    return bool(value == wanted)


def _text(value: Any) -> str:
    if isinstance(value, datetime | date):
        value = value.isoformat()
    return str(value).strip().casefold()


def _number(value: Any) -> Decimal | None:
    text = str(value).strip().replace(",", ".")
    if isinstance(value, bool) or len(text) > _MAX_DIGITS:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moments(value: Any, wanted: Any) -> tuple[Any, Any]:
    """Both sides in one measure: days when one side is a day, the wall clock when one side has no zone."""
    left, right = _moment(value), _moment(wanted)
    if left is None or right is None:
        return None, None
    if not isinstance(left, datetime) or not isinstance(right, datetime):
        return _day(left), _day(right)
    if (left.tzinfo is None) != (right.tzinfo is None):
        return left.replace(tzinfo=None), right.replace(tzinfo=None)
    return left, right


def _moment(value: Any) -> datetime | date | None:
    if isinstance(value, datetime | date):
        return value
    text = str(value).strip()
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def _day(moment: datetime | date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
