"""One portal's requests on the virtual clock: batches by the real planner, each let go by the real limiter."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.plan import Plan, StepKind, StepState
from app.pipeline.crm_side import Order
from app.pipeline.execution import IN_FLIGHT
from app.pipeline.waves import pack
from bench.simulated.portals import Portal, Task
from bitrix_app.batch import MAX_COMMANDS
from bitrix_app.limits.limiter import SPARE, Limiter
from bitrix_app.limits.operating import Use
from bitrix_app.limits.pace import Pace

METHODS = {
    StepKind.CREATE_CONTACT: "crm.item.add", StepKind.CREATE_DEAL: "crm.item.add",
    StepKind.ADD_ACTIVITY: "crm.activity.configurable.add", StepKind.NOTIFY: "im.notify.system.add",
    StepKind.ADD_COMMENT: "crm.timeline.comment.add", StepKind.UPDATE_ACTIVITY: "crm.activity.configurable.update",
}  # fmt: skip
LOOKUP = "crm.duplicate.findbycomm"
MARKERS = 3
"""Searches for the markers of 50 conversations."""
WAIT_S = 60.0
TIMEOUT_S = 65.0


class Silent(Exception):
    """The portal did not answer."""


@dataclass(slots=True)
class Figures:
    """What all portals together did."""

    requests: int = 0
    commands: int = 0
    held: int = 0


@dataclass(slots=True)
class Carrier:
    """Works for one portal while a worker holds it. Its steps are generators: see `Turns`."""

    portal: Portal
    limiter: Limiter
    figures: Figures
    pace: Pace = field(default_factory=Pace)

    @property
    def name(self) -> str:
        return str(self.portal.number)

    def look_up(self, tasks: int) -> Iterator[float]:
        """Two waves at most; here the first alone. Raises Silent."""
        commands = tasks + MARKERS * -(-tasks // MAX_COMMANDS)
        self.limiter.admit(self.name, [{LOOKUP: commands}])
        ends: list[float] = []
        for start in range(0, commands, MAX_COMMANDS):
            size = min(MAX_COMMANDS, commands - start)
            began = heapq.heappop(ends) if len(ends) >= IN_FLIGHT else 0.0
            heapq.heappush(ends, began + self._sent(size, self.portal.speed.read))
        yield max(ends)
        self._answered({LOOKUP: commands}, self.portal.speed.read)

    def carry_out(self, tasks: Sequence[Task], now: Callable[[], float]) -> Iterator[float]:
        """All that can be sent. Tasks whose methods have no time left are put off."""
        plans = {task.number: task.plan for task in tasks}
        put_off: dict[int, float] = {}
        flying: list[tuple[float, int, list[Order]]] = []
        count = 0
        while True:
            busy = {order.conversation_id for _, _, batch in flying for order in batch}
            free = {n: plan for n, plan in plans.items() if n not in busy and n not in put_off}
            waiting = pack(free, self.pace.size(), IN_FLIGHT - len(flying) + 1)
            while waiting and len(flying) < IN_FLIGHT:
                batch = waiting.pop(0)
                if flying and len(batch) < self.pace.size() and not waiting:
                    break
                batch = self._admitted(batch, put_off)
                if batch:
                    count += 1
                    heapq.heappush(
                        flying, (now() + self._sent(len(batch), self.portal.speed.write), count, batch)
                    )
                    _mark(batch, StepState.SENT)
            if not flying:
                break
            at, _, batch = heapq.heappop(flying)
            yield at - now()
            self._landed(batch)
        for task in tasks:
            task.due = now() + put_off.get(task.number, 0.0)

    def _admitted(self, batch: list[Order], put_off: dict[int, float]) -> list[Order]:
        groups: dict[int, Counter[str]] = {}
        for order in batch:
            groups.setdefault(order.conversation_id, Counter())[METHODS[order.step.kind]] += 1
        waits = self.limiter.admit(self.name, list(groups.values()))
        put_off |= {number: wait for number, wait in zip(groups, waits, strict=True) if wait > 0}
        self.figures.held += sum(wait > 0 for wait in waits)
        return [order for order in batch if order.conversation_id not in put_off]

    def _sent(self, commands: int, each: float) -> float:
        """Seconds until the answer of a request that is sent as soon as the portal's budget allows."""
        if self.portal.speed.silent:
            raise Silent
        self.figures.requests += 1
        self.figures.commands += commands
        return self.limiter.reserve(self.name, WAIT_S, SPARE) + self.portal.speed.trip + commands * each

    def _landed(self, batch: Sequence[Order]) -> None:
        for order in batch:
            order.step.state, order.step.result = StepState.DONE, order.conversation_id
        self.pace.note(self.portal.speed.write for _ in batch)
        self._answered(Counter(METHODS[order.step.kind] for order in batch), self.portal.speed.write)

    def _answered(self, counts: Mapping[str, int], each: float) -> None:
        now = self.limiter._wall()
        uses = [Use(method=m, start=now, seconds=each) for m, count in counts.items() for _ in range(count)]
        self.limiter.settle(self.name, counts, uses, None)


def _mark(batch: Sequence[Order], state: StepState) -> None:
    for order in batch:
        order.step.state = state


def done(plan: Plan) -> bool:
    """Whether nothing of it is left."""
    return not plan.open()
