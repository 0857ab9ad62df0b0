"""The fields of a communication that filters, templates and mappings may name, with titles and types.

A name is that of the UIS reports without the prefix of its group (`visitor_city` is `visitor.city`), misspelt
where UIS misspells it. Data API: `get.chats_report`, `get.offline_messages_report`; Chat API: webhooks v2.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.source_table import (
    CAMPAIGN,
    CHAT,
    COMMUNICATION,
    EMPLOYEE,
    MARKS,
    REQUEST,
    ROOT,
    SITE,
    TRAFFIC,
    VISITOR,
    FieldType,
    Kind,
    Origin,
    Row,
)

PROPERTY_PREFIX = "visitor.custom_properties."
"""A single property of the visitor: its name (set by the site's owner, so any text) follows."""

ALIASES = {"visitor.phone": "visitor.phone_number"}
"""Short names that are understood wherever the full one is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceField:
    """One source field.

    `origin` says where it comes from: `callback` and `card` (visitor card) are callbacks of the Chat API,
    `report` is the Data API alone, `both` is known from callbacks and confirmed by the report.
    `report_field` is its name in the report, None where there is none; `kinds` says whose report that is.
    """

    name: str
    title_ru: str
    title_en: str
    type: FieldType
    origin: Origin
    report_field: str | None
    kinds: tuple[Kind, ...]


_KINDS: dict[str, tuple[Kind, ...]] = {"C": ("chat",), "R": ("request",), "CR": ("chat", "request")}


def _fields(group: str, rows: Iterable[Row]) -> list[SourceField]:
    return [
        SourceField(
            name=f"{group}.{name}" if group else name,
            title_ru=title_ru,
            title_en=title_en,
            type=type_,
            origin=origin,
            report_field=report_field,
            kinds=_KINDS[kinds],
        )
        for name, type_, origin, kinds, report_field, title_ru, title_en in rows
    ]


def _of_communication(kinds: str, word_ru: str, word_en: str) -> list[Row]:
    return [
        (name, type_, origin, kinds, report_field, f"{word_ru}: {title_ru}", f"{word_en}: {title_en}")
        for name, type_, origin, _, report_field, title_ru, title_en in COMMUNICATION
    ]


def _all_fields() -> list[SourceField]:
    marks: list[Row] = [(mark, "string", "report", "CR", mark, mark, mark) for mark in MARKS]
    return [
        *_fields("visitor", VISITOR),
        *_fields("chat", [*CHAT, *_of_communication("C", "Чат", "Chat")]),
        *_fields("request", [*REQUEST, *_of_communication("R", "Заявка", "Request")]),
        *_fields("traffic", [*TRAFFIC, *marks]),
        *_fields("campaign", CAMPAIGN),
        *_fields("site", SITE),
        *_fields("employee", EMPLOYEE),
        *_fields("", ROOT),
    ]


SOURCE_FIELDS: dict[str, SourceField] = {field.name: field for field in _all_fields()}


def source_field(name: str) -> SourceField | None:
    """The field of this name, also of an alias and of a single custom property; None when there is none."""
    name = ALIASES.get(name, name)
    if name.startswith(PROPERTY_PREFIX) and len(name) > len(PROPERTY_PREFIX):
        return _property_field(name)
    return SOURCE_FIELDS.get(name)


def _property_field(name: str) -> SourceField:
    label = name.removeprefix(PROPERTY_PREFIX)
    return SourceField(
        name=name,
        title_ru=f"Посетитель: свойство «{label}»",
        title_en=f"Visitor: property “{label}”",
        type="string",
        origin="report",
        report_field="visitor_custom_properties",
        kinds=("chat", "request"),
    )


def needs_report(names: Iterable[str]) -> bool:
    """Whether one of these fields can only be known by a read of the report. Unknown names need nothing."""
    fields = (source_field(name) for name in names)
    return any(field is not None and field.origin == "report" for field in fields)


def report_fields(kind: Kind) -> list[str]:
    """What to ask for in `fields` of the report of this kind, without doubles, in a fixed order."""
    names = [
        field.report_field
        for field in SOURCE_FIELDS.values()
        if kind in field.kinds and field.report_field is not None
    ]
    # The report of chats knows no name and no e-mail of the visitor; the Data API refuses unknown names.
    absent = {"visitor_name", "visitor_email"} if kind == "chat" else set()
    return [name for name in dict.fromkeys(names) if name not in absent]
