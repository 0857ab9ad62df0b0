"""What is due at a moment is looked at while the moment is waited for, and decided by what is true when it has come."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.base.clock import ManualClock
from app.pipeline import planning
from app.storage.models import Conversation
from tests.support.lanes import taken_by_the_mail_lane
from tests.support.stage import Stage, stage

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
MOMENT = NOW + timedelta(seconds=3)


class Meanwhile(threading.Event):
    """Something happens while a moment is waited for."""

    def __init__(self, clock: ManualClock, happens: Callable[[], None]) -> None:
        super().__init__()
        self.clock, self.happens = clock, happens

    def wait(self, timeout: float | None = None) -> bool:
        self.happens()
        self.clock.advance(timeout or 0.0)
        return False


def looked_at(here: Stage, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> list[str]:
    """Drain from a little before the moment on. Returns when conversations were looked at."""
    clock = here.services.clock
    assert isinstance(clock, ManualClock)
    looks, agenda = list[str](), planning.agenda

    def counted(*told: Any) -> Any:
        looks.append("ahead" if clock.now() < MOMENT else "then")
        return agenda(*told)

    clock.advance((MOMENT - clock.now()).total_seconds() - 0.1)
    monkeypatch.setattr(planning, "agenda", counted)
    here.road = replace(here.road, stopping=Meanwhile(clock, happens))
    here.drain()
    return looks


def begun(here: Stage) -> None:
    here.save("chats", titles={"lead": "{{ visitor.name }}"})
    here.chat_started(1)
    here.drain()


def titles(here: Stage) -> list[str]:
    return [item["title"] for item in here.items(1)]


def test_when_nothing_happens_nothing_is_looked_at_again_before_the_lead(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage(database_url, clock=ManualClock(NOW)) as here:
        begun(here)
        assert looked_at(here, monkeypatch, lambda: None)[:1] == ["ahead"]
        assert len(here.items(1)) == 1


def test_what_the_mail_lane_takes_in_meanwhile_counts(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage(database_url, clock=ManualClock(NOW)) as here:
        begun(here)

        def card() -> None:
            here.card(9_000_000_001, name="Анна")
            taken_by_the_mail_lane(here)

        assert looked_at(here, monkeypatch, card)[:2] == ["ahead", "then"]
        here.pass_time(3)
        assert titles(here) == ["Анна"]


def test_a_conversation_that_is_not_due_any_more_is_left(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage(database_url, clock=ManualClock(NOW)) as here:
        begun(here)

        def put_off() -> None:
            with here.services.sessions.begin() as session:
                session.query(Conversation).update({"due_at": MOMENT + timedelta(seconds=60)})

        looked_at(here, monkeypatch, put_off)
        assert titles(here) == []


def test_one_that_is_due_besides_is_worked_on_too(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with stage(database_url, clock=ManualClock(NOW)) as here:
        begun(here)
        here.chat_started(2, "79161234568")
        here.drain()

        def both() -> None:
            with here.services.sessions.begin() as session:
                session.query(Conversation).update({"due_at": MOMENT})

        with here.services.sessions.begin() as session:
            later = MOMENT + timedelta(seconds=60)
            session.query(Conversation).filter_by(source_id=2).update({"due_at": later})
        assert looked_at(here, monkeypatch, both)[:2] == ["ahead", "then"]
        assert len(here.items(1)) == 2


def test_what_is_refused_is_written_at_its_moment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking ahead writes nothing."""
    with stage(database_url, clock=ManualClock(NOW)) as here:
        begun(here)
        here.save("chats", channels={"mode": "selected", "ids": [1]})
        states = list[str]()
        looks = looked_at(here, monkeypatch, lambda: states.append(here.conversation(1).state))
        assert looks == ["ahead", "then"]
        assert states != ["filtered"]
        assert here.conversation(1).state == "filtered"
        assert titles(here) == []
