"""What the road wants of the CRM side. `bitrix_app` carries it out; the road never sees HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.crm import CrmFacts, Questions
from app.domain.plan import Outcome, Step, StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One step of one conversation's plan.

    `links`: step name -> (key of its order in the same batch, its kind); `known`: step name -> id, for
    references to what is made already.
    """

    key: str
    conversation_id: int
    step: Step
    links: dict[str, tuple[str, StepKind]]
    known: dict[str, int]


class CrmAway(Exception):
    """The portal cannot be asked now: nothing was done. `after` seconds; `parked`: reason for administrators."""

    def __init__(self, reason: str, after: float, *, parked: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.parked = parked


class LookupRefused(CrmAway):
    """The portal does not answer such a question, now or later."""


class Crm(Protocol):
    """One portal's CRM. Methods may be called from several threads at once."""

    def get_ready(self) -> None:
        """Read what the next requests need: they are about to be made, and nobody waits yet."""

    def reserve(self, timeout: float) -> bool:
        """Take one request from the portal's budget; waits up to `timeout` seconds. False: none was free."""

    def admit(self, orders: Sequence[Order]) -> dict[int, float]:
        """Take the working time of these orders' methods. Answers the conversations for which there is none.

        Conversation -> seconds to wait; their orders must not be sent now. What is admitted is sent or withdrawn.
        """

    def withdraw(self, orders: Sequence[Order]) -> None:
        """Orders that were admitted are not sent after all."""

    def rest(self) -> float:
        """Seconds until new conversations can be worked on; 0: now. Those that have a plan go on meanwhile."""

    def round_size(self) -> int:
        """How many conversations one round may take."""

    def batch_size(self) -> int:
        """How many commands a batch may have to stay near its target time."""

    def ask(self, questions: Sequence[Questions]) -> list[CrmFacts]:
        """Answer the questions of many conversations in as few requests as possible. Raises CrmAway."""

    def send(self, orders: Sequence[Order]) -> list[Outcome]:
        """Carry out one batch that was admitted, and for which a request was reserved: an outcome per order."""

    def find(self, orders: Sequence[Order]) -> list[Outcome]:
        """Look up by their markers what became of steps whose answer was lost.

        Done: it is there; Retry: it is not, send again. Raises CrmAway.
        """
