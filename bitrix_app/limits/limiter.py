"""The two limits of each portal, counted as Bitrix24 counts them, so that neither is ever met.

Bitrix24: limits. A leaky bucket per portal: every request adds one, `rate` leak away per second, above `burst`
requests are refused; a batch is one request. Beside it the working time of each method: see `operating`.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bitrix_app.errors import RateLimited
from bitrix_app.limits.operating import Operating, Use

MAX_PENALTY_S = 60.0
OPERATING_S = 480.0
UNTOLD_PAUSE_S = 60.0
SPARE = 3.0
"""Requests of the burst that bulk work leaves for what somebody waits for."""

Counts = Mapping[str, int]


@dataclass(slots=True)
class _Bucket:
    level: float = 0.0
    at: float = 0.0
    penalty: float = 0.0


class Limiter:
    """In memory, for one process. Thread-safe; waiting threads are served in the order in which they came.

    Requests that leave evenly may arrive bunched, so a part of the burst is never used.
    """

    def __init__(
        self,
        rate: float,
        burst: float,
        operating: float = OPERATING_S,
        *,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate = rate
        self.room = max(1.0, burst - min(3.0, burst / 4))
        self.operating = operating
        self._now = now
        self._wall = wall
        self._sleep = sleep
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}
        self._methods: dict[str, Operating] = {}

    def take(self, portal: str, timeout: float = 60.0) -> None:
        """Count one request, waiting for its turn. Raises RateLimited when that takes longer than `timeout`."""
        wait = self.reserve(portal, timeout)
        if wait > 0:
            self._sleep(wait)

    def reserve(self, portal: str, timeout: float, spare: float = 0.0) -> float:
        """Count one request and say in how many seconds it may be sent. Raises RateLimited like `take`.

        `spare`: so many requests of the burst are left to others.
        """
        room = self.room_beside(spare)
        with self._lock:
            bucket = self._leaked(portal)
            wait = max(0.0, (bucket.level + 1 - room) / self.rate)
            if wait > timeout:
                raise RateLimited("no room in the request budget", wait)
            bucket.level += 1
            return wait

    def room_beside(self, spare: float) -> float:
        """The part of the burst that is used when `spare` requests are left to others; never less than half."""
        return max(self.room - spare, self.room / 2, 1.0)

    def empty(self, portal: str) -> float:
        """The portal refused: nothing for 1, 2, 4 ... 60 seconds. Returns how many."""
        with self._lock:
            bucket = self._leaked(portal)
            bucket.penalty = min(MAX_PENALTY_S, bucket.penalty * 2 or 1.0)
            bucket.level = max(bucket.level, self.room + self.rate * bucket.penalty - 1)
            return bucket.penalty

    def answered(self, portal: str) -> None:
        """The portal accepted a request: the next refusal begins with one second again."""
        with self._lock:
            self._leaked(portal).penalty = 0.0

    def paused(self, portal: str, method: str) -> float:
        """Seconds for which this method is to be left alone, 0 when it is free."""
        with self._lock:
            return self._of(portal).wait({method: 1}, self._wall())

    def mean(self, portal: str, method: str) -> float:
        """Seconds that one command of the method takes there."""
        with self._lock:
            return self._of(portal).mean(method)

    def pause(self, portal: str, method: str, reset_at: float | None = None) -> float:
        """OPERATION_TIME_LIMIT: leave this method alone, until `reset_at` (unix seconds there) if that is told.

        Returns the seconds.
        """
        with self._lock:
            return self._of(portal).block(method, self._wall(), reset_at, UNTOLD_PAUSE_S)

    def admit(self, portal: str, groups: Sequence[Counts], *, careful: bool = False) -> list[float]:
        """For each group of commands (method -> how many) 0, and their time is taken; or the seconds to wait.

        `careful`: see `Operating.wait`.
        """
        with self._lock:
            of, waits = self._of(portal), []
            for counts in groups:
                waits.append(of.wait(counts, self._wall(), careful=careful))
                if waits[-1] <= 0:
                    of.take(counts)
            return waits

    def withdraw(self, portal: str, counts: Counts) -> None:
        """Commands that were admitted were certainly not carried out."""
        with self._lock:
            self._of(portal).give_back(counts)

    def lost(self, portal: str, counts: Counts) -> None:
        """Commands that were admitted may have been carried out: no answer came."""
        with self._lock:
            self._of(portal).lose(counts, self._wall())

    def settle(self, portal: str, counts: Counts, uses: Iterable[Use], finish: float | None) -> None:
        """Commands that were admitted are answered. `finish`: unix seconds of the portal's clock at the answer."""
        with self._lock:
            of = self._of(portal)
            if finish is not None:
                of.offset = finish - self._wall()
            of.give_back(counts)
            of.note(uses)

    def _of(self, portal: str) -> Operating:
        return self._methods.setdefault(portal, Operating(self.operating))

    def _leaked(self, portal: str) -> _Bucket:
        bucket = self._buckets.setdefault(portal, _Bucket(at=self._now()))
        now = self._now()
        bucket.level = max(0.0, bucket.level - (now - bucket.at) * self.rate)
        bucket.at = now
        return bucket
