"""Portals as they may be: how much goes on in each, how fast they answer, which are broken. By a seed."""

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.domain.plan import Plan, Ref, Step, StepKind

SIGMA = 1.6
"""Spread of activity (lognormal): the busiest percent of portals has a fifth of all conversations."""
MESSAGES = 6
LASTS_S = (60.0, 900.0)
SETTLE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Seconds: of a round trip, of one command that reads, of one that writes. `silent`: it never answers."""

    trip: float = 0.15
    read: float = 0.02
    write: float = 0.02
    silent: bool = False


QUICK = Speed()
SLOW = Speed(read=0.05, write=0.4)
SILENT = Speed(silent=True)


@dataclass(slots=True)
class Task:
    """One plan of a conversation: of its start or of its end. Due at `due`, unix seconds."""

    number: int
    due: float
    wanted: float
    plan: Plan
    asks: bool


@dataclass(slots=True)
class Portal:
    """One portal: its tasks that wait, and the seconds from when each was due to its end."""

    number: int
    speed: Speed
    tasks: dict[int, Task] = field(default_factory=dict)
    lags: list[float] = field(default_factory=list)
    silences: int = 0

    def take(self, now: float, most: int) -> list[Task]:
        """Tasks whose time has come, longest waiting first."""
        due = (task for task in self.tasks.values() if task.due <= now)
        return heapq.nsmallest(most, due, key=lambda task: (task.due, task.number))

    def next_due(self) -> float | None:
        return min((task.due for task in self.tasks.values()), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How many portals, how much they do in `seconds`, which share of them is slow or silent, and bursts.

    `bursts`: (portals, chats that each gets at once, when).
    """

    portals: int
    conversations: int
    seconds: float = 3600.0
    slow: float = 0.1
    silent: float = 0.0
    bursts: Sequence[tuple[int, int, float]] = ()


def portals_of(spread: Spread, chance: random.Random) -> list[Portal]:
    """The portals; which of them is slow or silent has nothing to do with how busy it is."""
    made = []
    for number in range(1, spread.portals + 1):
        lot = chance.random()
        speed = SILENT if lot < spread.silent else SLOW if lot < spread.silent + spread.slow else QUICK
        made.append(Portal(number, speed))
    return made


def arrivals(spread: Spread, chance: random.Random) -> Iterator[tuple[float, int, str]]:
    """(seconds, portal, what) in order of time; what: `start`, `message`, `end`."""
    weights = [chance.lognormvariate(0.0, SIGMA) for _ in range(spread.portals)]
    found: list[tuple[float, int, str]] = []
    for number in chance.choices(range(1, spread.portals + 1), weights, k=spread.conversations):
        found += _conversation(number, chance.uniform(0, spread.seconds), chance)
    for portals, chats, at in spread.bursts:
        for number in chance.sample(range(1, spread.portals + 1), portals):
            found += [(at + chance.uniform(0, 1), number, "start") for _ in range(chats)]
    return iter(sorted(event for event in found if event[0] < spread.seconds))


def _conversation(number: int, began: float, chance: random.Random) -> list[tuple[float, int, str]]:
    ended = began + chance.uniform(*LASTS_S)
    messages = [(chance.uniform(began, ended), number, "message") for _ in range(MESSAGES)]
    return [(began, number, "start"), *messages, (ended, number, "end")]


def plan_of(what: str) -> Plan:
    """What a first chat makes, and what its end adds: two transcripts, and the activity is completed."""
    if what == "start":
        contact = Step(name="contact", kind=StepKind.CREATE_CONTACT, params={})
        deal = Step(name="deal", kind=StepKind.CREATE_DEAL, params={"contact_id": Ref("contact")})
        activity = Step(name="activity", kind=StepKind.ADD_ACTIVITY, params={"owner": Ref("deal")})
        told = Step(name="notify", kind=StepKind.NOTIFY, params={"entity_id": Ref("deal")})
        return Plan(steps=[contact, deal, activity, told])
    kinds = {"deal": StepKind.ADD_COMMENT, "contact": StepKind.ADD_COMMENT, "done": StepKind.UPDATE_ACTIVITY}
    return Plan(steps=[Step(name=name, kind=kind, params={}) for name, kind in kinds.items()])
