"""A portal is woken a little before its moment: claimed and read then, decided when the moment has come."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.base.clock import ManualClock
from app.storage.database import reading
from app.storage.queries import chains, work
from tests.support.stage import Stage, stage

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
PAUSE_S = 3.0


class Passing(threading.Event):
    """Waiting for it lets the time of a clock pass."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self.clock = clock
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        self.clock.advance(timeout or 0.0)
        return False


def drained_at(here: Stage, seconds: float) -> tuple[int, list[float]]:
    """Drain so long after the chat began. Returns how many leads there are then, and what was waited for."""
    clock = here.services.clock
    assert isinstance(clock, ManualClock)
    passing = Passing(clock)
    here.road = replace(here.road, stopping=passing)
    clock.advance(seconds)
    here.drain()
    return len(here.items(1)), passing.waits


@pytest.mark.parametrize(
    ("early", "made", "waits"),
    [(0.02, 1, [0.02]), (0.0, 1, []), (work.EARLY.total_seconds() + 0.01, 0, [])],
    ids=["a little early", "in time", "too early"],
)
def test_what_is_due_soon_is_waited_for(
    database_url: str, early: float, made: int, waits: list[float]
) -> None:
    with stage(database_url, clock=ManualClock(NOW)) as here:
        here.save("chats", titles={"lead": "Chat"})
        here.chat_started(1)
        here.drain()
        assert here.items(1) == []
        leads, waited = drained_at(here, PAUSE_S - early)
        assert leads == made
        assert waited == pytest.approx(waits)


def test_what_comes_in_while_the_moment_is_waited_for_is_taken_in_too(database_url: str) -> None:
    with stage(database_url, clock=ManualClock(NOW)) as here:
        here.save("chats", titles={"lead": "{{ visitor.name }}"})
        here.chat_started(1)
        here.drain()
        clock = here.services.clock
        assert isinstance(clock, ManualClock)

        class Meanwhile(Passing):
            def wait(self, timeout: float | None = None) -> bool:
                here.card(9_000_000_001, name="Анна")
                return super().wait(timeout)

        here.road = replace(here.road, stopping=Meanwhile(clock))
        clock.advance(PAUSE_S - 0.01)
        here.drain()
        assert [item["title"] for item in here.items(1)] == ["Анна"]


@pytest.mark.parametrize("meanwhile", ["it expires", "nothing"])
def test_the_authorization_is_read_while_the_moment_is_waited_for(
    database_url: str, meanwhile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for what follows at once; one that expires in the meantime is refused, and from then on read anew."""
    with stage(database_url, clock=ManualClock(NOW)) as here:
        here.save("chats", titles={"lead": "Chat"})
        here.chat_started(1)
        here.drain()
        clock = here.services.clock
        assert isinstance(clock, ManualClock)
        read: list[str] = []
        access = chains.access

        def counted(*told: Any) -> Any:
            read.append("while waiting" if clock.now() < NOW + timedelta(seconds=PAUSE_S) else "then")
            return access(*told)

        class Meanwhile(Passing):
            def wait(self, timeout: float | None = None) -> bool:
                if meanwhile != "nothing":
                    here.world.oauth.expire_access(here.portal.member_id)
                return super().wait(timeout)

        monkeypatch.setattr(chains, "access", counted)
        here.road = replace(here.road, stopping=Meanwhile(clock))
        clock.advance(PAUSE_S - 0.01)
        here.drain()
        assert len(here.items(1)) == 1
        later = [] if meanwhile == "nothing" else ["then"] * 3  # the lookup again, the lead, what tells of it
        assert read == ["while waiting", *later]


def test_an_authorization_is_kept_ready_for_a_moment_only(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage(database_url, clock=ManualClock(NOW)) as here:
        here.drain()
        clock, client, read = here.services.clock, here.clients[here.installation_id], list[datetime]()
        assert isinstance(clock, ManualClock)
        access = chains.access

        def noted(*told: Any) -> Any:
            read.append(clock.now())
            return access(*told)

        monkeypatch.setattr(chains, "access", noted)
        client.get_ready()
        for seconds in (0, 1, 0.001):
            clock.advance(seconds)
            client.call("profile")
        assert read == [NOW, clock.now()]


def test_a_sweep_finds_a_portal_a_little_early(database_url: str) -> None:
    with stage(database_url, clock=ManualClock(NOW)) as here:
        here.chat_started(1)
        here.drain()
        moment = NOW + timedelta(seconds=PAUSE_S)
        with here.services.sessions() as session:
            reading(session)
            assert list(work.due_portals(session, moment - timedelta(milliseconds=1))) == []
            assert work.until_due(session, moment - work.EARLY, 10.0) == pytest.approx(
                work.EARLY.total_seconds()
            )
