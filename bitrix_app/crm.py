"""One portal's CRM as the road sees it."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from app.domain.crm import CrmFacts, Questions
from app.domain.plan import Outcome, StepState
from app.pipeline import waves
from app.pipeline.crm_side import Order
from bitrix_app.attach import Fetch, no_files
from bitrix_app.client import PortalClient
from bitrix_app.commands import method_of
from bitrix_app.errors import BitrixError, RateLimited
from bitrix_app.execute import away, execute, execute_alone
from bitrix_app.find import find
from bitrix_app.limits.limiter import SPARE
from bitrix_app.limits.pace import Pace
from bitrix_app.lookup import look_up

LOOKUP = "crm.duplicate.findbycomm"
CREATING = ("crm.item.add", "crm.activity.configurable.add", LOOKUP)
"""What a new conversation cannot do without."""
CONVERSATIONS, LEAST = 500, 10
"""How many conversations one round takes: enough to fill the batches that are in flight together."""
AGAIN_S, FORGOTTEN = 0.5, timedelta(seconds=30)
"""When to look whether those that were held have left; one that nobody has sent again by then is not waited for."""
LOOKUPS_S = 60.0
"""How long a portal may work on the lookups of one round."""


class BitrixCrm:
    """See `app.pipeline.crm_side.Crm`. Kept for a process: it remembers the portal's pace."""

    def __init__(
        self, client: PortalClient, *, sleep: Callable[[float], None] = time.sleep, fetch: Fetch = no_files
    ) -> None:
        self.client = client
        self._fetch = fetch
        self.pace = Pace()
        self._sleep = sleep
        self._held: dict[int, datetime] = {}

    def get_ready(self) -> None:
        self.client.get_ready()

    def reserve(self, timeout: float) -> bool:
        """Take one request from the budget, waiting for its turn."""
        try:
            pause = self.client.limiter.reserve(self._portal(), timeout, SPARE)
        except RateLimited:
            return False
        self.client.services.meters.observe("budget_wait_seconds", pause)
        if pause > 0:
            self._sleep(pause)
        return True

    def admit(self, orders: Sequence[Order]) -> dict[int, float]:
        """Conversation by conversation, so that what one makes is not left half made for minutes."""
        groups = _methods(orders)
        waits = self.client.limiter.admit(self._portal(), list(groups.values()), careful=True)
        for number, wait in zip(groups, waits, strict=True):
            self._held.pop(number, None)
            if wait > 0:
                self._held[number] = self._now() + timedelta(seconds=wait)
        return {number: wait for number, wait in zip(groups, waits, strict=True) if wait > 0}

    def withdraw(self, orders: Sequence[Order]) -> None:
        for counts in _methods(orders).values():
            self.client.limiter.withdraw(self._portal(), counts)

    def rest(self) -> float:
        """While plans wait for their methods' time, new ones would only wait behind them."""
        now = self._now()
        self._held = {number: until for number, until in self._held.items() if until > now - FORGOTTEN}
        held = max((min(self._held.values()) - now).total_seconds(), AGAIN_S) if self._held else 0.0
        return max(held, *(self.client.limiter.paused(self._portal(), method) for method in CREATING))

    def round_size(self) -> int:
        mean = self.client.limiter.mean(self._portal(), LOOKUP)
        return max(LEAST, min(CONVERSATIONS, int(LOOKUPS_S / mean)))

    def batch_size(self) -> int:
        return self.pace.size()

    def ask(self, questions: Sequence[Questions]) -> list[CrmFacts]:
        return look_up(self.client, questions)

    def send(self, orders: Sequence[Order]) -> list[Outcome]:
        if waves.alone(orders[0].step) and orders[0].step.state != StepState.REPAIR:
            return execute_alone(self.client, orders[0], self._fetch)
        return execute(self.client, self.pace, orders)

    def find(self, orders: Sequence[Order]) -> list[Outcome]:
        return find(self.client, orders)

    def _now(self) -> datetime:
        return self.client.services.clock.now()

    def _portal(self) -> str:
        """Raises CrmAway when the portal cannot be called at all."""
        try:
            return self.client.member_id()
        except BitrixError as error:
            raise away(error) from None


def _methods(orders: Sequence[Order]) -> dict[int, Mapping[str, int]]:
    """Conversation -> how many commands of which method, in the order of the batch."""
    groups: dict[int, Counter[str]] = {}
    for order in orders:
        groups.setdefault(order.conversation_id, Counter())[method_of(order)] += 1
    return dict(groups)
