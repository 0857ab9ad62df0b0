"""Virtual time for many small processes: generators that yield for how many seconds they wait."""

import heapq
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

Work = Iterator[float]


class Turns:
    """The moment, and who goes on next. The same order every time."""

    def __init__(self) -> None:
        self.now = 1_780_000_000.0
        self._waiting: list[tuple[float, int, Work]] = []
        self._numbers = itertools.count()

    def clock(self) -> float:
        """Unix seconds."""
        return self.now

    def moment(self, later: float = 0.0) -> datetime:
        return datetime.fromtimestamp(self.now + later, UTC)

    def begin(self, work: Work, at: float | None = None) -> None:
        """Let it run, now or then."""
        heapq.heappush(self._waiting, (self.now if at is None else at, next(self._numbers), work))

    def run(self, until: float) -> None:
        """Go on until then."""
        while self._waiting and self._waiting[0][0] <= until:
            self.now, _, work = heapq.heappop(self._waiting)
            for seconds in work:
                self.begin(work, self.now + max(0.0, seconds))
                break
        self.now = until
