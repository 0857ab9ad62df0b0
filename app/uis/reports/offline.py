"""Reading offline requests from the report of one connection.

Data API: `get.offline_messages_report`. The window is over the arrival of a request and overlaps; once an hour it
reaches three days back and once a day thirty, for requests that are processed late and for what becomes known
late (tags, attributes).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from app.storage.models import UisConnection
from app.storage.services import Services
from app.uis.connection import Connection
from app.uis.data import DataApi
from app.uis.errors import UisError
from app.uis.keys import digest, request_key
from app.uis.reports import chat_rows as report
from app.uis.reports.batch import Event, store
from app.uis.reports.chat_rows import Row
from app.uis.reports.memory import Memory
from app.uis.reports.request_rows import FOREIGN_FORM, is_processed, request_body, request_fields
from app.uis.reports.visitors import OUT_OF_REACH
from app.uis.reports.windows import Window, rows_of

OVERLAP = timedelta(minutes=10)
WIDE_EVERY, WIDE = timedelta(hours=1), timedelta(days=3)
FAR_EVERY, FAR = timedelta(days=1), timedelta(days=30)
KEPT = WIDE + timedelta(hours=1)


class RequestReader:
    """One reading of one connection. `reserved`: it may use the last points of the day.

    Its memory is `requests_polled`: that of `app.uis.reports.memory` for requests, with `till` and `far_at` in unix
    seconds.
    """

    def __init__(self, services: Services, connection: Connection, *, reserved: bool = True) -> None:
        self.services = services
        self.connection = connection
        self.api = DataApi(services, connection)
        self.reserved = reserved
        self.zone = report.zone(connection.timezone)
        self.now = services.clock.now()
        self.memory = Memory.load(connection.requests_polled)
        self.unread = False
        self.till = _moment(connection.requests_polled.get("till"))
        self.far_at = _moment(connection.requests_polled.get("far_at"))

    def read_window(self) -> int:
        """What came since the last read, with an overlap; how many events were new."""
        try:
            fresh = self.take(self.requests(self._since(), self.now))
        except UisError as error:
            if error.code not in OUT_OF_REACH:
                raise
            self.unread = True  # the tariff or the key does not let us: chats still come in
            return 0
        self._keep()
        return len(fresh)

    def requests(self, since: datetime, till: datetime) -> list[Row]:
        """Rows of requests that arrived in a window; nothing is stored."""
        params, window = {"fields": request_fields()}, Window(since, till, self.zone)
        rows = rows_of(self.api, "get.offline_messages_report", params, window, reserved=self.reserved)
        return [
            row for row in rows if isinstance(row.get("id"), int) and row.get("form_type") != FOREIGN_FORM
        ]

    def take(self, rows: Sequence[Row]) -> list[Event]:
        """Store what is new of these requests; the events that were new."""
        events = [event for row in rows if (event := self._reported(row)) is not None]
        return store(self.services, self.connection.installation_id, events, self.now)

    def remember(self) -> None:
        """Note with the connection whether requests can be read; whether the key works chats say."""
        self.api.note({"requests_unread": self.unread})

    def _since(self) -> datetime:
        back = OVERLAP
        if _due(self.memory.wide_at, WIDE_EVERY, self.now):
            back, self.memory.wide_at = WIDE, self.now
        if _due(self.far_at, FAR_EVERY, self.now):
            back, self.far_at = FAR, self.now
        till = self.till or self.connection.created_at
        # After a long pause the report would refuse the whole of it, at every read.
        return max(till - back, self.connection.created_at, self.now - report.FARTHEST)

    def _reported(self, row: Row) -> Event | None:
        arrived = report.moment(row.get("date_time"), self.zone)
        if arrived is None:
            return None
        body = request_body(row, self.connection.timezone)
        turn = self.memory.notice(row["id"], digest(body), arrived, not is_processed(row))
        return None if turn is None else ("offline", request_key(row["id"], turn, body), body)

    def _keep(self) -> None:
        kept = self.memory.dump(self.now, KEPT, KEPT)
        kept |= {"till": self.now.timestamp(), "far_at": self.far_at.timestamp() if self.far_at else None}
        with self.services.sessions.begin() as session:
            session.execute(
                update(UisConnection)
                .where(UisConnection.id == self.connection.id)
                .values(requests_polled=kept)
            )


def _due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or now - last >= every


def _moment(value: Any) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if value else None
