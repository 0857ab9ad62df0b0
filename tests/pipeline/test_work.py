"""Claims, fences and releases: one worker at a time, and no event is missed between them."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.storage.database import Sessions, engine_options, prepare, thread_sessions
from app.storage.models import Installation, MailWork, PortalWork
from app.storage.queries import inbox, work
from app.storage.queries.work import Claim, ClaimLost

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
TTL = 120.0


@pytest.fixture
def sessions(database_url: str) -> Iterator[Sessions]:
    """A database with one portal, number 1, that has no work."""
    engine = create_engine(database_url, **engine_options(database_url))
    prepare(engine)
    made = thread_sessions(engine)
    with made.begin() as session:
        session.add(
            Installation(
                id=1,
                member_id="portal",
                portal_url="https://portal.example",
                client_endpoint="",
                oauth_url="",
                lang="ru",
                state="active",
                created_at=NOW,
                installed_at=NOW,
                timezone="UTC",
                event_key="sealed",
                event_key_hash="hash",
            )
        )
        session.flush()
        work.ensure(session, 1)
    yield made
    engine.dispose()


def claim(sessions: Sessions, holder: str, now: datetime = NOW) -> Claim | None:
    with sessions.begin() as session:
        return work.claim(session, 1, holder, now, TTL)


def due(sessions: Sessions, now: datetime = NOW) -> list[int]:
    with sessions() as session:
        return list(work.due_portals(session, now))


def test_of_many_workers_one_gets_the_portal(sessions: Sessions) -> None:
    won: list[Claim] = []
    start = threading.Barrier(8)

    def race(number: int) -> None:
        start.wait(10)
        held = claim(sessions, f"worker-{number}")
        if held is not None:
            won.append(held)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [held.epoch for held in won] == [1]


def test_a_claim_that_ran_out_is_taken_over_and_the_old_holder_is_fenced_off(sessions: Sessions) -> None:
    old = claim(sessions, "old")
    assert old is not None
    assert claim(sessions, "new", NOW + timedelta(seconds=TTL - 1)) is None
    new = claim(sessions, "new", NOW + timedelta(seconds=TTL + 1))
    assert new is not None
    assert new.epoch == old.epoch + 1
    with pytest.raises(ClaimLost), sessions.begin() as session:
        work.fence(session, old, NOW + timedelta(seconds=TTL + 2))
    with sessions.begin() as session:
        work.fence(session, new, NOW + timedelta(seconds=TTL + 2))


def test_the_old_holder_releases_nothing(sessions: Sessions) -> None:
    old = claim(sessions, "old")
    new = claim(sessions, "new", NOW + timedelta(seconds=TTL + 1))
    assert old is not None
    assert new is not None
    with sessions.begin() as session:
        work.release(session, old, None)
    with sessions() as session:
        assert session.get_one(PortalWork, 1).holder == "new"


def test_a_fence_prolongs_the_claim(sessions: Sessions) -> None:
    held = claim(sessions, "worker")
    assert held is not None
    with sessions.begin() as session:
        work.fence(session, held, NOW + timedelta(seconds=100))
    assert claim(sessions, "other", NOW + timedelta(seconds=TTL + 1)) is None


def test_a_due_time_moves_forward_only(sessions: Sessions) -> None:
    for seconds, expected in ((60, 60), (300, 60), (5, 5)):
        with sessions.begin() as session:
            work.due_by(session, 1, NOW + timedelta(seconds=seconds))
        with sessions() as session:
            assert session.get_one(PortalWork, 1).due_at == NOW + timedelta(seconds=expected)


def test_only_portals_that_are_due_and_free_are_found(sessions: Sessions) -> None:
    assert due(sessions) == []
    with sessions.begin() as session:
        work.due_by(session, 1, NOW)
    assert due(sessions, NOW - timedelta(seconds=1)) == []
    assert due(sessions) == [1]
    held = claim(sessions, "worker")
    assert held is not None
    assert due(sessions) == []
    assert due(sessions, NOW + timedelta(seconds=TTL + 1)) == [1]
    with sessions.begin() as session:
        work.release(session, held, None)
    assert due(sessions, NOW + timedelta(days=1)) == []


def rouse(sessions: Sessions, now: datetime = NOW) -> set[str]:
    """The lanes that an event at this moment rouses."""
    with sessions.begin() as session:
        return {lane.__tablename__ for lane in work.rouse(session.connection(), 1, now)}


def to_wake(sessions: Sessions, now: datetime = NOW) -> list[int]:
    with sessions.begin() as session:
        return list(work.to_wake(session, now))


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_only_the_first_event_of_an_idle_portal_rouses_it(sessions: Sessions) -> None:
    assert rouse(sessions) == {"portal_work"}
    assert rouse(sessions, later(1)) == set()
    held = claim(sessions, "worker", later(2))
    assert held is not None
    assert rouse(sessions, later(2.1)) == set()
    with sessions.begin() as session:
        work.release(session, held, None)
    assert rouse(sessions, later(3)) == {"portal_work"}


def test_an_event_that_comes_before_the_due_time_rouses(sessions: Sessions) -> None:
    with sessions.begin() as session:
        work.due_by(session, 1, later(60))
    assert rouse(sessions) == {"portal_work"}


def test_while_a_drain_is_long_an_event_rouses_the_mail_lane_once(sessions: Sessions) -> None:
    rouse(sessions)
    claim(sessions, "worker")
    assert rouse(sessions, later(work.LONG_S / 2)) == set()
    assert rouse(sessions, later(work.LONG_S * 2)) == {"mail_work"}
    assert rouse(sessions, later(work.LONG_S * 3)) == set()


def test_a_sweep_wakes_nobody_who_was_woken_until_that_counts_as_lost(sessions: Sessions) -> None:
    rouse(sessions)
    assert to_wake(sessions, later(1)) == []
    assert to_wake(sessions, later(work.REPEAT_S + 1)) == [1]
    assert to_wake(sessions, later(work.REPEAT_S + 2)) == []


def test_a_sweep_wakes_what_has_become_due(sessions: Sessions) -> None:
    rouse(sessions)
    held = claim(sessions, "worker")
    assert held is not None
    with sessions.begin() as session:
        work.release(session, held, later(5))
    assert to_wake(sessions, later(4)) == []
    assert to_wake(sessions, later(6)) == [1]
    assert to_wake(sessions, later(7)) == []


def test_a_sweep_knows_when_the_next_portal_becomes_due(sessions: Sessions) -> None:
    def wait(now: datetime, most: float = 1.0) -> float:
        with sessions() as session:
            return work.until_due(session, now, most)

    assert wait(NOW) == 1.0
    with sessions.begin() as session:
        work.due_by(session, 1, later(-5))
    assert wait(NOW) == 1.0
    with sessions.begin() as session:
        work.due_by(session, 1, later(0.4), MailWork)
    assert wait(NOW) == pytest.approx(0.4)
    assert wait(NOW, most=0.25) == 0.25
    assert wait(later(0.399)) == work.LEAST_S


def test_a_sweep_leaves_portals_alone_that_are_held(sessions: Sessions) -> None:
    rouse(sessions)
    claim(sessions, "worker")
    assert to_wake(sessions, later(TTL - 1)) == []
    assert to_wake(sessions, later(TTL + 1)) == [1]


def test_an_event_that_passes_the_release_of_its_portal_is_found(sessions: Sessions) -> None:
    held = claim(sessions, "a")
    assert held is not None
    with sessions.begin() as session:
        work.due_by(session, 1, NOW)
    if sessions.kw["bind"].dialect.name == "postgresql":
        with sessions.begin() as door:
            store(door)
            assert work.rouse(door.connection(), 1, NOW) == frozenset()
            let_go(sessions, held)
    else:  # SQLite has one writer at a time: the event is there, and nobody was roused, as after a crash
        let_go(sessions, held)
        with sessions.begin() as door:
            store(door)
    assert due(sessions) == []
    with sessions.begin() as session:
        assert work.forgotten(session, NOW) == [1]
    assert due(sessions) == [1]
    with sessions.begin() as session:
        assert work.forgotten(session, NOW) == []


def store(session: Session) -> None:
    """One event waits."""
    arrival = inbox.Arrival(
        installation_id=1, source="uis", kind="chat", dedup_key="chat:1", body=b"{}", now=NOW
    )
    inbox.store(session.connection(), arrival)


def let_go(sessions: Sessions, held: Claim) -> None:
    """Nothing is seen to wait, so nothing is due."""
    with sessions.begin() as session:
        work.fence(session, held, NOW)
        assert not inbox.has_pending(session, 1)
        work.release(session, held, None)


def test_claims_of_a_dead_predecessor_are_void(sessions: Sessions) -> None:
    dead = claim(sessions, "dead")
    with sessions.begin() as session:
        work.forget_claims(session)
    assert dead is not None
    assert claim(sessions, "alive") is not None
    with pytest.raises(ClaimLost), sessions.begin() as session:
        work.fence(session, dead, NOW)
