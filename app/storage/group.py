"""Group commit: events that arrive together are stored in one transaction, and each is answered after its commit.

A commit with a flush to the disk costs as much as many inserts. Whoever comes while another one commits waits for
that, then takes along everybody who waits too.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.storage.queries import inbox, work


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event to store. See `app.storage.queries.inbox.store`."""

    installation_id: int
    source: str
    kind: str
    dedup_key: str
    body: bytes
    now: datetime


class _Ticket:
    """What became of one event of a group: fresh or a repeat, or the error."""

    __slots__ = ("error", "event", "fresh")

    def __init__(self, event: Event) -> None:
        self.event = event
        self.fresh: bool | None = None
        self.error: SQLAlchemyError | None = None


class GroupWriter:
    """Stores events of many threads in common transactions."""

    def __init__(self) -> None:
        self._leading = threading.Lock()
        self._queueing = threading.Lock()
        self._waiting: list[_Ticket] = []

    def store(self, engine: Engine, event: Event) -> bool:
        """Commit an event, together with those that came meanwhile. False for a repeat; raises SQLAlchemyError."""
        ticket = _Ticket(event)
        with self._queueing:
            self._waiting.append(ticket)
        with self._leading:
            if ticket.fresh is None and ticket.error is None:
                with self._queueing:
                    group, self._waiting = self._waiting, []
                _commit(engine, group)
        if ticket.error is not None:
            raise ticket.error
        return bool(ticket.fresh)


def _commit(engine: Engine, group: Sequence[_Ticket]) -> None:
    try:
        _commit_together(engine, group)
    except SQLAlchemyError as error:
        if len(group) == 1:
            group[0].error = error
            return
        for ticket in group:  # one of them spoils the transaction of all: each for itself
            _commit(engine, [ticket])


def _commit_together(engine: Engine, group: Sequence[_Ticket]) -> None:
    with engine.begin() as connection:
        found = [_insert(connection, ticket.event) for ticket in group]
        fresh = {
            ticket.event.installation_id: ticket.event.now
            for ticket, new in zip(group, found, strict=True)
            if new
        }
        for installation_id, now in fresh.items():
            work.due_by(connection, installation_id, now)
    for ticket, new in zip(group, found, strict=True):
        ticket.fresh = new


def _insert(connection: Connection, event: Event) -> bool:
    return inbox.store(
        connection, installation_id=event.installation_id, source=event.source, kind=event.kind,
        dedup_key=event.dedup_key, body=event.body, now=event.now,
    )  # fmt: skip
