"""The limits of portals, counted by all processes together: web, workers, on however many machines.

A row of PostgreSQL per portal (`app.storage.queries.budget`): one statement per request. Redis may lose its data and
RabbitMQ has nowhere to count, the database is there in any case.
"""

import time
from collections.abc import Callable, Iterable

from sqlalchemy import Engine

from app.storage.queries import budget
from bitrix_app.errors import RateLimited
from bitrix_app.limits.limiter import MAX_PENALTY_S, OPERATING_S, Counts, Limiter
from bitrix_app.limits.operating import Use

WORTH = 0.125
"""From this part of a method's time on, others are told after every answer."""


class SharedLimiter(Limiter):
    """See `Limiter`. What is in flight is known to this process alone: one worker at a time drains a portal."""

    def __init__(
        self,
        engine: Engine,
        rate: float,
        burst: float,
        operating: float = OPERATING_S,
        *,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(rate, burst, operating, wall=wall, sleep=sleep)
        self._engine = engine
        # A statement alone is its own transaction, and three times as fast as one between BEGIN and COMMIT.
        self._singly = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._refused: set[str] = set()

    def reserve(self, portal: str, timeout: float, spare: float = 0.0) -> float:
        room = self.room_beside(spare) / self.rate
        with self._singly.connect() as connection:
            found = budget.reserve(connection, portal, 1 / self.rate, room + timeout)
            if found is None:
                wait = budget.ahead(connection, portal) + 1 / self.rate - room
                raise RateLimited("no room in the request budget", max(wait, 0.1))
        with self._lock:
            self._of(portal).merge(found.operating)
        return max(0.0, found.ahead - room)

    def empty(self, portal: str) -> float:
        self._refused.add(portal)
        full = (self.room - 1) / self.rate
        with self._engine.begin() as connection:
            return budget.refused(connection, portal, full, MAX_PENALTY_S)

    def answered(self, portal: str) -> None:
        if portal in self._refused:
            self._refused.discard(portal)
            with self._engine.begin() as connection:
                budget.accepted(connection, portal)

    def pause(self, portal: str, method: str, reset_at: float | None = None) -> float:
        seconds = super().pause(portal, method, reset_at)
        self._tell(portal)
        return seconds

    def lost(self, portal: str, counts: Counts) -> None:
        super().lost(portal, counts)
        self._tell(portal)

    def settle(self, portal: str, counts: Counts, uses: Iterable[Use], finish: float | None) -> None:
        super().settle(portal, counts, uses, finish)
        with self._lock:
            worth = self._of(portal).busiest(self._wall()) > self.operating * WORTH
        if worth:
            self._tell(portal)

    def _tell(self, portal: str) -> None:
        with self._engine.begin() as connection:
            budget.exchange(connection, portal, lambda held: self._merged(portal, held))

    def _merged(self, portal: str, held: budget.JsonDict) -> budget.JsonDict:
        with self._lock:
            of = self._of(portal)
            of.merge(held)
            return of.to_json(self._wall())
