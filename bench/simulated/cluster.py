"""Workers, their queue, and the database in which portals are claimed (`app.storage.queries.work`, on SQLite)."""

import itertools
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, insert
from sqlalchemy.orm import Session

from app.pipeline.road import TURN
from app.storage.database import Base
from app.storage.models import PortalWork
from app.storage.queries import work
from bench.simulated.carrying import TIMEOUT_S, Carrier, Figures, Silent, done
from bench.simulated.portals import SETTLE_S, Portal, Spread, Task, arrivals, plan_of, portals_of
from bench.simulated.turns import Turns
from bitrix_app.crm import CONVERSATIONS
from bitrix_app.limits.limiter import Limiter
from bitrix_app.limits.silence import pause_after

CPU_DRAIN_S, CPU_TASK_S = 0.008, 0.006
"""What a worker's core does for a drain and for each plan (docs/benchmarks.md): a process has one at a time."""
SLICE_S = 0.01
SWEEP_S = 1.0
CLAIM_TTL_S = 120.0


@dataclass(slots=True)
class Process:
    """A worker process: threads that wait for portals, and one core."""

    threads: int
    free: int
    core_until: float = 0.0
    core_used: float = 0.0


class Cluster:
    """One run: the portals with their lags, and the counts, are read afterwards."""

    def __init__(self, spread: Spread, workers: int, threads: int = 16, seed: int = 1) -> None:
        self.spread = spread
        self.turns = Turns()
        self.began = self.turns.now
        self.chance = random.Random(seed)
        self.portals = {portal.number: portal for portal in portals_of(spread, self.chance)}
        self.limiter = Limiter(2.0, 50, now=self.turns.clock, wall=self.turns.clock, sleep=_never)
        self.processes = [Process(threads, threads) for _ in range(workers)]
        self.figures = Figures()
        self.carriers = {n: Carrier(portal, self.limiter, self.figures) for n, portal in self.portals.items()}
        self.queue: deque[int] = deque()
        self.statements = self.wakes = self.drains = self.deepest = 0
        self.silent_held = 0.0
        self._numbers = itertools.count(1)
        self.connection, self.session = self._database()

    def run(self) -> "Cluster":
        """The whole span; what is not done at its end counts as late by then."""
        self.turns.begin(self._arrive())
        self.turns.begin(self._sweep())
        self.turns.run(self.began + self.spread.seconds)
        for portal in self.portals.values():
            portal.lags += [
                self.turns.now - task.wanted for task in portal.tasks.values() if task.wanted < self.turns.now
            ]
        self.session.close()
        self.connection.close()
        return self

    def _database(self) -> tuple[Connection, Session]:
        engine = create_engine("sqlite://", poolclass=StaticPool)
        Base.metadata.create_all(engine)
        connection = engine.connect()
        session = Session(connection, expire_on_commit=False)
        rows = [{"installation_id": number, "epoch": 0} for number in self.portals]
        session.execute(insert(PortalWork), rows)
        session.commit()
        self._count(engine)
        return connection, session

    def _count(self, engine: Engine) -> None:
        @event.listens_for(engine, "before_cursor_execute")
        def counted(*_: object) -> None:
            self.statements += 1

    def _arrive(self) -> Iterator[float]:
        """Events come in at the doors."""
        for at, number, what in arrivals(self.spread, self.chance):
            yield self.began + at - self.turns.now
            now, portal = self.turns.now, self.portals[number]
            if what != "message":
                due = now + (SETTLE_S if what == "start" else 0.0)
                task = Task(next(self._numbers), due, due, plan_of(what), asks=what == "start")
                portal.tasks[task.number] = task
            if work.rouse(self.connection, number, self.turns.moment()):
                self._wake(number)

    def _sweep(self) -> Iterator[float]:
        while True:
            for number in work.to_wake(self.session, self.turns.moment()):
                self._wake(number)
            yield SWEEP_S

    def _wake(self, number: int) -> None:
        self.wakes += 1
        self.queue.append(number)
        self.deepest = max(self.deepest, len(self.queue))
        self._hand_out()

    def _hand_out(self) -> None:
        while self.queue:
            process = max(self.processes, key=lambda one: one.free)
            if not process.free:
                return
            process.free -= 1
            self.turns.begin(self._thread(process, self.queue.popleft()))

    def _thread(self, process: Process, number: int) -> Iterator[float]:
        yield from self._drain(process, number)
        process.free += 1
        self._hand_out()

    def _drain(self, process: Process, number: int) -> Iterator[float]:
        held = work.claim(self.session, number, "worker", self.turns.moment(), CLAIM_TTL_S)
        if held is None:
            return
        self.drains += 1
        portal, began, not_before = self.portals[number], self.turns.now, 0.0
        yield from self._core(process, CPU_DRAIN_S)
        while self.turns.now - began < TURN.total_seconds():
            tasks = portal.take(self.turns.now, CONVERSATIONS)
            if not tasks:
                break
            yield from self._core(process, CPU_TASK_S * len(tasks))
            try:
                yield from self._round(portal, tasks)
            except Silent:
                yield TIMEOUT_S
                self.silent_held += TIMEOUT_S
                portal.silences += 1
                not_before = self.turns.now + pause_after(portal.silences, TIMEOUT_S)
                break
        self._release(held, portal, not_before)

    def _round(self, portal: Portal, tasks: list[Task]) -> Iterator[float]:
        carrier = self.carriers[portal.number]
        asking = sum(task.asks for task in tasks)
        if asking:
            yield from carrier.look_up(asking)
        yield from carrier.carry_out(tasks, self.turns.clock)
        for task in tasks:
            task.asks = False
            if done(task.plan):
                portal.lags.append(self.turns.now - task.wanted)
                del portal.tasks[task.number]

    def _release(self, held: work.Claim, portal: Portal, not_before: float) -> None:
        work.fence(self.session, held, self.turns.moment())
        due = portal.next_due()
        at = None if due is None else max(due, not_before)
        work.release(self.session, held, None if at is None else self.turns.moment(at - self.turns.now))
        if at is not None and at <= self.turns.now:
            self._wake(portal.number)

    def _core(self, process: Process, seconds: float) -> Iterator[float]:
        """Use the process's core for so long, in slices: threads take turns, as Python's do."""
        process.core_used += seconds
        while seconds > 0:
            piece = min(SLICE_S, seconds)
            process.core_until = max(process.core_until, self.turns.now) + piece
            seconds -= piece
            yield process.core_until - self.turns.now


def _never(seconds: float) -> None:
    raise AssertionError(f"nobody sleeps here ({seconds} s)")
