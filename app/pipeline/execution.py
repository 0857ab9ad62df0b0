"""The last part of a round: plans are carried out in batches, several in flight at once.

The order of things is what makes a crash harmless: a request is reserved from the portal's budget, the intent
is committed, the batch is sent, the outcome is committed. Whatever is found `sent` later was cut off and is
looked up by its marker before it may be sent again.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from app.base.meters import Meters
from app.domain.plan import Outcome, Plan, Retry, Step, StepState, Unknown
from app.pipeline import outcomes
from app.pipeline.crm_side import Crm, CrmAway, Order
from app.pipeline.desk import cards
from app.pipeline.waves import orders, pack, ready_steps
from app.storage.models import Conversation, MailWork
from app.storage.queries import conversations, work
from app.storage.queries.work import Claim
from app.storage.services import Services

log = structlog.get_logger()
IN_FLIGHT = 6
RESERVE_S = 20.0
SETTLED_AT_ONCE = 100
SOON_S = 0.5
"""For so short a wait a conversation is not put off: see `_admitted`."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions that are not saved yet: their plans with something to send, and how to save all of them."""

    plans: Mapping[int, Plan]
    save: Callable[[Session], None]


class Execution:
    """Carries out the plans of one round of one portal. `leaves`: whether nothing more is begun.

    `decided`: saved with the first intent, before anything of it is sent.
    """

    def __init__(
        self, services: Services, claim: Claim, crm: Crm, leaves: Callable[[], bool] = lambda: False,
        decided: Decided | None = None,
    ) -> None:  # fmt: skip
        self.services = services
        self.claim = claim
        self.crm = crm
        self.leaves = leaves
        self.unsaved = decided
        self.pauses: dict[int, float] = {}
        self.away: CrmAway | None = None

    def run(self, plans: dict[int, Plan], pool: Executor) -> None:
        """Send everything that can be sent now; plans keep what is left for a later round."""
        self._keep_pauses(plans)
        self._look_up_unknown(plans)
        self._fail_dependents(plans)
        flying: dict[Future[list[Outcome]], list[Order]] = {}
        while True:
            waiting = self._next_batches(plans, flying)
            while waiting and self.away is None and len(flying) < IN_FLIGHT and not self.leaves():
                batch = waiting.pop(0)
                if flying and len(batch) < self.crm.batch_size() and not waiting:
                    break  # not full: what lands next may ride with it
                free, soon = self._admitted(batch, bool(flying))
                if free:
                    self._intend(free, plans)
                    flying[pool.submit(self.crm.send, free)] = free
                if soon:
                    break  # the next answer says more
            if not flying:
                break
            self._land(plans, flying)
        if self.unsaved:
            self._save([], plans)
        for conversation_id in plans:
            self.pauses.setdefault(conversation_id, self.away.after if self.away else 0.0)

    def _keep_pauses(self, plans: dict[int, Plan]) -> None:
        """An event that comes in meanwhile wakes its conversation, but shortens no pause."""
        now = self.services.clock.now().timestamp()
        for conversation_id, plan in plans.items():
            until = max((step.not_before or 0.0 for step in plan.open()), default=0.0)
            if until > now:
                self.pauses[conversation_id] = until - now

    def _next_batches(
        self, plans: dict[int, Plan], flying: dict[Future[list[Outcome]], list[Order]]
    ) -> list[list[Order]]:
        """Batches of plans that have nothing in flight, nothing unknown, and no pause to keep."""
        busy = {order.conversation_id for batch in flying.values() for order in batch}
        free = {
            conversation_id: plan
            for conversation_id, plan in plans.items()
            if conversation_id not in busy and conversation_id not in self.pauses and not _uncertain(plan)
        }
        return pack(free, self.crm.batch_size(), IN_FLIGHT - len(flying) + 1)

    def _admitted(self, batch: Sequence[Order], flying: bool) -> tuple[list[Order], bool]:
        """What of a batch may be sent now; a request is reserved for it. The others keep a pause.

        The second: some of them would keep a short one, while something is on its way that will land before.
        """
        waits = self.crm.admit(batch)
        free = [order for order in batch if order.conversation_id not in waits]
        if free and not self.crm.reserve(RESERVE_S):
            self.crm.withdraw(free)
            self._hold(free, 1.0)
            free = []
        soon = bool(free or flying) and 0 < max(waits.values(), default=0.0) <= SOON_S
        if not soon:
            self.pauses.update(waits)
        return free, soon

    def _intend(self, batch: Sequence[Order], plans: dict[int, Plan]) -> None:
        now = self.services.clock.now()
        for order in batch:
            order.step.sent_at, order.step.not_before = now.timestamp(), None
            if order.step.state == StepState.PLANNED:
                order.step.state = StepState.SENT
        self._save(batch, plans)

    def _land(self, plans: dict[int, Plan], flying: dict[Future[list[Outcome]], list[Order]]) -> None:
        for future in self.services.threads.first(flying):
            batch = flying.pop(future)
            self._record(batch, _results(future, batch, self))
            self._save(batch, plans)

    def _record(self, batch: Sequence[Order], results: Sequence[Outcome]) -> None:
        now = self.services.clock.now().timestamp()
        for order, outcome in zip(batch, results, strict=True):
            _count(self.services.meters, outcome)
            pause = outcomes.record(order.step, outcome)
            if pause > 0:
                order.step.not_before = now + pause
                self.pauses[order.conversation_id] = max(pause, self.pauses.get(order.conversation_id, 0.0))

    def _hold(self, batch: Sequence[Order], pause: float) -> None:
        for order in batch:
            self.pauses[order.conversation_id] = pause

    def _save(self, batch: Sequence[Order], plans: dict[int, Plan]) -> None:
        """Write the steps of these conversations; nothing is written under a claim that was lost."""
        fresh: Mapping[int, Plan] = self.unsaved.plans if self.unsaved else {}
        ids = {order.conversation_id for order in batch} - fresh.keys()
        with self.services.sessions.begin() as session:
            work.fence(session, self.claim, self.services.clock.now())
            if self.unsaved:
                self.unsaved.save(session)
            for conversation_id, row in conversations.open_plans(session, ids).items() if ids else ():
                row.steps = plans[conversation_id].to_json()
        self.unsaved = None

    def finish(self, plans: dict[int, Plan]) -> None:
        """Settle what has ended and say when to look at the rest again.

        Some at a time: hundreds of plans together would cost much memory, and on SQLite keep the doors waiting.
        """
        ids = list(plans)
        posted = [
            self._settle({number: plans[number] for number in ids[start : start + SETTLED_AT_ONCE]})
            for start in range(0, len(ids), SETTLED_AT_ONCE)
        ]
        if any(posted):
            self.services.wake.mail(self.claim.installation_id)
        if plans:
            self.services.wake.news(self.claim.installation_id)

    def _settle(self, plans: dict[int, Plan]) -> int:
        """Returns how many letters that made."""
        now, config = self.services.clock.now(), self.services.config
        settled: list[tuple[Conversation, dict[str, int]]] = []
        with self.services.sessions.begin() as session:
            work.fence(session, self.claim, now)
            work.hold(session, self.claim.installation_id, MailWork)
            rows = conversations.by_ids(session, plans)
            for conversation_id, plan_row in conversations.open_plans(session, plans.keys()).items():
                row = rows[conversation_id]
                settled.append((row, cards.entities_of(row)))
                pause = self.pauses.get(conversation_id, 0.0)
                outcomes.settle(row, plan_row, plans[conversation_id], now, pause, config.unknown_wait)
                if plan_row.settled_at is not None or row.due_at is None:
                    self._tell(row, now)
            return cards.link(session, self.claim.installation_id, settled, now)

    def _tell(self, row: Conversation, now: datetime) -> None:
        """A plan came to its end: counted and logged; the same lines wherever a conversation is worked on."""
        meters = self.services.meters
        meters.count("conversations_settled", row.state)
        meters.observe("effect_lag_seconds", (now - row.updated_at).total_seconds())
        log.info("conversation_settled", conversation=row.id, state=row.state, problem=_code(row.problem))

    def _look_up_unknown(self, plans: dict[int, Plan]) -> None:
        """Steps whose answer was lost, once the server can no longer be working on them."""
        for plan in plans.values():
            outcomes.doubt(plan)
        ripe = self.services.clock.now().timestamp() - self.services.config.unknown_wait
        lost = [
            order
            for conversation_id, plan in plans.items()
            if all(step.sent_at is not None and step.sent_at <= ripe for step in _lost_steps(plan))
            for order in orders(conversation_id, plan, _lost_steps(plan))
        ]
        if not lost:
            return
        try:
            found = self.crm.find(lost)
        except CrmAway as error:
            self.away = error
            return
        for order, outcome in zip(lost, found, strict=True):
            order.step.state = StepState.UNKNOWN
            outcomes.record(order.step, outcome)
        self._save(lost, plans)

    def _fail_dependents(self, plans: dict[int, Plan]) -> None:
        for plan in plans.values():
            ready_steps(plan, 0)  # marks steps whose link can never be made


def _count(meters: Meters, outcome: Outcome) -> None:
    if isinstance(outcome, Retry):
        meters.count("retries", "yes" if outcome.counts else "no")
    elif isinstance(outcome, Unknown):
        meters.count("unknown_outcomes")


def _code(problem: str | None) -> str | None:
    """Step and code of a problem; what follows are a vendor's words, which may quote a client's data."""
    return ":".join(problem.split(":")[:2]) if problem else None


def _lost_steps(plan: Plan) -> list[Step]:
    return [step for step in plan.steps if step.state in (StepState.SENT, StepState.UNKNOWN)]


def _uncertain(plan: Plan) -> bool:
    return bool(_lost_steps(plan))


def _results(
    future: "Future[list[Outcome]]", batch: Sequence[Order], execution: Execution
) -> Sequence[Outcome]:
    """What a batch came to. `CrmAway` says that nothing was done; anything unforeseen leaves it unknown."""
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, CrmAway):
        execution.away = error
        return [Retry(error.after, error.reason, counts=False) for _ in batch]
    log.error("batch_broke", portal=execution.claim.installation_id, exc_info=error)
    return [Unknown(f"internal:{type(error).__name__}") for _ in batch]
