"""Recorded events and robots of a portal.

Bitrix24: api-reference/events. Those of our connector carry what people said (`bitrix_app.parse_lines`). Those of
the CRM are only hints to read again: the life of what we made (conversion, merge, deletion) is looked up when a
conversation needs it, so they become nothing of their own. An event that we never subscribed to is unreadable.
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from app.domain.events import Event
from app.pipeline.parsers import Unreadable
from app.storage.models import InboxRow
from bitrix_app import parse_lines, parse_robots
from bitrix_app.brackets import nested
from bitrix_app.manifest import CONNECTOR_EVENTS, KNOWN_EVENTS, ROBOT_KIND


def parse_row(row: InboxRow) -> Sequence[Event]:
    """Events of one row; to be registered for the source "bitrix". Raises Unreadable."""
    if row.kind not in KNOWN_EVENTS and row.kind != ROBOT_KIND:
        raise Unreadable(f"{row.kind!r} is no event that we subscribe to")
    if row.kind not in CONNECTOR_EVENTS and row.kind != ROBOT_KIND:
        return ()
    try:
        pairs = parse_qsl(row.body.decode(), keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        raise Unreadable("the body is no form") from None
    if row.kind == ROBOT_KIND:
        return [parse_robots.parse(nested(pairs))]
    return parse_lines.parse(row.kind, nested(pairs))
