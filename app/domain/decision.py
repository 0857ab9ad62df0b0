"""What the rules answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.conversation import Reason
from app.domain.crm import Questions
from app.domain.plan import Plan


@dataclass(frozen=True, slots=True)
class Wait:
    """Too early: look again at `until` (None: when something new comes). `report`: a read of it would help."""

    until: datetime | None
    report: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """Not to be transferred: `reason` is why."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Ask:
    """The CRM must be asked before a decision; `keys` are the client's identity keys to hold meanwhile."""

    questions: Questions
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Follow:
    """Decided before; what has come since can be planned without asking."""


Consideration = Wait | Skip | Ask | Follow


@dataclass(slots=True, kw_only=True)
class Decision:
    """A plan, what the ledger gets when it is settled, and why. An empty plan settles at once.

    `effects` maps ledger fields to values; ids that a step makes are written as {"$step": name}.
    """

    plan: Plan = field(default_factory=Plan)
    effects: dict[str, Any] = field(default_factory=dict)
    explanation: list[Reason] = field(default_factory=list)
    turns: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Turns of queues that this decision takes: queue -> (place, user)."""
    state: str = "done"
    reason: str | None = None
    look_again: datetime | None = None

    def because(self, code: str, **params: Any) -> None:
        """Add a line to the explanation."""
        self.explanation.append(Reason(code=code, params=params))
