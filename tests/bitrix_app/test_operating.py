"""The working time of methods: the portal never refuses, and what it allows is used."""

import heapq
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bitrix_app.limits.operating import Operating, Use
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.limits import Operating as Portal
from sandbox.core.clock import Clock

ADD = "crm.item.add"
HOUR = 3600.0


class Standing(Clock):
    """A clock that stands until it is set."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


class Backlog:
    """Batches of one method, several in flight at once, on a virtual clock; `skew`: our clock minus the portal's."""

    def __init__(
        self, seconds: Callable[[], float], *, skew: float = 0.0, size: int = 12, limit: float = 480.0
    ) -> None:
        self.seconds, self.skew, self.size = seconds, skew, size
        self.clock = Standing(1_800_000_017.0)
        self.portal = Portal(self.clock, limit)
        self.known = Operating(limit)
        self.refused, self.used = 0, 0.0

    def run(self, until: float, flights: int = 6) -> None:
        """Each flight sends a batch as soon as the last one is answered and there is time for it."""
        start = self.clock.at
        turns = [(start, number) for number in range(flights)]
        landed: list[tuple[float, int, list[Use]]] = []
        while True:
            at, number = heapq.heappop(turns)
            while landed and landed[0][0] <= at:
                self._land(*heapq.heappop(landed))
            if at > start + until:
                return
            self.clock.at = at
            wait = self.known.wait({ADD: self.size}, at + self.skew)
            if wait > 0:
                heapq.heappush(turns, (at + min(max(wait, 0.01), 5.0), number))
                continue
            self.known.take({ADD: self.size})
            end, uses = self._carry_out(at)
            heapq.heappush(landed, (end, number, uses))
            heapq.heappush(turns, (end, number))

    def _carry_out(self, at: float) -> tuple[float, list[Use]]:
        uses = []
        for _ in range(self.size):
            try:
                self.portal.check("us", ADD)
            except RestError:
                self.refused += 1
                continue
            spent = self.seconds()
            began, at = at, at + spent
            self.clock.at = at
            self.portal.add("us", ADD, spent)
            self.used += spent
            told, reset_at = self.portal.spent("us", ADD)
            uses.append(Use(method=ADD, start=began, seconds=spent, operating=told, reset_at=reset_at))
        return at, uses

    def _land(self, at: float, _: int, uses: list[Use]) -> None:
        self.clock.at = at
        self.known.offset = -self.skew
        self.known.give_back({ADD: self.size})
        self.known.note(uses)


def test_an_hour_of_slow_writes_is_never_refused_and_uses_what_there_is() -> None:
    backlog = Backlog(lambda: 0.4)
    backlog.run(HOUR)
    assert backlog.refused == 0
    assert backlog.used >= 0.94 * 480 * 6


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    slowest=st.floats(0.3, 5.0),
    skew=st.floats(-100, 100),
    flights=st.integers(1, 6),
)
def test_no_portal_ever_refuses(seed: int, slowest: float, skew: float, flights: int) -> None:
    chance = random.Random(seed)
    size = max(1, min(50, int(5 / slowest)))
    backlog = Backlog(lambda: chance.uniform(slowest / 4, slowest), skew=skew, size=size)
    backlog.run(HOUR / 2, flights)
    assert backlog.refused == 0
    assert backlog.used >= 0.85 * 480 * 3


def test_what_others_used_is_learned_from_the_first_answer() -> None:
    known = Operating(480)
    known.note([Use(method=ADD, start=1000, seconds=0.5, operating=450.5)])
    assert known.spent(ADD, 1000) == pytest.approx(450.5)
    assert known.wait({ADD: 200}, 1000) > 0


def test_what_was_counted_too_high_is_put_right_when_nothing_is_in_flight() -> None:
    known = Operating(480)
    known.take({ADD: 100})
    known.lose({ADD: 100}, 1000)
    assert known.spent(ADD, 1000) == pytest.approx(5)
    known.note([Use(method=ADD, start=1010, seconds=1, operating=1)])
    assert known.spent(ADD, 1010) == pytest.approx(1)


def test_an_answer_between_others_lowers_nothing() -> None:
    known = Operating(480)
    known.note([Use(method=ADD, start=1000, seconds=100, operating=100)])
    known.take({ADD: 1})
    known.note([Use(method=ADD, start=999, seconds=1, operating=50)])
    assert known.spent(ADD, 1000) == pytest.approx(101)


def test_a_refused_method_waits_for_what_the_portal_said_in_the_portals_clock() -> None:
    known = Operating(480, offset=3600)
    assert known.block(ADD, 1000, 1000 + 3600 + 42, 60) == 42
    assert known.wait({ADD: 1}, 1000) == 42
    assert known.wait({ADD: 1}, 1043) == 0


def test_a_refusal_that_says_nothing_waits_for_the_oldest_minute_or_a_while() -> None:
    known = Operating(480)
    assert known.block(ADD, 1000, None, 60) == 60
    known = Operating(480)
    known.note([Use(method=ADD, start=1000, seconds=1, operating=1)])
    assert known.block(ADD, 1100, None, 60) == pytest.approx(502)


def test_without_a_limit_nothing_waits() -> None:
    known = Operating(0)
    known.note([Use(method=ADD, start=1000, seconds=10_000, operating=10_000)])
    assert known.wait({ADD: 50}, 1001) == 0


def test_a_single_command_that_is_longer_than_the_limit_may_leave_when_nothing_was_used() -> None:
    known = Operating(1)
    assert known.wait({ADD: 50}, 1000) == 0


def test_what_is_told_to_others_is_what_they_know() -> None:
    known = Operating(480)
    known.note([Use(method=ADD, start=1000, seconds=300, operating=300)])
    known.block("im.notify.system.add", 1000, 1100, 60)
    told = Operating(480)
    told.merge(known.to_json(1000))
    assert (told.spent(ADD, 1000), told.wait({"im.notify.system.add": 1}, 1000)) == (300, 100)
    assert Operating(480).to_json(1000) == {"sums": {}, "blocked": {}}


def test_no_wait_is_too_short_to_be_kept() -> None:
    """A quarter of a microsecond is left of ten minutes: whoever puts work off by that finds it due at once."""
    known = Operating(480.0)
    known.note([Use(method=ADD, start=1_800_000_000.0, seconds=500.0)])
    end = 1_800_000_000.0 + 600.0 + 2.0
    assert known.wait({ADD: 1}, end - 2.4e-7) == 0.001
    assert known.wait({ADD: 1}, end - 5.0) == 5.0
    assert known.wait({ADD: 1}, end) == 0.0
