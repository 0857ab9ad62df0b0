"""What the road asks of us: rows of the inbox from callbacks ("uis") and reports ("poll") -> events."""

from collections.abc import Sequence

from app.domain.events import Event
from app.pipeline.parsers import Unreadable
from app.storage.models import InboxRow
from app.uis.fields import BadCallback
from app.uis.parse import parse


def parse_row(row: InboxRow) -> Sequence[Event]:
    """Events of one row; to be registered for the sources "uis" and "poll". Raises Unreadable."""
    try:
        return [parse(row.kind, row.body)]
    except BadCallback as error:
        raise Unreadable(str(error)) from None
    except KeyError:
        raise Unreadable(f"{row.kind!r} is no callback of UIS") from None
