"""What the methods of one portal have used of their working time: known before the portal refuses.

Bitrix24: limits ("Resource Intensity Limits"). The time of each method is summed up in baskets of a minute; a basket
leaves the sum ten minutes after its first call. A call is refused while the sum is above the limit. Every answer
tells the sum of its method (`operating`) and when the oldest basket leaves (`operating_reset_at`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

WINDOW_S = 600.0
BASKET_S = 60.0
SHARE = 0.97
"""How much of the limit is used: what is in flight is estimated."""
SLACK_S = 2.0
"""A basket is taken to leave so much later than it should: the clocks are compared over a network."""
SOON_S = 3.0
"""When to look again if what is in flight alone fills the limit."""
FIRST_GUESS_S = 0.05
COLD, COLD_S = 20, 0.5
"""So many commands of a method leave before its first answer; the next are looked at so much later."""
WEIGHT = 0.2
MOMENT_S = 0.001
"""No wait is shorter: what is left of one by rounding would be over in no time that a database can keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One command that was carried out: unix seconds of the portal's clock, and what the answer told of its method."""

    method: str
    start: float
    seconds: float
    operating: float | None = None
    reset_at: float | None = None


@dataclass(slots=True)
class _Basket:
    first: float
    seconds: float

    def leaves(self) -> float:
        return self.first + WINDOW_S + SLACK_S


@dataclass(slots=True)
class Operating:
    """The sums of one portal. Times are unix seconds of our clock, unless they come from a `Use`. Not thread-safe.

    `limit`: seconds per method in ten minutes; 0: there is none.
    """

    limit: float
    offset: float = 0.0  # the portal's clock minus ours
    baskets: dict[str, dict[int, _Basket]] = field(default_factory=dict)
    flying: dict[str, int] = field(default_factory=dict)
    means: dict[str, float] = field(default_factory=dict)
    blocked: dict[str, float] = field(default_factory=dict)

    def wait(self, counts: Mapping[str, int], now: float, *, careful: bool = False) -> float:
        """Seconds until so many commands of these methods may leave; 0: now.

        `careful`: of a method that was never answered only a few, for nobody knows what it takes or has used.
        """
        waits = [self._wait(method, count, now + self.offset) for method, count in counts.items()]
        if careful and any(self._cold(method, count) for method, count in counts.items()):
            waits.append(COLD_S)
        wait = max(waits, default=0.0)
        return max(wait, MOMENT_S) if wait > 0 else 0.0

    def take(self, counts: Mapping[str, int]) -> None:
        """These commands leave: their time is counted as an estimate until `give_back`."""
        for method, count in counts.items():
            self.flying[method] = self.flying.get(method, 0) + count

    def give_back(self, counts: Mapping[str, int]) -> None:
        """These commands are answered, or were not carried out."""
        for method, count in counts.items():
            self.flying[method] = max(0, self.flying.get(method, 0) - count)

    def lose(self, counts: Mapping[str, int], now: float) -> None:
        """No answer came: they are counted as carried out just now."""
        self.give_back(counts)
        for method, count in counts.items():
            self._add(method, now + self.offset, count * self.mean(method))

    def note(self, uses: Iterable[Use]) -> None:
        """What an answer tells, after `give_back` of its commands."""
        last: dict[str, Use] = {}
        for use in uses:
            self._add(use.method, use.start, use.seconds)
            mean = self.mean(use.method)
            self.means[use.method] = mean + WEIGHT * (max(use.seconds, 0.001) - mean)
            if use.operating is not None:
                last[use.method] = use
        for use in last.values():
            self._believe(use)

    def block(self, method: str, now: float, reset_at: float | None, untold: float) -> float:
        """The portal refused the method. Returns the seconds for which it is left alone.

        Until `reset_at` (the portal's clock), else until its oldest basket leaves, else for `untold` seconds.
        """
        there = now + self.offset
        self._forget(method, there)
        known = [basket.leaves() for basket in self.baskets.get(method, {}).values()]
        told = reset_at if reset_at and reset_at > there else min(known, default=there + untold)
        self.blocked[method] = max(told, self.blocked.get(method, 0.0))
        return self.blocked[method] - there

    def mean(self, method: str) -> float:
        """What one command of the method takes, in seconds."""
        return self.means.get(method, FIRST_GUESS_S)

    def spent(self, method: str, now: float) -> float:
        """The sum of the last ten minutes, without what is in flight."""
        self._forget(method, now + self.offset)
        return sum(basket.seconds for basket in self.baskets.get(method, {}).values())

    def busiest(self, now: float) -> float:
        """The greatest of the sums."""
        return max((self.spent(method, now) for method in list(self.baskets)), default=0.0)

    def to_json(self, now: float) -> dict[str, Any]:
        """What other processes should know, in the portal's clock."""
        for method in list(self.baskets):
            self._forget(method, now + self.offset)
        sums = {
            method: {str(minute): [basket.first, basket.seconds] for minute, basket in held.items()}
            for method, held in self.baskets.items()
        }
        blocked = {method: until for method, until in self.blocked.items() if until > now + self.offset}
        return {"sums": sums, "blocked": blocked}

    def merge(self, told: Mapping[str, Any]) -> None:
        """Take in what another process knows: of a basket the greater sum counts."""
        for method, held in told.get("sums", {}).items():
            for minute, (first, seconds) in held.items():
                basket = self.baskets.setdefault(method, {}).setdefault(int(minute), _Basket(first, 0.0))
                basket.first, basket.seconds = min(basket.first, first), max(basket.seconds, seconds)
        for method, until in told.get("blocked", {}).items():
            self.blocked[method] = max(until, self.blocked.get(method, 0.0))

    def _wait(self, method: str, count: int, there: float) -> float:
        self._forget(method, there)
        rest = max(0.0, self.blocked.get(method, 0.0) - there)
        held = sorted(self.baskets.get(method, {}).values(), key=_Basket.leaves)
        flying = self.flying.get(method, 0)
        wanted = (flying + count) * self.mean(method)
        over = sum(basket.seconds for basket in held) + wanted - self.limit * SHARE
        if not self.limit or over <= 0 or not (held or flying):
            return rest
        for basket in held:
            over -= basket.seconds
            if over <= 0:
                return max(rest, basket.leaves() - there)
        return max(rest, SOON_S)

    def _cold(self, method: str, count: int) -> bool:
        flying = self.flying.get(method, 0)
        return flying > 0 and flying + count > COLD and method not in self.means

    def _add(self, method: str, start: float, seconds: float) -> None:
        minutes = self.baskets.setdefault(method, {})
        basket = minutes.setdefault(int(start // BASKET_S), _Basket(start, 0.0))
        basket.first, basket.seconds = min(basket.first, start), basket.seconds + seconds

    def _believe(self, use: Use) -> None:
        """The portal's own sum: others may have used the method too, and it alone knows when a basket left."""
        minutes = self.baskets[use.method]
        if use.reset_at:
            oldest = minutes[min(minutes)]
            oldest.first = max(oldest.first, min(use.reset_at - WINDOW_S, use.start))
        flying = self.flying.get(use.method, 0) * self.mean(use.method)
        told, known = use.operating or 0.0, sum(basket.seconds for basket in minutes.values())
        if told > known + flying:
            self._add(use.method, use.start, told - known - flying)
        elif told < known and flying == 0.0:
            self._trim(minutes, known - told)

    def _trim(self, minutes: dict[int, _Basket], surplus: float) -> None:
        for minute in sorted(minutes):
            cut = min(surplus, minutes[minute].seconds)
            minutes[minute].seconds -= cut
            surplus -= cut

    def _forget(self, method: str, there: float) -> None:
        minutes = self.baskets.get(method, {})
        for minute in [minute for minute, basket in minutes.items() if basket.leaves() <= there]:
            del minutes[minute]
        if self.blocked.get(method, there + 1) <= there:
            del self.blocked[method]
