"""Group commit: events that arrive together are stored in one transaction, and each is answered after its commit.

A commit with a flush to the disk costs as much as many inserts. Whoever comes while another one commits waits for
that, then takes along everybody who waits too.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.storage.queries import inbox, work
from app.storage.queries.inbox import Arrival
from app.storage.queries.work import Work


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of an event. `fresh`: False for a repeat; `roused`: the lanes of its portal that were idle."""

    fresh: bool
    roused: frozenset[Work] = frozenset()


class _Ticket:
    """One event of a group, and what became of it, or the error."""

    __slots__ = ("error", "event", "stored")

    def __init__(self, event: Arrival) -> None:
        self.event = event
        self.stored: Stored | None = None
        self.error: SQLAlchemyError | None = None


class GroupWriter:
    """Stores events of many threads in common transactions."""

    def __init__(self) -> None:
        self._leading = threading.Lock()
        self._queueing = threading.Lock()
        self._waiting: list[_Ticket] = []

    def store(self, engine: Engine, event: Arrival) -> Stored:
        """Commit an event, together with those that came meanwhile. Raises SQLAlchemyError."""
        ticket = _Ticket(event)
        with self._queueing:
            self._waiting.append(ticket)
        with self._leading:
            if ticket.stored is None and ticket.error is None:
                with self._queueing:
                    group, self._waiting = self._waiting, []
                _commit(engine, group)
        if ticket.error is not None:
            raise ticket.error
        assert ticket.stored is not None
        return ticket.stored


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
        found = inbox.store_all(connection, [ticket.event for ticket in group])
        first: dict[int, _Ticket] = {}
        for ticket, new in zip(group, found, strict=True):
            if new:
                first.setdefault(ticket.event.installation_id, ticket)
        # In the order of their numbers: two groups that share portals must not wait for each other.
        roused = {
            installation_id: work.rouse(connection, installation_id, first[installation_id].event.now)
            for installation_id in sorted(first)
        }
    for ticket, new in zip(group, found, strict=True):
        portal = ticket.event.installation_id
        ticket.stored = Stored(new, roused[portal] if first.get(portal) is ticket else frozenset())
