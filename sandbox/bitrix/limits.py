"""The two limits of a portal (Bitrix24: limits): request rate and execution time of methods."""

import threading

from sandbox.bitrix.errors import RestError
from sandbox.core.clock import Clock

BASKET_S = 60
WINDOW_S = 600


class Bucket:
    """Leaky bucket per source address: every request adds one, `rate` leak away per second, above `burst` refused."""

    def __init__(self, clock: Clock, rate: float = 2.0, burst: float = 50.0) -> None:
        self.rate = rate
        self.burst = burst
        self.refused = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}

    def pour(self, source: str) -> None:
        """Count one HTTP request; raises QUERY_LIMIT_EXCEEDED when the bucket would flow over."""
        with self._lock:
            now = self._clock.now()
            level, at = self._levels.get(source, (0.0, now))
            level = max(0.0, level - (now - at) * self.rate)
            if level + 1 > self.burst:
                self._levels[source] = (level, now)
                self.refused += 1
                raise query_limit_exceeded()
            self._levels[source] = (level + 1, now)

    def level(self, source: str = "127.0.0.1") -> float:
        """How full it is now."""
        with self._lock:
            level, at = self._levels.get(source, (0.0, self._clock.now()))
            return max(0.0, level - (self._clock.now() - at) * self.rate)


def query_limit_exceeded() -> RestError:
    """The refusal of a too fast client."""
    return RestError("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)


class Operating:
    """Execution time per application and method in one-minute baskets of the last ten minutes."""

    def __init__(self, clock: Clock, limit_s: float = 480.0) -> None:
        self.limit_s = limit_s
        self.refused = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._baskets: dict[tuple[str, str], dict[int, tuple[float, float]]] = {}

    def check(self, client: str, method: str) -> None:
        """Raises OPERATION_TIME_LIMIT when the sum is over the limit already."""
        if self.spent(client, method)[0] > self.limit_s:
            self.refused += 1
            raise operation_time_limit()

    def add(self, client: str, method: str, seconds: float) -> None:
        """Count one execution that began about now."""
        with self._lock:
            now = self._clock.now()
            baskets = self._baskets.setdefault((client, method), {})
            first, total = baskets.get(int(now // BASKET_S), (now, 0.0))
            baskets[int(now // BASKET_S)] = (first, total + seconds)

    def spent(self, client: str, method: str) -> tuple[float, int]:
        """Sum in seconds and the moment (unix) at which the oldest basket leaves the sum."""
        with self._lock:
            now = self._clock.now()
            baskets = self._baskets.setdefault((client, method), {})
            for minute in [minute for minute, (first, _) in baskets.items() if first + WINDOW_S <= now]:
                del baskets[minute]
            oldest = min((first for first, _ in baskets.values()), default=now)
            return sum(total for _, total in baskets.values()), int(oldest + WINDOW_S)


def operation_time_limit() -> RestError:
    """The refusal of a method that took too long altogether."""
    return RestError("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit", 429)
