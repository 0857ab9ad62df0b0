"""The limits of portals, counted by several processes together: here several limiters over one PostgreSQL."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from app.storage.database import engine_options
from app.storage.queries import budget
from bitrix_app.errors import RateLimited
from bitrix_app.limits.operating import Use
from bitrix_app.limits.shared import SharedLimiter
from sandbox.bitrix.limits import Bucket
from sandbox.core.clock import Clock

RATE, BURST = 2.0, 50.0


@pytest.fixture
def engine(databases: Any, tmp_path: Path) -> Iterator[Engine]:
    with databases.database("postgresql", tmp_path, migrated=True) as url:
        made = create_engine(url, **engine_options(url))
        yield made
        made.dispose()


def processes(
    engine: Engine, count: int = 2, rate: float = RATE, burst: float = BURST
) -> list[SharedLimiter]:
    """Limiters that share nothing but the database."""
    return [SharedLimiter(engine, rate, burst) for _ in range(count)]


def test_two_processes_draw_from_one_bucket(engine: Engine) -> None:
    one, two = processes(engine)
    waits = [limiter.reserve("portal", 60) for _ in range(30) for limiter in (one, two)]
    assert waits[:47] == [0.0] * 47
    # Thirteen more than the burst allows, half a second each; what leaked away meanwhile only shortens it.
    assert 5.0 < waits[-1] <= 6.5
    assert two.reserve("another", 0) == 0


def test_what_finds_no_room_in_time_counts_nothing(engine: Engine) -> None:
    one, two = processes(engine, rate=0.01)
    for _ in range(47):
        one.reserve("portal", 0)
    for _ in range(3):
        with pytest.raises(RateLimited) as limited:
            two.reserve("portal", 1)
    assert 90 < limited.value.after <= 100


def test_bulk_work_leaves_room_for_what_somebody_waits_for(engine: Engine) -> None:
    one, two = processes(engine, rate=0.01)
    assert [one.reserve("portal", 0, spare=5) for _ in range(42)] == [0.0] * 42
    with pytest.raises(RateLimited):
        one.reserve("portal", 0, spare=5)
    assert two.reserve("portal", 0) == 0


def test_the_portal_never_refuses_many_processes(engine: Engine) -> None:
    bucket = Bucket(Clock(), rate=40, burst=12)
    together = processes(engine, count=4, rate=40, burst=12)

    def work(limiter: SharedLimiter) -> None:
        for _ in range(25):
            limiter.take("portal")
            bucket.pour("here")

    threads = [threading.Thread(target=work, args=(limiter,)) for limiter in together for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert bucket.refused == 0


def test_a_refusal_stops_every_process_for_longer_and_longer(engine: Engine) -> None:
    one, two = processes(engine)
    assert [limiter.empty("portal") for limiter in (one, two, one, two)] == [1, 2, 4, 8]
    assert 7 < one.reserve("portal", 60) <= 8
    two.answered("portal")
    assert one.empty("portal") == 1


def test_a_first_refusal_of_a_portal_that_nobody_counted_yet_is_kept(engine: Engine) -> None:
    one, two = processes(engine)
    assert one.empty("portal") == 1
    assert 0.9 < two.reserve("portal", 60) <= 1


def test_the_time_of_a_method_is_known_to_the_next_holder(engine: Engine) -> None:
    one, two = processes(engine)
    now = time.time()
    one.reserve("portal", 0)
    one.settle("portal", {}, [Use(method="crm.item.add", start=now, seconds=470, operating=470)], now)
    assert two.paused("portal", "crm.item.add") == 0
    two.reserve("portal", 0)
    assert 595 < two.paused("portal", "crm.item.add") <= 603
    assert two.paused("portal", "crm.item.list") == 0


def test_a_method_that_was_refused_is_left_alone_by_all(engine: Engine) -> None:
    one, two = processes(engine)
    now = time.time()
    one.reserve("portal", 0)
    assert one.pause("portal", "im.notify.system.add", now + 100) == pytest.approx(100, abs=1)
    two.reserve("portal", 0)
    assert two.paused("portal", "im.notify.system.add") == pytest.approx(100, abs=2)


def test_what_two_processes_know_is_put_together(engine: Engine) -> None:
    one, two = processes(engine)
    now = time.time()
    for limiter, method in ((one, "crm.item.add"), (two, "crm.item.list")):
        limiter.reserve("portal", 0)
        limiter.settle("portal", {}, [Use(method=method, start=now, seconds=470, operating=470)], now)
    (third,) = processes(engine, count=1)
    third.reserve("portal", 0)
    assert third.paused("portal", "crm.item.add") > 500
    assert third.paused("portal", "crm.item.list") > 500


def test_portals_that_rest_are_forgotten(engine: Engine) -> None:
    (one,) = processes(engine, count=1)
    one.reserve("old", 0)
    one.reserve("busy", 0)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE portal_budget SET empty_at = empty_at - 1000 WHERE member_id = 'old'")
        )
        assert budget.drop_old(connection, 900) == 1
        assert connection.scalars(text("SELECT member_id FROM portal_budget")).all() == ["busy"]
