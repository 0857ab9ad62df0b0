"""Windows of time over a report: cut so that each can be read to its end.

Data API: basics (`offset` is at most 100,000, so a window yields so many rows: cut by date), `get.chats_report`,
`get.offline_messages_report`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.uis.data import DataApi
from app.uis.errors import TooMany
from app.uis.reports.chat_rows import Row, local

SPAN = timedelta(days=2)
"""After a long pause: what was read of one is kept before the next is begun."""
SHORTEST = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Window:
    """From and till, both in it, in the zone of the account."""

    since: datetime
    till: datetime
    zone: ZoneInfo

    def params(self) -> dict[str, str]:
        """As a report wants them."""
        return {"date_from": local(self.since, self.zone), "date_till": local(self.till, self.zone)}

    def halves(self) -> tuple["Window", "Window"]:
        """The second of the middle is in both: rows may come twice."""
        middle = self.since + (self.till - self.since) / 2
        return Window(self.since, middle, self.zone), Window(middle, self.till, self.zone)


def spans(since: datetime, till: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The window in pieces, the oldest first."""
    while till - since > SPAN:
        yield since, since + SPAN
        since += SPAN
    yield since, till


def rows_of(
    api: DataApi, method: str, params: Mapping[str, Any], window: Window, *, reserved: bool
) -> list[Row]:
    """All rows of a window, by halves where there are more than pages reach. Raises TooMany for one second."""
    try:
        return list(api.pages(method, {**params, **window.params()}, reserved=reserved))
    except TooMany:
        if window.till - window.since < SHORTEST:
            raise
    return [row for half in window.halves() for row in rows_of(api, method, params, half, reserved=reserved)]
