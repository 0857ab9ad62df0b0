"""Names of what is created: Liquid templates of administrators, filled with facts.

What a client wrote is a value: it is never parsed, and comes out as one line of bounded length.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from liquid.exceptions import LiquidError

from app.domain.facts import fact
from app.domain.source_fields import ALIASES, PROPERTY_PREFIX, SOURCE_FIELDS, source_field
from app.domain.templates import MAX_VALUE, parse, variables_of
from app.rules.markup import INVISIBLE

MAX_TITLE = 255
"""Characters of a name in Bitrix24: TITLE of leads and deals, NAME of contacts."""
PROPERTIES = PROPERTY_PREFIX.rstrip(".")


class TitleError(Exception):
    """The template cannot be filled with these facts; the message says why, in Liquid's English."""


def render(template: str, facts: Mapping[str, Any]) -> str:
    """The name: one line, at most MAX_TITLE characters, maybe empty. Raises TitleError."""
    return one_line(fill(template, facts))


def fill(template: str, facts: Mapping[str, Any]) -> str:
    """The filled template as it is, for mapped fields. Raises TitleError."""
    try:
        return _filled(template, _Context(_context(facts, _names_of(template))))
    except LiquidError as error:
        raise TitleError(str(error.message or type(error).__name__)) from error
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        # Filters meet values of clients that their authors did not think of.
        raise TitleError(f"{type(error).__name__}: {error}") from error


def render_or_default(template: str, default: str, facts: Mapping[str, Any]) -> tuple[str, str | None]:
    """The name and what was wrong: a template that fails or gives nothing falls back to `default`, which is text
    and no template."""
    try:
        title = render(template, facts)
    except TitleError as error:
        return one_line(default), str(error)
    return (title, None) if title else (one_line(default), None)


def template_fields(template: str) -> set[str]:
    """The source fields that a template uses; a text that is no template uses none."""
    return set(_fields_of(template))


def one_line(text: str) -> str:
    """Text without control and direction characters, on one line, cut to MAX_TITLE at a whole character."""
    line = " ".join(INVISIBLE.sub("", " ".join(text.split())).split())
    return line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1].rstrip() + "…"


class _Context:
    """Values for a template; equal to others that are written the same (1, 1.0 and True are not)."""

    __slots__ = ("_written", "values")

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self._written = repr(values)

    def __hash__(self) -> int:
        return hash(self._written)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Context) and self._written == other._written


@lru_cache(maxsize=500)
def _filled(template: str, context: _Context) -> str:
    """Kept, for a template knows nothing but its values, and a conversation's names are asked for at every event.
    Raises what the rendering raises."""
    return parse(template).render(**context.values)


@lru_cache(maxsize=1_000)
def _fields_of(template: str) -> frozenset[str]:
    try:
        paths = variables_of(template)
    except LiquidError:
        return frozenset()
    return frozenset(name for path in paths for name in _named(path))


@lru_cache(maxsize=1_000)
def _names_of(template: str) -> tuple[str, ...]:
    """The fields to give to a template: few are used of the hundred that there are. Raises LiquidError."""
    used = _fields_of(template)
    if any(not isinstance(path[0], str) for path in variables_of(template)):
        return (*SOURCE_FIELDS, *ALIASES)  # a name that is made while rendering
    properties = {PROPERTIES} if any(name.startswith(f"{PROPERTIES}.") for name in used) else set()
    aliases = [short for short, full in ALIASES.items() if full in used]
    return (*[name for name in SOURCE_FIELDS if name in used | properties], *aliases)


def _named(path: tuple[object, ...]) -> set[str]:
    """The field that a path names: the longest beginning that is one; `visitor[x]` may be any of its group."""
    parts: list[str] = []
    for segment in path:
        if not isinstance(segment, str):
            break
        parts.append(segment)
    for length in range(len(parts), 0, -1):
        found = source_field(".".join(parts[:length]))
        if found is not None:
            return {found.name}
    is_group = len(parts) == 1
    return {name for name in SOURCE_FIELDS if name.startswith(f"{parts[0]}.")} if is_group else set()


def _context(facts: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    context: dict[str, Any] = {}
    for name in names:
        value = fact(facts, name)
        if value is None:
            continue
        group, _, key = name.rpartition(".")
        place = context.setdefault(group, {}) if group else context
        place[key] = _value(value)
    _open_properties(context, facts)
    return context


def _open_properties(context: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """Lets `visitor.custom_properties.Name` be written, which the list of labels alone would not."""
    labels = context.get("visitor", {}).get("custom_properties")
    if labels is None:
        return
    names = [str(label).partition(": ")[0] for label in labels]
    values = {name: fact(facts, f"visitor.custom_properties.{name}") for name in names}
    context["visitor"]["custom_properties"] = {
        name: _value(value) for name, value in values.items() if value is not None
    }


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(element) for element in value[:MAX_VALUE]]
    if isinstance(value, str):
        # Half characters, which JSON may carry, cannot be written anywhere.
        return value[:MAX_VALUE].encode("utf-8", "ignore").decode("utf-8")
    if isinstance(value, datetime):
        return value.isoformat()
    return value
