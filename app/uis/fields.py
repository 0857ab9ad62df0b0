"""Reading the JSON of a callback field by field: what is wrong is named and nothing is guessed."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_BIGGEST = 2**63 - 1
_FRACTION = re.compile(r"(\.\d{6})\d+")


class BadCallback(Exception):
    """The request does not have the documented shape; the text names the field, never its content."""


class Fields:
    """One JSON object with checked access. Texts come out without what a database cannot keep."""

    def __init__(self, data: Mapping[str, Any], path: str = "") -> None:
        self._data = data
        self._path = path

    @classmethod
    def load(cls, body: bytes) -> "Fields":
        """Raises BadCallback when the body is not one JSON object."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            raise BadCallback("the body is not valid JSON") from None
        if not isinstance(data, dict):
            raise BadCallback("the body must be a JSON object")
        return cls(data)

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def number(self, name: str) -> int:
        """A required whole number of 64 bits."""
        value = self.maybe_number(name)
        if value is None:
            raise self._bad(name, "is required")
        return value

    def maybe_number(self, name: str) -> int | None:
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _BIGGEST:
            raise self._bad(name, "must be a whole number")
        return value

    def text(self, name: str, most: int | None = None) -> str:
        """A required text, cut to `most` characters: foreign words may be longer than ours."""
        value = self.maybe_text(name, most)
        if value is None:
            raise self._bad(name, "is required")
        return value

    def maybe_text(self, name: str, most: int | None = None) -> str | None:
        value = self._data.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._bad(name, "must be text")
        return clean(value)[:most]

    def maybe_phone(self, name: str) -> str | None:
        """Text, or a number: the reports of UIS type phones so."""
        number = self._data.get(name)
        if isinstance(number, int) and not isinstance(number, bool):
            return str(number)
        return self.maybe_text(name, 64) or None

    def maybe_moment(self, name: str) -> datetime | None:
        """ISO 8601; without a zone it is UTC, as in all examples of the Chat API."""
        value = self.maybe_text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(_FRACTION.sub(r"\1", value))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._bad(name, "must be a date and time in ISO 8601") from None

    def moment(self, name: str) -> datetime:
        value = self.maybe_moment(name)
        if value is None:
            raise self._bad(name, "is required")
        return value

    def inner(self, name: str) -> "Fields":
        """An object inside; absent and null are an empty one, and so is [], as PHP writes it."""
        value = self._data.get(name) or {}
        if not isinstance(value, dict):
            raise self._bad(name, "must be an object")
        return Fields(value, f"{self._path}{name}.")

    def plain(self) -> dict[str, Any] | None:
        """The object itself with clean texts, None when it is empty."""
        return _clean_json(dict(self._data)) or None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._data.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str | int) for item in value):
            raise self._bad(name, "must be a list of texts")
        return tuple(clean(str(item)) for item in value if str(item).strip())

    def maybe_objects(self, name: str) -> tuple[dict[str, Any], ...] | None:
        """None when it is absent or null: an empty list says that there are none."""
        value = self._data.get(name)
        if value is None:
            return None
        value = value or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._bad(name, "must be a list of objects")
        return tuple(_clean_json(value))

    def _bad(self, name: str, what: str) -> BadCallback:
        return BadCallback(f"{self._path}{name} {what}")


def clean(value: str) -> str:
    """Without NUL (PostgreSQL keeps none) and without halves of surrogate pairs (UTF-8 knows none)."""
    value = value.replace("\x00", "")
    if value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _clean_json(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean_json(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _clean_json(item) for key, item in value.items()}
    return value
