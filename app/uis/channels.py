"""Which channel of the set-up list does a row of the report mean? Pure.

The pages do not say which of the three ids of a channel `chat_channel_id` of the reports is, so when the number
is not known the type and the name decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.uis.reports.chat_rows import Row


@dataclass(frozen=True, slots=True)
class Known:
    """A channel as stored: id of the set-up list, the adapter's id, and whether the administrator joined it."""

    id: int
    adapter_id: int | None
    type: str
    name: str
    joined: bool


class ChannelBook:
    """Finds the joined channel of a row."""

    def __init__(self, channels: Iterable[Known]) -> None:
        self._all = list(channels)

    def joined(self, row: Row) -> int | None:
        """The id of the set-up list; None when the row is of no joined channel."""
        found = self._find(row)
        return found.id if found is not None and found.joined else None

    def _find(self, row: Row) -> Known | None:
        number, kind, name = (row.get(f"chat_channel_{part}") for part in ("id", "type", "name"))
        by_number = [c for c in self._all if number is not None and number in (c.id, c.adapter_id)]
        same_type = [c for c in self._all if c.type == kind]
        by_name = [c for c in same_type if name and c.name == name]
        # Without number and name, a type that occurs once can only be that one.
        lonely = same_type if number is None and not name else []
        return next((group[0] for group in (by_number, by_name, lonely) if len(group) == 1), None)
