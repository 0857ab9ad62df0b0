"""One portal's CRM as the road sees it."""

import time
from collections.abc import Callable, Sequence

from app.domain.crm import CrmFacts, Questions
from app.domain.plan import Outcome, StepState
from app.pipeline import waves
from app.pipeline.crm_side import Order
from app.storage.models import Installation
from bitrix_app.attach import Fetch, no_files
from bitrix_app.client import PortalClient
from bitrix_app.errors import RateLimited
from bitrix_app.execute import execute, execute_alone
from bitrix_app.find import find
from bitrix_app.lookup import look_up
from bitrix_app.pace import Pace


class BitrixCrm:
    """See `app.pipeline.crm_side.Crm`. Kept for a process: it remembers the portal's pace."""

    def __init__(
        self, client: PortalClient, *, sleep: Callable[[float], None] = time.sleep, fetch: Fetch = no_files
    ) -> None:
        self.client = client
        self._fetch = fetch
        self.pace = Pace()
        self._sleep = sleep
        self._member_id = ""

    def reserve(self, timeout: float) -> bool:
        """Take one request from the budget, waiting for its turn."""
        try:
            pause = self.client.limiter.reserve(self._portal(), timeout)
        except RateLimited:
            return False
        if pause > 0:
            self._sleep(pause)
        return True

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

    def _portal(self) -> str:
        """The limiter counts per member_id; it never changes, so it is read once."""
        if not self._member_id:
            with self.client.services.sessions() as session:
                self._member_id = session.get_one(Installation, self.client.installation_id).member_id
        return self._member_id
