"""When the reports are read: the way in for chats that stay with operators in UIS and for offline requests, and
the net under the callbacks.

How chats are read is in `chats`, how requests are in `offline`, the import of what was before us in `history`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.base.config import Config
from app.storage.models import UisConnection
from app.storage.queries.counted import changed
from app.storage.services import Services
from app.uis.connection import by_id
from app.uis.data import pace
from app.uis.errors import Limited, UisError
from app.uis.problem import as_problem
from app.uis.reports import history
from app.uis.reports.chats import ChatReader
from app.uis.reports.offline import RequestReader

STEP_LEASE = timedelta(minutes=10)
REQUESTS_SLOWER = 2.5
"""Where chats are polled often, requests are read so much more rarely: together within the points of a day."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is read by a rhythm of its own. `due`: name of the column with its due time."""

    due: str
    reader: type[ChatReader] | type[RequestReader]
    usual: Callable[[Config, str], float]


def _usual_of_chats(config: Config, answering: str) -> float:
    return config.poll if answering == "uis" else config.reconcile


def _usual_of_requests(config: Config, answering: str) -> float:
    return config.poll * REQUESTS_SLOWER if answering == "uis" else config.poll


CHATS = _Kind("poll_due_at", ChatReader, _usual_of_chats)
REQUESTS = _Kind("requests_due_at", RequestReader, _usual_of_requests)


def poll_due(services: Services) -> int:
    """Read the reports of every connection whose time has come; how many events were new.

    A connection is claimed by moving its due time, so that any number of processes may call this.
    """
    return sum(_poll_due(services, kind) for kind in (CHATS, REQUESTS)) + _history_due(services)


def poll(services: Services, connection_id: int) -> int:
    """Read chats that are new of one connection; how many events were new. UIS's failures are stored, not raised."""
    return _poll(services, connection_id, CHATS)


def poll_requests(services: Services, connection_id: int) -> int:
    """The same for offline requests."""
    return _poll(services, connection_id, REQUESTS)


def read_chats(services: Services, connection_id: int, chat_ids: Collection[int]) -> int:
    """Read just these chats (ids of the Chat API) now; how many events were new. Raises UisError."""
    return ChatReader(services, by_id(services, connection_id)).read_chats(sorted(chat_ids))


def _poll_due(services: Services, kind: _Kind) -> int:
    now = services.clock.now()
    column = getattr(UisConnection, kind.due)
    query = select(UisConnection.id, column, UisConnection.answering).where(
        column <= now, UisConnection.state == "connected"
    )
    with services.sessions() as session:
        due = session.execute(query).all()
    return sum(
        _poll(services, number, kind)
        for number, due_at, answering in due
        if _claim(services, number, kind.due, due_at, now + _usual(services, kind, answering))
    )


def _history_due(services: Services) -> int:
    """The next step of every import of history; a step that dies with its process is done again."""
    now = services.clock.now()
    query = select(UisConnection.id, UisConnection.history_due_at).where(UisConnection.history_due_at <= now)
    with services.sessions() as session:
        due = session.execute(query).all()
    return sum(
        history.step(services, number)
        for number, due_at in due
        if _claim(services, number, "history_due_at", due_at, now + STEP_LEASE)
    )


def _poll(services: Services, connection_id: int, kind: _Kind) -> int:
    try:
        connection = by_id(services, connection_id)
    except UisError:
        return 0  # disconnected between the claim and now
    if "data_api_key" not in connection.secrets:
        return 0
    usual = _usual(services, kind, connection.answering)
    reader = kind.reader(services, connection)
    try:
        fresh = reader.read_window()
    except UisError as error:
        reader.api.remember(as_problem(error))
        wait = timedelta(seconds=error.after) if isinstance(error, Limited) else timedelta(0)
        _schedule(services, connection_id, kind, max(wait, usual))
        return 0
    reader.remember()
    _schedule(services, connection_id, kind, pace(reader.api.limits, usual))
    return fresh


def _usual(services: Services, kind: _Kind, answering: str) -> timedelta:
    return timedelta(seconds=kind.usual(services.config, answering))


def _claim(
    services: Services, connection_id: int, name: str, due_at: datetime | None, until: datetime
) -> bool:
    column = getattr(UisConnection, name)
    query = update(UisConnection).where(UisConnection.id == connection_id, column == due_at)
    with services.sessions.begin() as session:
        return changed(session, query.values({column: until})) == 1


def _schedule(services: Services, connection_id: int, kind: _Kind, after: timedelta) -> None:
    column = getattr(UisConnection, kind.due)
    query = update(UisConnection).where(UisConnection.id == connection_id)
    with services.sessions.begin() as session:
        session.execute(query.values({column: services.clock.now() + after}))
