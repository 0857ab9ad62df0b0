"""Reading the reports: the way in for chats that stay with operators in UIS, and the net under the callbacks.

Data API: `get.chats_report`, `get.chat_messages_report`. There is no "changed since": the window is over the start
of a chat, so it overlaps, and chats that are still open are read by their ids. Once an hour the window reaches
a day back, for what becomes known late (tags, advertising source). Rows become ordinary events of the inbox with
the keys of the callbacks, so that whatever came by both ways counts once.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select, update

from app.storage.models import InboxRow, UisChannel, UisConnection
from app.storage.queries import inbox, work
from app.storage.queries.counted import changed
from app.storage.services import Services
from app.uis import report
from app.uis.channels import ChannelBook, Known
from app.uis.connection import Connection, by_id
from app.uis.data import DataApi, pace
from app.uis.errors import Limited, UisError
from app.uis.keys import digest, message_key, report_key
from app.uis.memory import Memory
from app.uis.problem import as_problem
from app.uis.report import Row
from app.uis.visitors import Cards

OVERLAP = timedelta(minutes=10)
WIDE_EVERY, WIDE = timedelta(hours=1), timedelta(hours=24)
FARTHEST = timedelta(days=89)
CHATS_PER_CALL = 100
ROWS_PER_COMMIT = 500

Event = tuple[str, str, bytes]  # kind, key, body
Item = TypeVar("Item")


def poll_due(services: Services) -> int:
    """Read the reports of every connection whose time has come; how many events were new.

    A connection is claimed by moving its due time, so that any number of processes may call this.
    """
    now = services.clock.now()
    query = select(UisConnection.id, UisConnection.poll_due_at, UisConnection.answering).where(
        UisConnection.poll_due_at <= now, UisConnection.state == "connected"
    )
    with services.sessions() as session:
        due = session.execute(query).all()
    return sum(
        poll(services, number)
        for number, due_at, answering in due
        if _claim(services, number, due_at, now + _usual(services, answering))
    )


def poll(services: Services, connection_id: int) -> int:
    """Read what is new of one connection; how many events were new. UIS's failures are stored, not raised."""
    try:
        connection = by_id(services, connection_id)
    except UisError:
        return 0  # disconnected between the claim and now
    if "data_api_key" not in connection.secrets:
        return 0
    reader = _Reader(services, connection)
    try:
        fresh = reader.read_window()
    except UisError as error:
        reader.api.remember(as_problem(error))
        wait = timedelta(seconds=error.after) if isinstance(error, Limited) else timedelta(0)
        reader.schedule(max(wait, _usual(services, connection.answering)))
        return 0
    reader.api.remember(None, names_unread=reader.cards.unread)
    reader.schedule(pace(reader.api.limits, _usual(services, connection.answering)))
    return fresh


def read_chats(services: Services, connection_id: int, chat_ids: Collection[int]) -> int:
    """Read just these chats (ids of the Chat API) now; how many events were new. Raises UisError."""
    reader = _Reader(services, by_id(services, connection_id))
    return reader.read_chats(sorted(chat_ids))


def _claim(services: Services, connection_id: int, due_at: datetime | None, until: datetime) -> bool:
    query = update(UisConnection).where(
        UisConnection.id == connection_id, UisConnection.poll_due_at == due_at
    )
    with services.sessions.begin() as session:
        return changed(session, query.values(poll_due_at=until)) == 1


def _usual(services: Services, answering: str) -> timedelta:
    config = services.config
    return timedelta(seconds=config.poll if answering == "uis" else config.reconcile)


class _Reader:
    """One reading of one connection."""

    def __init__(self, services: Services, connection: Connection) -> None:
        self.services = services
        self.connection = connection
        self.api = DataApi(services, connection)
        self.zone = report.zone(connection.timezone)
        self.now = services.clock.now()
        self.memory = Memory.load(connection.polled)
        self.book = _channel_book(services, connection.id)
        self.cards = Cards(self.api)

    def read_window(self) -> int:
        """The overlapping window and the chats that are still open."""
        wide = self.memory.wide_at is None or self.now - self.memory.wide_at >= WIDE_EVERY
        till = self.connection.polled_till or self.connection.created_at
        since = max(till - (WIDE if wide else OVERLAP), self.connection.created_at, self.now - FARTHEST)
        rows = {row["id"]: row for row in self._chats(since)}
        for numbers in _chunks(sorted(self.memory.open_chats(self.now) - rows.keys())):
            rows |= {row["id"]: row for row in self._chats(self.now - FARTHEST, _any_of("id", numbers))}
        fresh = self._take(list(rows.values()))
        if wide:
            self.memory.wide_at = self.now
        self._keep(polled_till=self.now)
        return fresh

    def read_chats(self, chat_ids: Sequence[int]) -> int:
        """Chats by their ids."""
        field, rows = self.memory.id_field or "id", list[Row]()
        for numbers in _chunks(chat_ids):
            rows += self._chats(self.now - FARTHEST, _any_of(field, numbers))
        fresh = self._take(rows)
        self._keep()
        return fresh

    def schedule(self, after: timedelta) -> None:
        """When to read again."""
        with self.services.sessions.begin() as session:
            session.execute(
                update(UisConnection)
                .where(UisConnection.id == self.connection.id)
                .values(poll_due_at=self.now + after)
            )

    def _chats(self, since: datetime, condition: dict[str, Any] | None = None) -> list[Row]:
        params: dict[str, Any] = {
            "date_from": report.local(since, self.zone), "date_till": report.local(self.now, self.zone),
            "fields": report.chat_fields(),
        }  # fmt: skip
        if condition:
            params["filter"] = condition
        rows = self.api.pages("get.chats_report", params, reserved=True)
        return [row for row in rows if isinstance(row.get("id"), int)]

    def _take(self, rows: Sequence[Row]) -> int:
        """Store what is new of these chats and of their messages."""
        ours = {
            row["id"]: (row, channel)
            for row in rows
            if row.get("chat_channel_type") not in report.FOREIGN_TYPES
            and (channel := self.book.joined(row)) is not None
        }
        self._learn_ids([row for row, _ in ours.values()])
        reports = [event for row, channel in ours.values() if (event := self._reported(row, channel))]
        moved = {int(key.split(":")[1]) for _, key, _ in reports}
        wanted = [
            number for number, (row, _) in ours.items() if report.is_open(row) or self._chat_id(row) in moved
        ]
        messages = list(self._messages(wanted, ours))
        visitors = {row["visitor_id"] for row, _ in map(ours.__getitem__, wanted) if row.get("visitor_id")}
        cards = list(self.cards.read(visitors))
        # A close must not be seen before the last words.
        return self._store([*messages, *cards, *reports])

    def _reported(self, row: Row, channel: int) -> Event | None:
        started = report.moment(row.get("date_time"), self.zone)
        if started is None:
            return None  # without its start nobody can tell which chat of the visitor this is
        told = {**row, "id": self._chat_id(row)}
        # An open chat grows longer every second: that alone is no news.
        steady = {
            name: value for name, value in told.items() if name != "duration" or not report.is_open(row)
        }
        state = digest(report.report_body(steady, self.connection.timezone, channel))
        turn = self.memory.notice(row["id"], state, started, report.is_open(row))
        if turn is None:
            return None
        body = report.report_body(told, self.connection.timezone, channel)
        steady_body = report.report_body(steady, self.connection.timezone, channel)
        return "report", report_key(told["id"], turn, steady_body), body

    def _messages(self, numbers: Sequence[int], ours: dict[int, tuple[Row, int]]) -> Iterator[Event]:
        for some in _chunks(numbers):
            params = {"chat_ids": list(some), "fields": list(report.MESSAGE_FIELDS)}
            found = self.api.pages("get.chat_messages_report", params, reserved=True)
            asked = [message for message in found if message.get("chat_id") in ours and message.get("id")]
            for message in sorted(asked, key=lambda message: int(message["id"])):
                row, channel = ours[message["chat_id"]]
                told = {**message, "chat_id": self._chat_id(row)}
                body = report.message_body(told, self.connection.timezone, channel)
                yield "message", message_key(message["id"], message.get("text") or ""), body

    def _chat_id(self, row: Row) -> int:
        return int(row.get(self.memory.id_field or "id") or row["id"])

    def _learn_ids(self, rows: Sequence[Row]) -> None:
        """Find out by the callbacks that we had which column of the report is the Chat API's chat id."""
        if self.memory.id_field is not None:
            return
        for row in rows:
            pair = {name: row.get(name) for name in ("id", "communication_id")}
            if pair["id"] == pair["communication_id"]:
                continue
            keys = {f"chat:{value}:new": name for name, value in pair.items()}
            known = _stored_keys(self.services, self.connection.installation_id, list(keys))
            if len(known) == 1:
                self.memory.id_field = keys[known.pop()]
                return

    def _store(self, events: Sequence[Event]) -> int:
        fresh = 0
        for some in _chunks(events, ROWS_PER_COMMIT):
            fresh += self._commit(some)
        if fresh:
            self.services.wake(self.connection.installation_id)
        return fresh

    def _commit(self, events: Iterable[Event]) -> int:
        number, fresh = self.connection.installation_id, 0
        with self.services.engine.begin() as connection:
            for kind, key, body in events:
                fresh += inbox.store(
                    connection, installation_id=number, source="poll", kind=kind, dedup_key=key, body=body,
                    now=self.now,
                )  # fmt: skip
            if fresh:
                work.due_by(connection, number, self.now)
        return fresh

    def _keep(self, **values: Any) -> None:
        with self.services.sessions.begin() as session:
            session.execute(
                update(UisConnection)
                .where(UisConnection.id == self.connection.id)
                .values(polled=self.memory.dump(self.now), **values)
            )


def _channel_book(services: Services, connection_id: int) -> ChannelBook:
    query = select(UisChannel).where(UisChannel.connection_id == connection_id)
    with services.sessions() as session:
        rows = session.scalars(query).all()
    return ChannelBook(
        Known(row.chat_channel_id, row.adapter_channel_id, row.type, row.name, row.joined) for row in rows
    )


def _stored_keys(services: Services, installation_id: int, keys: list[str]) -> set[str]:
    query = select(InboxRow.dedup_key).where(
        InboxRow.installation_id == installation_id, InboxRow.dedup_key.in_(keys)
    )
    with services.sessions() as session:
        return set(session.scalars(query))


def _any_of(field: str, numbers: Sequence[int]) -> dict[str, Any]:
    """A filter for some ids: the operator `in` is not there for every method, trees are."""
    filters = [{"field": field, "operator": "=", "value": number} for number in numbers]
    return {"filters": filters, "condition": "or"}


def _chunks(items: Sequence[Item], size: int = CHATS_PER_CALL) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
