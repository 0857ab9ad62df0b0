"""The embedded dispatcher: threads of the process drain portals; a sweeper finds what no wake-up told of.

Queues only carry "portal N has work" and may lose it: the truth is in the database.
"""

import queue
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from app.pipeline.drain import Road, drain
from app.storage.database import reading
from app.storage.queries import work

log = structlog.get_logger()
SWEEP_S = 0.25
"""How often due portals are looked for, and how long events of a portal that was just drained are gathered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Periodic work: `run` is called every `every` seconds by one thread, never twice at once."""

    name: str
    every: float
    run: Callable[[], None]


class Dispatcher:
    """Drains portals on a few threads: a portal is worked on by one of them at a time."""

    def __init__(self, road: Road, chores: Sequence[Chore] = (), threads: int = 4) -> None:
        self.road = road
        self.chores = chores
        self.holder = f"embedded-{uuid.uuid4().hex[:12]}"
        self._queue: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._queued: set[int] = set()
        self._running: set[int] = set()
        self._again: set[int] = set()
        self._ended: dict[int, float] = {}
        self._stop = threading.Event()
        self._count = threads
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin. In the embedded mode this process is the only one, so claims of a dead predecessor are void."""
        with self.road.services.sessions.begin() as session:
            work.forget_claims(session)
        self.road.services.wake.connect(self.wake)
        for number in range(self._count):
            self._spawn(self._work, f"drain-{number}")
        self._spawn(self._sweep, "sweeper")
        for chore in self.chores:
            self._spawn(partial(self._repeat, chore), f"chore-{chore.name}")

    def stop(self, timeout: float = 30.0) -> None:
        """Finish the rounds under way and end the threads."""
        self._stop.set()
        for _ in range(self._count):
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout)

    def wake(self, installation_id: int) -> None:
        """This portal has work. Costs nothing while it is queued or being worked on."""
        with self._lock:
            busy = installation_id in self._running
            if busy or time.monotonic() - self._ended.get(installation_id, -SWEEP_S) < SWEEP_S:
                self._again.add(installation_id)
                return
        self._put(installation_id)

    def _put(self, installation_id: int) -> None:
        with self._lock:
            if installation_id in self._running:
                self._again.add(installation_id)
            elif installation_id not in self._queued:
                self._queued.add(installation_id)
                self._queue.put(installation_id)

    def _spawn(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (installation_id := self._queue.get()) is not None and not self._stop.is_set():
            with self._lock:
                self._queued.discard(installation_id)
                self._running.add(installation_id)
            _guarded(f"portal {installation_id}", partial(self._drain, installation_id))
            self._finished(installation_id)

    def _drain(self, installation_id: int) -> None:
        drain(self.road, installation_id, self.holder)

    def _finished(self, installation_id: int) -> None:
        """What came meanwhile waits for the next sweep: under a stream of events a drain takes many of them."""
        with self._lock:
            self._running.discard(installation_id)
            self._ended[installation_id] = time.monotonic()

    def _sweep(self) -> None:
        """Portals whose time has come: retries, settle pauses, and whatever a crash left behind."""
        while not self._stop.wait(SWEEP_S):
            _guarded("sweep", self._wake_due)

    def _wake_due(self) -> None:
        services = self.road.services
        with self._lock:
            again, self._again = self._again, set()
        with services.sessions() as session:
            due = work.due_portals(reading(session), services.clock.now())
        for installation_id in again.union(due):
            self._put(installation_id)

    def _repeat(self, chore: Chore) -> None:
        while not self._stop.wait(chore.every):
            _guarded(chore.name, chore.run)


def _guarded(what: str, run: Callable[[], None]) -> None:
    """A thread that serves all portals must outlive an error of one: it is logged, and the work stays due."""
    try:
        run()
    except Exception:
        log.exception("background_work_failed", what=what)
