"""Filters: groups of conditions over the source fields, nested freely. Evaluated by `rules.filters`."""

import math
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from app.domain.settings.base import Compact, Model
from app.domain.settings.errors import refuse
from app.domain.source_fields import source_field
from app.domain.source_table import FieldType

Comparison = Literal[
    "eq",
    "ne",
    "contains",
    "not_contains",
    "starts",
    "ends",
    "in",
    "not_in",
    "empty",
    "not_empty",
    "gt",
    "lt",
]
NUMBERS: frozenset[FieldType] = frozenset({"number", "money"})
DATES: frozenset[FieldType] = frozenset({"date", "datetime"})
_TEXTUAL = {"contains", "not_contains", "starts", "ends"}
_MAX_TEXT = 1_000
_MAX_LIST = 1_000


class Condition(Compact):
    """`{"field", "cmp", "value"}`; `empty` and `not_empty` take none (or null), `in` and `not_in` a list."""

    field: str
    cmp: Comparison
    value: Any = None

    @model_validator(mode="after")
    def _fits(self) -> "Condition":
        found = source_field(self.field)
        if found is None:
            raise refuse("unknown_source_field", at="field", name=self.field[:100])
        if self.cmp in ("gt", "lt") and found.type not in NUMBERS | DATES:
            raise refuse("comparison_of_text", at="cmp", cmp=self.cmp)
        if self.cmp in _TEXTUAL and found.type == "boolean":
            raise refuse("comparison_of_boolean", at="cmp", cmp=self.cmp)
        self._check_value(found.type)
        return self

    def _check_value(self, type_: FieldType) -> None:
        if self.cmp in ("empty", "not_empty"):
            if self.value is not None:
                raise refuse("value_not_wanted", at="value")
        elif self.cmp in ("in", "not_in"):
            self._check_list(type_)
        else:
            _check_one("string" if self.cmp in _TEXTUAL else type_, self.value, "value")

    def _check_list(self, type_: FieldType) -> None:
        if not isinstance(self.value, list):
            raise refuse("type_list", at="value")
        if not self.value:
            raise refuse("empty_value", at="value")
        if len(self.value) > _MAX_LIST:
            raise refuse("too_many", at="value", max_length=_MAX_LIST)
        for index, element in enumerate(self.value):
            _check_one(type_, element, f"value.{index}")


class Group(Model):
    """`{"op", "items"}`; a group without items is true."""

    op: Literal["and", "or"]
    items: Annotated[list["Item"], Field(max_length=200)]


def _kind_of_item(value: Any) -> str:
    if isinstance(value, dict):
        return "~group" if "op" in value or "items" in value else "~condition"
    return "~group" if isinstance(value, Group) else "~condition"


Item = Annotated[
    Annotated[Group, Tag("~group")] | Annotated[Condition, Tag("~condition")],
    Discriminator(_kind_of_item),
]
Group.model_rebuild()


def _check_one(type_: FieldType, value: Any, at: str) -> None:
    if type_ == "boolean":
        fits, code = isinstance(value, bool), "type_boolean"
    elif type_ in NUMBERS:
        fits, code = _is_number(value), "type_number"
    elif type_ in DATES:
        fits, code = _is_moment(value), "type_date"
    else:
        fits, code = isinstance(value, str), "type_string"
    if not fits:
        raise refuse(code, at=at)
    if isinstance(value, str):
        _check_text(value, at)


def _check_text(value: str, at: str) -> None:
    if len(value) > _MAX_TEXT:
        raise refuse("too_long", at=at, max_length=_MAX_TEXT)
    if "\0" in value:
        raise refuse("forbidden_character", at=at)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_moment(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value.strip())
    except ValueError:
        return _is_day(value)
    return True


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value.strip())
    except ValueError:
        return False
    return True


def fields_of(group: Group | None) -> set[str]:
    """The source fields that a filter asks about."""
    if group is None:
        return set()
    nested = [fields_of(item) for item in group.items if isinstance(item, Group)]
    return {item.field for item in group.items if isinstance(item, Condition)}.union(*nested)
