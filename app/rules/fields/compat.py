"""Which source field suits which field of the CRM, before any value is known: the hint beside a row of the mapping.

What happens to a value is decided by `rules.convert` alone; this table must agree with it (a test holds them together).
"""

from typing import Literal

from app.domain.fields import FieldInfo
from app.domain.source_table import FieldType
from app.rules.fields.convert import REFERENCES, UNSUPPORTED

Fit = Literal["yes", "maybe", "no"]
"""Every value fits; it depends on the value; none does."""

TEXTS: tuple[FieldType, ...] = ("string", "text", "phone", "email", "url")
NUMBERS: tuple[FieldType, ...] = ("number", "money")
DATES: tuple[FieldType, ...] = ("date", "datetime")
SOURCES: tuple[FieldType, ...] = (*TEXTS, *NUMBERS, *DATES, "boolean", "list")


def _row(yes: tuple[FieldType, ...] = (), maybe: tuple[FieldType, ...] = ()) -> dict[FieldType, Fit]:
    return {source: "yes" if source in yes else "maybe" if source in maybe else "no" for source in SOURCES}


_READABLE = (*TEXTS, "list")
_LINES = _row((*TEXTS, *NUMBERS, *DATES, "boolean"), ("list",))
_TEXT = _row(SOURCES)
_TRUTH = _row(("boolean",), (*_READABLE, *NUMBERS))
_NUMBER = _row(("boolean",), (*_READABLE, *NUMBERS))
_MOMENT = _row(DATES, _READABLE)
_ITEM = _row((), SOURCES)
_PERSON = _row((), (*_READABLE, *NUMBERS, "boolean"))
_LINK = _row(("url",), _READABLE)
_NAME = _row((), _READABLE)
_NUMBERED = _row((), (*_READABLE, *NUMBERS))
_ANYTHING = _row((*TEXTS, *NUMBERS), ("list", *DATES))

_BY_TYPE: dict[str, dict[FieldType, Fit]] = {
    "string": _TEXT, "text": _TEXT, "string_formatted": _LINES,
    "char": _TRUTH, "boolean": _TRUTH, "integer": _NUMBER, "double": _NUMBER, "money": _NUMBER,
    "date": _MOMENT, "datetime": _MOMENT, "enumeration": _ITEM, "crm_status": _ITEM, "crm_currency": _NAME,
    "user": _PERSON, "employee": _PERSON, "url": _LINK, "crm": _NAME,
    **dict.fromkeys(REFERENCES, _NUMBERED), **dict.fromkeys(UNSUPPORTED, _row()),
}  # fmt: skip


def accepts(field_type: str) -> dict[FieldType, Fit]:
    """How each type of source suits a type of the CRM; a type that we do not know takes texts and numbers."""
    return _BY_TYPE.get(field_type, _ANYTHING)


def fit(source: FieldType, info: FieldInfo) -> Fit:
    """How a source suits a field; a multiple field takes every element of a list by itself."""
    found = accepts(info.type)[source]
    if source == "list" and info.multiple:
        return accepts(info.type)["string"]
    return found
