"""Rows of the UIS reports in our words: nested source facts, aware times, callback-shaped messages. Pure.

Data API: `get.chats_report`, `get.chat_messages_report`. Times come as `YYYY-MM-DD hh:mm:ss` in the zone
of the account (`get.account.timezone`).
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.events import ChatReported
from app.domain.source_fields import SOURCE_FIELDS, report_fields
from app.domain.source_table import Kind
from app.uis.fields import BadCallback, Fields

OPEN_STATUSES = frozenset({"new", "active"})
FARTHEST = timedelta(days=88)
"""How far back a report is asked: its window is "3 months" by the list of errors (`date_interval_limit_reached`), which
are 89 days from the first of February."""
# Loaded by an API (by us as well), or not a chat at all: never a communication to transfer.
FOREIGN_TYPES = frozenset({"dataapi", "offline_message"})
MESSAGE_FIELDS = ("id", "chat_id", "date_time", "text", "source", "resource", "employee_id")

Row = Mapping[str, Any]


def chat_fields() -> list[str]:
    """What is asked of `get.chats_report`: every source field, and what the poller itself needs."""
    needed = (
        "id", "communication_id", "status", "date_time", "release_cause", "chat_channel_id", "chat_channel_type",
        "chat_channel_name",
    )  # fmt: skip
    return list(dict.fromkeys([*needed, *report_fields("chat")]))


def zone(name: str) -> ZoneInfo:
    """The zone of an account; Moscow when UIS names one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Europe/Moscow")


def moment(value: Any, tz: ZoneInfo) -> datetime | None:
    """A time of a report as aware UTC; None when there is none or it has another form."""
    try:
        return datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=tz).astimezone(UTC)
    except ValueError:
        return None


def local(value: datetime, tz: ZoneInfo) -> str:
    """A moment as `date_from` and `date_till` want it."""
    return value.astimezone(tz).strftime("%Y-%m-%d %H:%M:%S")


def is_open(row: Row) -> bool:
    return row.get("status") in OPEN_STATUSES and not row.get("release_cause")


def report_body(row: Row, timezone: str, channel_id: int | None) -> bytes:
    """Body of an inbox row of kind `report`: the row as UIS gave it, and how to read it."""
    return as_json({"row": dict(row), "timezone": timezone, "channel_id": channel_id})


def message_body(row: Row, timezone: str, channel_id: int) -> bytes:
    """A row of `get.chat_messages_report` in the shape of the `/message` callback: parsed the same way.

    The report knows no delivery status, quote or mnemonic; a resource has `file_url`, not id and token.
    """
    created = moment(row.get("date_time"), zone(timezone))
    return as_json(
        {
            "context": {"chat_channel_id": channel_id},
            "channel_id": channel_id,
            "id": row["id"],
            "chat_id": row["chat_id"],
            "source": row.get("source") or "system",
            "operator_id": row.get("employee_id"),
            "text": row.get("text"),
            "created_at": created.isoformat() if created else None,
            "resource": row.get("resource") or None,
        }
    )


def chat_reported(f: Fields) -> ChatReported:
    """The event of a `report` row. Raises BadCallback when id or start of the chat cannot be read."""
    row, tz = f.inner("row"), zone(f.text("timezone"))
    plain = row.plain() or {}
    started = moment(plain.get("date_time"), tz)
    if started is None:
        raise BadCallback("row.date_time must be a date and time")
    return ChatReported(
        chat_id=row.number("id"),
        channel_id=f.maybe_number("channel_id"),
        visitor_id=row.maybe_number("visitor_id"),
        person_id=row.maybe_number("person_id"),
        operator_id=row.maybe_number("employee_id"),
        started_at=started,
        closed=not is_open(plain),
        close_reason=row.maybe_text("release_cause", 48),
        facts=facts(plain, tz, "chat", f.maybe_number("channel_id")),
    )


def facts(row: Row, tz: ZoneInfo, kind: Kind, channel_id: int | None = None) -> dict[str, Any]:
    """Nested source facts of a row; only known values are present. The channel is that of the set-up list."""
    found: dict[str, Any] = {}
    for field in SOURCE_FIELDS.values():
        if field.report_field is None or kind not in field.kinds:
            continue
        value = _value(row.get(field.report_field), field.type, tz)
        if value not in (None, "", [], {}):
            _put(found, field.name, value)
    if channel_id is not None:
        found.setdefault("chat", {})["channel_id"] = channel_id
    return found


def _value(value: Any, type_: str, tz: ZoneInfo) -> Any:
    if type_ == "phone" and value is not None:
        return str(value)
    if type_ == "datetime":
        known = moment(value, tz)
        return known.isoformat() if known else None
    if type_ == "number" and isinstance(value, str):
        return int(value) if value.strip().lstrip("-").isdecimal() else None
    return value


def _put(found: dict[str, Any], name: str, value: Any) -> None:
    group, _, leaf = name.partition(".")
    if leaf:
        found.setdefault(group, {})[leaf] = value
    else:
        found[group] = value


def as_json(data: dict[str, Any]) -> bytes:
    """A body of the inbox: always the same bytes for the same data."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(
        "utf-8", "replace"
    )
