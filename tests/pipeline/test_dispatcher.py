"""The embedded dispatcher: a portal is drained by one thread at a time, and no wake-up is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import pytest

from app.base.clock import SystemClock
from app.pipeline import dispatcher as module
from app.pipeline.dispatcher import Chore, Dispatcher
from app.storage.queries import work

DEADLINE_S = 20.0


class Drains:
    """Stands for `drain`: counts, and holds each run until it is let go."""

    def __init__(self) -> None:
        self.runs: list[int] = []
        self.together: dict[int, int] = {}
        self.most = 0
        self.gate = threading.Semaphore(0)
        self.lock = threading.Lock()

    def __call__(self, _: Any, installation_id: int, __: str) -> bool:
        with self.lock:
            self.runs.append(installation_id)
            self.together[installation_id] = self.together.get(installation_id, 0) + 1
            self.most = max(self.most, self.together[installation_id])
        self.gate.acquire(timeout=DEADLINE_S)
        with self.lock:
            self.together[installation_id] -= 1
        if installation_id == 13:
            raise RuntimeError("a portal that breaks")
        return True


class NoServices:
    """What the dispatcher touches when it starts and sweeps: nothing is due."""

    def __init__(self) -> None:
        self.services = self
        self.wake = self
        self.clock = SystemClock()
        self.sessions = self
        self.stopping = threading.Event()

    def __call__(self) -> AbstractContextManager[None]:
        return nullcontext()

    def begin(self) -> AbstractContextManager[None]:
        return nullcontext()

    def connect(self, drain: Callable[[int], None], mail: Callable[[int], None]) -> None:
        pass


@contextmanager
def started(
    monkeypatch: pytest.MonkeyPatch, drains: Drains, *chores: Chore, mail: Drains | None = None
) -> Iterator[Dispatcher]:
    monkeypatch.setattr(module, "drain", drains)
    monkeypatch.setattr(module, "deliver", mail or Drains())
    monkeypatch.setattr(module, "reading", lambda session: session)
    monkeypatch.setattr(work, "due_portals", lambda *_, **__: [])
    monkeypatch.setattr(work, "until_due", lambda *_: 0.05)
    monkeypatch.setattr(work, "forget_claims", lambda _: None)
    made = Dispatcher(NoServices(), chores, threads=3)  # type: ignore[arg-type]
    made.start()
    yield made
    for each in (drains, mail):
        if each is not None:
            each.gate.release(1_000)
    made.stop(DEADLINE_S)


def seen(drains: Drains, installation_id: int, count: int) -> bool:
    return drains.runs.count(installation_id) >= count


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread; fails after a deadline."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def test_a_wake_up_while_the_portal_is_worked_on_runs_it_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    drains = Drains()
    with started(monkeypatch, drains) as dispatcher:
        dispatcher.wake(1)
        until(lambda: drains.runs == [1])
        for _ in range(5):
            dispatcher.wake(1)
        drains.gate.release()
        until(lambda: drains.runs == [1, 1])
        drains.gate.release()
        until(lambda: not dispatcher.drains.busy_for(1))
        assert (drains.runs, drains.most) == ([1, 1], 1)


def test_portals_go_side_by_side_and_each_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    drains = Drains()
    with started(monkeypatch, drains) as dispatcher:
        for installation_id in (1, 2, 1, 2, 3, 1):
            dispatcher.wake(installation_id)
        until(lambda: sorted(set(drains.runs)) == [1, 2, 3])
        assert drains.most == 1


def test_a_portal_that_breaks_holds_up_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    drains = Drains()
    drains.gate.release(1_000)
    with started(monkeypatch, drains) as dispatcher:
        for count in (1, 2, 3):
            dispatcher.wake(13)
            until(partial(seen, drains, 13, count))
        for installation_id in (1, 2, 3):
            dispatcher.wake(installation_id)
        until(lambda: {1, 2, 3} <= set(drains.runs))


def test_what_comes_in_during_a_long_drain_is_left_to_the_mail_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    drains, mail = Drains(), Drains()
    monkeypatch.setattr(work, "LONG_S", 0.0)
    with started(monkeypatch, drains, mail=mail) as dispatcher:
        dispatcher.wake(1)
        until(lambda: drains.runs == [1])
        assert mail.runs == []
        dispatcher.wake(1)
        until(lambda: mail.runs == [1])
        dispatcher.wake(2)
        until(lambda: drains.runs == [1, 2])
        assert mail.runs == [1], "a portal that is not being drained needs no help"


def test_a_chore_that_breaks_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    def run() -> None:
        done.append(1)
        raise RuntimeError("broken")

    with started(monkeypatch, Drains(), Chore(name="chore", every=0.01, run=run)):
        until(lambda: len(done) >= 2)
