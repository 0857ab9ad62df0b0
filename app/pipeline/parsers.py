"""How a recorded request becomes events: the vendors' sides register their parsers here by source."""

from collections.abc import Callable, Sequence

from app.domain.events import Event
from app.storage.models import InboxRow

Parser = Callable[[InboxRow], Sequence[Event]]


class Unreadable(Exception):
    """A recorded request that cannot be understood: kept, shown, and not tried again by itself."""


class Parsers:
    """Parsers by source ("uis", "poll", "bitrix")."""

    def __init__(self, parsers: dict[str, Parser]) -> None:
        self._parsers = parsers

    def parse(self, row: InboxRow) -> Sequence[Event]:
        """Events of one row. Raises Unreadable."""
        parser = self._parsers.get(row.source)
        if parser is None:
            raise Unreadable(f"nobody reads source {row.source!r}")
        return parser(row)
