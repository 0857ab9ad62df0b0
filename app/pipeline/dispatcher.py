"""The embedded dispatcher: threads of the process work on portals; a sweeper finds what no wake-up told of.

Queues only carry "portal N has work" and may lose it: the truth is in the database.
"""

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from app.pipeline.drain import drain
from app.pipeline.lane import GATHER_S, Lane, guarded
from app.pipeline.letters.lane import deliver
from app.pipeline.road import Road
from app.storage.database import reading
from app.storage.models import MailWork, PortalWork
from app.storage.queries import work

SWEEP_S = GATHER_S
"""How often due portals are looked for, at least: when one becomes due sooner, then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Periodic work: `run` is called every `every` seconds by one thread, never twice at once."""

    name: str
    every: float
    run: Callable[[], None]


class Dispatcher:
    """Drains portals and carries their letters, on a few threads each."""

    def __init__(self, road: Road, chores: Sequence[Chore] = (), threads: int = 4) -> None:
        self.road = road
        self.chores = chores
        self.holder = f"embedded-{uuid.uuid4().hex[:12]}"
        self.drains = Lane("drain", lambda number: drain(road, number, self.holder), threads)
        self.mail = Lane("mail", lambda number: deliver(road, number, self.holder), max(2, threads // 2))
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin. In the embedded mode this process is the only one, so claims of a dead predecessor are void."""
        with self.road.services.sessions.begin() as session:
            work.forget_claims(session)
        self.road.services.wake.connect(self.wake, self.mail.wake)
        self._threads += [*self.drains.threads(), *self.mail.threads(), _thread(self._sweep, "sweeper")]
        self._threads += [
            _thread(partial(self._repeat, chore), f"chore-{chore.name}") for chore in self.chores
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 30.0) -> None:
        """Finish the rounds under way and end the threads."""
        self._stop.set()
        self.road.stopping.set()
        self.drains.end()
        self.mail.end()
        for thread in self._threads:
            thread.join(timeout)

    def wake(self, installation_id: int) -> None:
        """This portal has work."""
        self.drains.wake(installation_id)
        if self.drains.busy_for(installation_id) > work.LONG_S:
            self.mail.wake(installation_id)

    def _sweep(self) -> None:
        """Portals whose time has come: retries, settle pauses, and whatever a crash left behind."""
        self._pause = SWEEP_S
        while not self._stop.wait(self._pause):
            self._pause = SWEEP_S
            guarded("sweep", self._wake_due)

    def _wake_due(self) -> None:
        services = self.road.services
        with services.sessions() as session:
            now = services.clock.now()
            reading(session)
            soon = now + work.EARLY
            self.drains.sweep(work.due_portals(session, soon, lane=PortalWork))
            self.mail.sweep(work.due_portals(session, now, lane=MailWork))
            pause = work.until_due(session, soon, SWEEP_S, (PortalWork,))
            pause = work.until_due(session, now, pause, (MailWork,))
        self._pause = max(work.LEAST_S, pause - (services.clock.now() - now).total_seconds())

    def _repeat(self, chore: Chore) -> None:
        while not self._stop.wait(chore.every):
            guarded(chore.name, chore.run)


def _thread(target: Callable[[], None], name: str) -> threading.Thread:
    return threading.Thread(target=target, name=name, daemon=True)
