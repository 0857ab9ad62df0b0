"""Facts: what is known of one communication, in the shape that all rules read.

A nested mapping `{"visitor": {"name", "phone_number", ...}, "chat": {...}, "request": {...}, "traffic":
{...}, "campaign": {...}, "site": {...}, "employee": {...}, "tags": [...], "segments": [...]}`; names are
those of `source_fields`. Absent, None, blank text and an empty list or mapping are all "empty". Moments are
aware datetimes or ISO 8601 text. Rows of the UIS reports (`{"tag_id", "tag_name"}`) may stand in lists
as they came.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.domain.source_fields import ALIASES, PROPERTY_PREFIX

_LABELS = ("tag_name", "segment_name", "name", "title")
_SHORT = {full: short for short, full in ALIASES.items()}
# Facts are read hundreds of times per decision, and `dict` is recognised many times faster than any Mapping.
_MAPPINGS = (dict, Mapping)
_COLLECTIONS = (dict, list, tuple, set, frozenset, Mapping)


def fact(facts: Mapping[str, Any], name: str) -> Any:
    """The value of a source field, None when it is empty; a list field gives a list of plain values."""
    full = ALIASES.get(name, name)
    if full.startswith(PROPERTY_PREFIX):
        return _property(facts, full.removeprefix(PROPERTY_PREFIX))
    value = _walk(facts, full)
    return _walk(facts, _SHORT[full]) if value is None and full in _SHORT else value


def is_empty(value: Any) -> bool:
    """Whether a value counts as not filled in. False and 0 are filled in."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (not value and isinstance(value, _COLLECTIONS))


def _walk(facts: Mapping[str, Any], name: str) -> Any:
    value: Any = facts
    for part in _path(name):
        if not isinstance(value, _MAPPINGS):
            return None
        value = value.get(part)
    value = _plain(value)
    return None if is_empty(value) else value


@lru_cache(maxsize=1_000)
def _path(name: str) -> tuple[str, ...]:
    return tuple(name.split("."))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, _MAPPINGS):
        return [f"{name}: {held}" for name, held in value.items() if not is_empty(held)]
    if isinstance(value, list | tuple):
        return [element for element in map(_element, value) if not is_empty(element)]
    return value


def _element(element: Any) -> Any:
    if not isinstance(element, Mapping):
        return element
    if "property_name" in element:
        return f"{element['property_name']}: {element.get('property_value', '')}"
    return next((element[label] for label in _LABELS if element.get(label)), None)


def _property(facts: Mapping[str, Any], name: str) -> Any:
    visitor = facts.get("visitor")
    properties = visitor.get("custom_properties") if isinstance(visitor, Mapping) else None
    if isinstance(properties, Mapping):
        value = properties.get(name)
    else:
        value = next((row["property_value"] for row in properties or [] if _is_property(row, name)), None)
    return None if is_empty(value) else value


def _is_property(row: Any, name: str) -> bool:
    return isinstance(row, Mapping) and row.get("property_name") == name and "property_value" in row
