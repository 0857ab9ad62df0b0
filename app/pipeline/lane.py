"""One lane of the embedded dispatcher: threads that work on portals, each portal on one of them at a time."""

import queue
import threading
import time
from collections.abc import Callable, Iterable

import structlog

log = structlog.get_logger()
GATHER_S = 0.25
"""How long events of a portal that was just worked on are gathered before it is worked on again, at least."""
MOST_S = 1.0
SHARE = 8
"""Under a stream of events they are gathered for so many times as long as the last run computed: rounds become fewer
and fuller, and in between the doors of the same process have the interpreter for themselves."""


class Lane:
    """Queue and threads of one kind of work. `run` gets an installation id; its errors are logged."""

    def __init__(self, name: str, run: Callable[[int], object], count: int) -> None:
        self.name = name
        self._run = run
        self._count = count
        self._queue: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._queued: set[int] = set()
        self._running: dict[int, float] = {}
        self._again: set[int] = set()
        self._rests: dict[int, float] = {}  # until when
        self._stopped = threading.Event()

    def threads(self) -> list[threading.Thread]:
        """The lane's threads, not started."""
        return [
            threading.Thread(target=self._work, name=f"{self.name}-{number}", daemon=True)
            for number in range(self._count)
        ]

    def end(self) -> None:
        """Let the threads end after what they are doing."""
        self._stopped.set()
        for _ in range(self._count):
            self._queue.put(None)

    def wake(self, installation_id: int) -> None:
        """This portal has work. Costs nothing while it is queued or being worked on."""
        with self._lock:
            busy = installation_id in self._running
            if busy or time.monotonic() < self._rests.get(installation_id, 0.0):
                self._again.add(installation_id)
                return
        self._put(installation_id)

    def busy_for(self, installation_id: int) -> float:
        """Seconds that this portal is being worked on already, 0 when it is not."""
        with self._lock:
            began = self._running.get(installation_id)
        return time.monotonic() - began if began is not None else 0.0

    def sweep(self, due: Iterable[int]) -> None:
        """Queue what is due, and what was asked for while it could not be, unless it rests still."""
        now = time.monotonic()
        with self._lock:
            wanted = self._again.union(due)
            self._again = {number for number in wanted if now < self._rests.get(number, 0.0)}
            wanted -= self._again
        for installation_id in wanted:
            self._put(installation_id)

    def _put(self, installation_id: int) -> None:
        with self._lock:
            if installation_id in self._running:
                self._again.add(installation_id)
            elif installation_id not in self._queued:
                self._queued.add(installation_id)
                self._queue.put(installation_id)

    def _work(self) -> None:
        while (installation_id := self._queue.get()) is not None and not self._stopped.is_set():
            with self._lock:
                self._queued.discard(installation_id)
                self._running[installation_id] = time.monotonic()
            before = time.thread_time()
            guarded(f"{self.name}: portal {installation_id}", lambda: self._run(installation_id))
            self._finished(installation_id, time.thread_time() - before)

    def _finished(self, installation_id: int, computed: float) -> None:
        """What came meanwhile waits for a later sweep: under a stream of events a run takes many of them."""
        with self._lock:
            del self._running[installation_id]
            self._rests[installation_id] = time.monotonic() + min(MOST_S, max(GATHER_S, SHARE * computed))


def guarded(what: str, run: Callable[[], object]) -> None:
    """A thread that serves all portals must outlive an error of one: it is logged, and the work stays due."""
    try:
        run()
    except Exception:
        log.exception("background_work_failed", what=what)
