"""Recorded events and robots of a portal.

Bitrix24: api-reference/events, crm/leads/events/on-crm-lead-add. Those of our connector carry what people said
(`bitrix_app.open_lines.parse`). A new lead or deal may have come of a dialog of an open line. Other events of the CRM
are only hints to read again: the life of what we made (conversion, merge, deletion) is looked up when a conversation
needs it, so they become nothing of their own. An event that we never subscribed to is unreadable.
"""

from collections.abc import Sequence
from urllib.parse import parse_qs, parse_qsl

from app.domain.events import EntityAdded, Event
from app.pipeline.parsers import Unreadable
from app.storage.models import InboxRow
from bitrix_app.brackets import nested
from bitrix_app.desk import parse_robots
from bitrix_app.manifest import CONNECTOR_EVENTS, KNOWN_EVENTS, ROBOT_KIND
from bitrix_app.open_lines import parse as parse_lines

WEBHOOK = "webhook"
"""Source of inbox rows that came to the address for outgoing webhooks."""

ADDED = {"ONCRMLEADADD": "lead", "ONCRMDEALADD": "deal"}
# Older instructions let administrators choose it for deals.
ADDED_BY_WEBHOOK = ADDED | {"ONCRMINVOICEADD": "invoice"}


def parse_row(row: InboxRow) -> Sequence[Event]:
    """Events of one row; to be registered for the sources "bitrix" and WEBHOOK. Raises Unreadable."""
    told = ADDED_BY_WEBHOOK if row.source == WEBHOOK else ADDED
    if row.kind in told:
        return [_added(row, told[row.kind])]
    if row.kind == ROBOT_KIND:
        return [parse_robots.parse(nested(_pairs(row)))]
    if row.kind not in KNOWN_EVENTS:
        raise Unreadable(f"{row.kind!r} is no event that we subscribe to")
    if row.kind in CONNECTOR_EVENTS:
        return parse_lines.parse(row.kind, nested(_pairs(row)))
    return ()


def _pairs(row: InboxRow) -> list[tuple[str, str]]:
    try:
        return parse_qsl(row.body.decode(), keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        raise Unreadable("the body is no form") from None


def entity_id(value: str | None) -> int | None:
    """`data[FIELDS][ID]` as a number, None for what is none."""
    fits = value is not None and value.isascii() and value.isdigit() and 0 < len(value) < 19
    return int(value) if fits and value is not None and int(value) else None


def _added(row: InboxRow, kind: str) -> EntityAdded:
    fields = parse_qs(row.body.decode("utf-8", "replace"))
    number = entity_id(fields.get("data[FIELDS][ID]", [""])[-1])
    if number is None:
        raise Unreadable("data[FIELDS][ID] is missing")
    return EntityAdded(kind=kind, entity_id=number, via="webhook" if row.source == WEBHOOK else "event")
