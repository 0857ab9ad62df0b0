"""The settings of a section one by one, and which of them a story has left as they were."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from app.domain.settings import SECTIONS
from app.domain.settings.filters import Group


def untouched(section: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Settings of the section that are the same in both documents: `create.moment`, `lines[].line_id`.

    A filter is one setting; of rows it is enough that one of them has changed.
    """
    keys = set(_keys(SECTIONS[section]))
    return sorted(keys - set(_changed(keys, before, after)))


def _keys(model: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = [one for one in _models(field.annotation) if one is not Group]
        rows = "[]" if "list" in str(field.annotation).partition("[")[0] else ""
        if not inner:
            yield path + name
        for one in inner:
            yield from _keys(one, f"{path}{name}{rows}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of: of a list, of what may be absent, of several kinds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _changed(keys: set[str], before: Any, after: Any, path: str = "") -> Iterator[str]:
    if path in keys:
        if before != after:
            yield path
    elif isinstance(after, list):
        for number, row in enumerate(after):
            old = before[number] if isinstance(before, list) and number < len(before) else {}
            yield from _changed(keys, old, row, f"{path}[]")
    elif isinstance(after, Mapping):
        known = before if isinstance(before, Mapping) else {}
        for name, value in after.items():
            yield from _changed(keys, known.get(name), value, f"{path}.{name}" if path else name)
