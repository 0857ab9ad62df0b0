"""Recorded events of a portal. Each is only a hint to read again, so the CRM is asked and the event believed in
nothing.

Bitrix24: api-reference/events. The life of what we made (conversion, merge, deletion) is looked up when a
conversation needs it, so these events become nothing of their own yet; an event that we never subscribed to is
unreadable.
"""

from collections.abc import Sequence

from app.domain.events import Event
from app.pipeline.parsers import Unreadable
from app.storage.models import InboxRow
from bitrix_app.manifest import KNOWN_EVENTS


def parse_row(row: InboxRow) -> Sequence[Event]:
    """Events of one row; to be registered for the source "bitrix". Raises Unreadable."""
    if row.kind not in KNOWN_EVENTS:
        raise Unreadable(f"{row.kind!r} is no event that we subscribe to")
    return ()
