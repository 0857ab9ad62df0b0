"""Rows of the report of offline requests in our words. Pure.

Data API: `get.offline_messages_report`. UIS has no callback for requests: this is the only way to know of them.
"""

from app.domain.events import RequestReported
from app.domain.source_fields import report_fields
from app.uis.fields import BadCallback, Fields
from app.uis.reports.chat_rows import Row, as_json, facts, moment, zone

FOREIGN_FORM = "DataAPI"
"""Loaded by an API (by us as well): never a communication to transfer."""


def request_fields() -> list[str]:
    """What is asked of `get.offline_messages_report`: every source field, and what we need ourselves."""
    needed = ("id", "date_time", "status", "process_time", "form_type")
    return list(dict.fromkeys([*needed, *report_fields("request")]))


def request_body(row: Row, timezone: str) -> bytes:
    """Body of an inbox row of kind `offline`: the row as UIS gave it, and the zone of its times."""
    return as_json({"row": dict(row), "timezone": timezone})


def is_processed(row: Row) -> bool:
    return row.get("status") == "processed"


def request_reported(f: Fields) -> RequestReported:
    """The event of an `offline` row. Raises BadCallback when id or arrival of the request cannot be read."""
    row, tz = f.inner("row"), zone(f.text("timezone"))
    plain = row.plain() or {}
    created = moment(plain.get("date_time"), tz)
    if created is None:
        raise BadCallback("row.date_time must be a date and time")
    return RequestReported(
        request_id=row.number("id"),
        visitor_id=row.maybe_number("visitor_id"),
        person_id=row.maybe_number("person_id"),
        employee_id=row.maybe_number("employee_id"),
        created_at=created,
        processed_at=(moment(plain.get("process_time"), tz) or created) if is_processed(plain) else None,
        facts=facts(plain, tz, "request"),
    )
