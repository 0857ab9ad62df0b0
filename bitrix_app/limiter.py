"""The request budget of each portal: counted as Bitrix24 counts it, so that its limit is never met.

Bitrix24: limits. A leaky bucket per portal: every request adds one, `rate` leak away per second, above `burst`
requests are refused. A batch is one request.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bitrix_app.errors import RateLimited

MAX_PENALTY_S = 60.0


@dataclass(slots=True)
class _Bucket:
    level: float = 0.0
    at: float = 0.0
    penalty: float = 0.0
    paused: dict[str, float] = field(default_factory=dict)


class Limiter:
    """In memory, for one process. Thread-safe; waiting threads are served in the order in which they came.

    Requests that leave evenly may arrive bunched, so `headroom` of the burst is never used.
    """

    def __init__(
        self,
        rate: float,
        burst: float,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate = rate
        self.room = max(1.0, burst - min(3.0, burst / 4))
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, portal: str, timeout: float = 60.0) -> None:
        """Count one request, waiting for its turn. Raises RateLimited when that takes longer than `timeout`."""
        wait = self.reserve(portal, timeout)
        if wait > 0:
            self._sleep(wait)

    def reserve(self, portal: str, timeout: float) -> float:
        """Count one request and say in how many seconds it may be sent. Raises RateLimited like `take`."""
        with self._lock:
            bucket = self._leaked(portal)
            wait = max(0.0, (bucket.level + 1 - self.room) / self.rate)
            if wait > timeout:
                raise RateLimited("no room in the request budget", wait)
            bucket.level += 1
            return wait

    def free(self, portal: str) -> float:
        """How many requests could leave at once now (negative: that many are waiting)."""
        with self._lock:
            return self.room - self._leaked(portal).level

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

    def pause(self, portal: str, method: str, seconds: float) -> None:
        """OPERATION_TIME_LIMIT: leave this method alone for so long."""
        with self._lock:
            paused = self._leaked(portal).paused
            paused[method] = max(paused.get(method, 0.0), self._now() + seconds)

    def paused(self, portal: str, method: str) -> float:
        """Seconds for which this method is still to be left alone, 0 when it is free."""
        with self._lock:
            paused = self._leaked(portal).paused
            left = paused.get(method, 0.0) - self._now()
            if left <= 0:
                paused.pop(method, None)
            return max(0.0, left)

    def _leaked(self, portal: str) -> _Bucket:
        bucket = self._buckets.setdefault(portal, _Bucket(at=self._now()))
        now = self._now()
        bucket.level = max(0.0, bucket.level - (now - bucket.at) * self.rate)
        bucket.at = now
        return bucket
