"""What one process of the cluster does at a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine

from app.storage.database import Sessions, engine_options, prepare, thread_sessions
from app.storage.queries import leases

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def sessions(database_url: str) -> Iterator[Sessions]:
    engine = create_engine(database_url, **engine_options(database_url))
    prepare(engine)
    yield thread_sessions(engine)
    engine.dispose()


def hold(sessions: Sessions, holder: str, seconds: float = 0.0, name: str = "beat") -> bool:
    now = NOW + timedelta(seconds=seconds)
    with sessions.begin() as session:
        return leases.hold(session, name, holder, now, now + timedelta(seconds=15))


def test_one_holds_a_lease_and_may_prolong_it(sessions: Sessions) -> None:
    assert hold(sessions, "one")
    assert not hold(sessions, "two", 1)
    assert hold(sessions, "one", 10)
    assert not hold(sessions, "two", 20)
    assert hold(sessions, "two", 1, name="chore:tokens")


def test_a_lease_that_ran_out_goes_to_another(sessions: Sessions) -> None:
    assert hold(sessions, "one")
    assert hold(sessions, "two", 15)
    assert not hold(sessions, "one", 16)


def test_only_the_holder_gives_it_back(sessions: Sessions) -> None:
    hold(sessions, "one")
    for holder, free in (("two", False), ("one", True)):
        with sessions.begin() as session:
            leases.let_go(session, "beat", holder)
        assert hold(sessions, "three", 1) is free
