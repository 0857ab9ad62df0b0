"""Reading chats from the reports of one connection.

Data API: `get.chats_report`, `get.chat_messages_report`. There is no "changed since": the window is over the start
of a chat, so it overlaps, and chats that are still open are read by their ids. Once an hour the window reaches
a day back, for what becomes known late (tags, advertising source). Rows become ordinary events of the inbox with
the keys of the callbacks, so that whatever came by both ways counts once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.storage.models import UisChannel, UisConnection
from app.storage.services import Services
from app.uis.channels import ChannelBook, Known
from app.uis.connection import Connection
from app.uis.data import DataApi
from app.uis.errors import TooMany, UisError
from app.uis.keys import digest, message_key, report_key
from app.uis.reports import chat_rows as report
from app.uis.reports import lost
from app.uis.reports.batch import Event, any_of, chunks, store, stored_keys
from app.uis.reports.chat_rows import Row
from app.uis.reports.memory import Memory
from app.uis.reports.visitors import OUT_OF_REACH, Cards
from app.uis.reports.windows import Window, rows_of, spans

OVERLAP = timedelta(minutes=10)
WIDE_EVERY, WIDE = timedelta(hours=1), timedelta(hours=24)


class ChatReader:
    """One reading of one connection. `reserved`: it may use the last points of the day."""

    def __init__(self, services: Services, connection: Connection, *, reserved: bool = True) -> None:
        self.services = services
        self.connection = connection
        self.api = DataApi(services, connection)
        self.reserved = reserved
        self.zone = report.zone(connection.timezone)
        self.now = services.clock.now()
        self.memory = Memory.load(connection.polled)
        self.book = _channel_book(services, connection.id)
        self.till = connection.polled_till or connection.created_at
        self.messages_unread: bool | None = None  # nothing was asked
        self.cards = Cards(self.api)

    def read_window(self) -> int:
        """The overlapping window and the chats that are still open."""
        wide = self.memory.wide_at is None or self.now - self.memory.wide_at >= WIDE_EVERY
        back = self.till - (WIDE if wide else OVERLAP)
        since = max(back, self.connection.created_at, self.now - report.FARTHEST)
        seen, fresh = set[int](), 0
        for start, end in spans(since, self.now):
            rows = self.chats(start, end)
            seen |= {row["id"] for row in rows}
            fresh += self._take_slices(rows, again=wide)
            self.till = max(self.till, end)
        rows = self._by_ids("id", sorted(self.memory.open_chats(self.now) - seen))
        fresh += self._take_slices(rows, again=wide)
        if wide:
            self.memory.wide_at, self.memory.followed = self.now, set()
        self._keep(polled_till=self.now)
        return fresh

    def read_chats(self, chat_ids: Sequence[int]) -> int:
        """Chats by their ids."""
        fresh = self.take(self._by_ids(self.memory.id_field or "id", chat_ids), again=True)
        self._keep()
        return len(fresh)

    def _by_ids(self, field: str, chat_ids: Sequence[int]) -> list[Row]:
        rows = list[Row]()
        for numbers in chunks(chat_ids):
            rows += self.chats(self.now - report.FARTHEST, self.now, any_of(field, numbers))
        return rows

    def _take_slices(self, rows: Sequence[Row], *, again: bool) -> int:
        """Store what is new of them, the oldest first, and note after every slice how far it came.

        When the points run out in the middle, what was read is not asked for again.
        """
        fresh, ours = 0, self.ours(rows)
        self._learn_ids([row for row, _ in ours.values()])
        wanted = [row for row, channel in ours.values() if self._is_wanted(row, channel, again=again)]
        wanted.sort(key=lambda row: (str(row.get("date_time")), row["id"]))
        for some in chunks(wanted):
            events = self.take(some, again=again)
            lost.count(self.services, self.connection, events, self.now)
            if again:
                self.memory.followed |= {row["id"] for row in some}
            # The next window begins before it, so that others of the same second are in it.
            self.till = max(self.till, report.moment(some[-1].get("date_time"), self.zone) or self.till)
            self._keep(polled_till=self.till)
            fresh += len(events)
        return fresh

    def _is_wanted(self, row: Row, channel: int, *, again: bool) -> bool:
        number = row["id"]
        follow = again and report.is_open(row) and number not in self.memory.followed
        news = self.memory.is_news(number, digest(self._steady(row, channel)))
        return news or follow or number in self.memory.behind

    def chats(self, since: datetime, till: datetime, condition: dict[str, Any] | None = None) -> list[Row]:
        """Rows of chats that began in a window; nothing is stored."""
        params: dict[str, Any] = {"fields": report.chat_fields()}
        if condition:
            params["filter"] = condition
        window = Window(since, till, self.zone)
        rows = rows_of(self.api, "get.chats_report", params, window, reserved=self.reserved)
        return [row for row in rows if isinstance(row.get("id"), int)]

    def ours(self, rows: Sequence[Row]) -> dict[int, tuple[Row, int]]:
        """Rows that are communications in joined channels, by their ids, with the channel of the set-up list."""
        return {
            row["id"]: (row, channel)
            for row in rows
            if row.get("chat_channel_type") not in report.FOREIGN_TYPES
            and (channel := self.book.joined(row)) is not None
        }

    def chat_id(self, row: Row) -> int:
        """The Chat API's id of a row's chat."""
        return int(row.get(self.memory.id_field or "id") or row["id"])

    def take(self, rows: Sequence[Row], *, again: bool) -> list[Event]:
        """Store what is new of these chats and of their messages; the events that were new.

        `again`: also messages and cards of open chats whose row says nothing new: an edited text changes no row.
        """
        ours = self.ours(rows)
        self._learn_ids([row for row, _ in ours.values()])
        known = set(self.memory.chats)
        reports = {
            number: event
            for number, (row, channel) in ours.items()
            if (event := self._reported(row, channel)) is not None
        }
        followed = {number for number, (row, _) in ours.items() if again and report.is_open(row)}
        wanted = sorted(reports.keys() | followed | (self.memory.behind & ours.keys()))
        messages = self._messages(wanted, ours)
        strangers = (set(wanted) - known) | followed
        cards = list(self.cards.read(_visitors(ours[number][0] for number in strangers)))
        # A close must not be seen before the last words.
        events = [*messages, *cards, *reports.values()]
        return store(self.services, self.connection.installation_id, events, self.now)

    def remember(self) -> None:
        """Note with the connection that the key works, and what was out of its reach."""
        self.api.remember(None, names_unread=self.cards.unread, messages_unread=self.messages_unread)

    def _reported(self, row: Row, channel: int) -> Event | None:
        started = report.moment(row.get("date_time"), self.zone)
        if started is None:
            return None  # without its start nobody can tell which chat of the visitor this is
        told, steady_body = {**row, "id": self.chat_id(row)}, self._steady(row, channel)
        turn = self.memory.notice(row["id"], digest(steady_body), started, report.is_open(row))
        if turn is None:
            return None
        body = report.report_body(told, self.connection.timezone, channel)
        return "report", report_key(told["id"], turn, steady_body), body

    def _steady(self, row: Row, channel: int) -> bytes:
        """The body by which news is told. An open chat grows longer every second: that alone is none."""
        told = {**row, "id": self.chat_id(row)}
        if report.is_open(row):
            told.pop("duration", None)
        return report.report_body(told, self.connection.timezone, channel)

    def _messages(self, numbers: Sequence[int], ours: dict[int, tuple[Row, int]]) -> list[Event]:
        events: list[Event] = []
        for some in chunks(numbers):
            found = self._said_if_allowed(some)
            if found is None:
                self.memory.behind |= set(some)  # read when they may be
                continue
            asked = [message for message in found if message.get("chat_id") in ours and message.get("id")]
            asked.sort(key=lambda message: int(message["id"]))
            events += (self._message(message, *ours[message["chat_id"]]) for message in asked)
            self._note_behind(some, asked, ours)
        return events

    def _said_if_allowed(self, numbers: Sequence[int]) -> list[Row] | None:
        """None where the tariff or the key does not let us: chats still come in, without their messages."""
        if self.messages_unread:
            return None
        try:
            found = self._said(numbers)
        except UisError as error:
            if error.code not in OUT_OF_REACH:
                raise
            self.messages_unread = True
            return None
        self.messages_unread = False
        return found

    def _said(self, numbers: Sequence[int]) -> list[Row]:
        """The messages of some chats; of fewer at a time where pages do not reach the last of them."""
        params = {"chat_ids": list(numbers), "fields": list(report.MESSAGE_FIELDS)}
        try:
            return list(self.api.pages("get.chat_messages_report", params, reserved=self.reserved))
        except TooMany:
            if len(numbers) == 1:
                raise
        middle = len(numbers) // 2
        return self._said(numbers[:middle]) + self._said(numbers[middle:])

    def _message(self, message: Row, row: Row, channel: int) -> Event:
        told = {**message, "chat_id": self.chat_id(row)}
        body = report.message_body(told, self.connection.timezone, channel)
        return "message", message_key(message["id"], message.get("text") or ""), body

    def _note_behind(
        self, numbers: Sequence[int], messages: Sequence[Row], ours: dict[int, tuple[Row, int]]
    ) -> None:
        """Open chats that have more messages than the report of messages told: it is read again next time."""
        told = dict.fromkeys(numbers, 0)
        for message in messages:
            told[message["chat_id"]] += 1
        for number, count in told.items():
            row = ours[number][0]
            more = report.is_open(row) and count < (row.get("messages_count") or 0)
            (self.memory.behind.add if more else self.memory.behind.discard)(number)

    def _learn_ids(self, rows: Sequence[Row]) -> None:
        """Find out by the callbacks that we had which column of the report is the Chat API's chat id."""
        if self.memory.id_field is not None:
            return
        for row in rows:
            pair = {name: row.get(name) for name in ("id", "communication_id")}
            if pair["id"] == pair["communication_id"]:
                continue
            keys = {f"chat:{value}:new": name for name, value in pair.items()}
            known = stored_keys(self.services, self.connection.installation_id, list(keys))
            if len(known) == 1:
                self.memory.id_field = keys[known.pop()]
                return

    def _keep(self, **values: Any) -> None:
        with self.services.sessions.begin() as session:
            session.execute(
                update(UisConnection)
                .where(UisConnection.id == self.connection.id)
                .values(polled=self.memory.dump(self.now), **values)
            )


def _visitors(rows: Iterable[Row]) -> set[int]:
    return {row["visitor_id"] for row in rows if row.get("visitor_id")}


def _channel_book(services: Services, connection_id: int) -> ChannelBook:
    query = select(UisChannel).where(UisChannel.connection_id == connection_id)
    with services.sessions() as session:
        rows = session.scalars(query).all()
    return ChannelBook(
        Known(row.chat_channel_id, row.adapter_channel_id, row.type, row.name, row.joined) for row in rows
    )
