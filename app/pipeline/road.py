"""Everything that working on portals needs beside the services."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.pipeline.crm_side import Crm
from app.pipeline.letters.exits import Mail
from app.pipeline.parsers import Parsers
from app.storage.queries.work import EARLY, Claim
from app.storage.services import Services

TURN = timedelta(seconds=10)
"""How long a portal is worked on before others have their turn."""
BROKEN_PAUSE = timedelta(seconds=10)
"""After what nobody foresaw, a portal is tried again so much later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """Parsers by source, the CRM of a portal, and its ways out for messages.

    `turn`: after so long a portal with more work goes to the end of the queue; None: never. `stopping`: the process
    is about to end.
    """

    services: Services
    parsers: Parsers
    crm_of: Callable[[int], Crm]
    mail: Mail | None = None
    turn: timedelta | None = None
    stopping: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, claim: Claim, prepare: Callable[[], None] = lambda: None) -> None:
        """Whoever was woken a little early gets ready and waits for the moment; nobody waits for longer than that."""
        if timedelta() < self._early(claim) <= EARLY:
            prepare()
            self.crm_of(claim.installation_id).get_ready()
            self.stopping.wait(max(0.0, self._early(claim).total_seconds()))

    def _early(self, claim: Claim) -> timedelta:
        return claim.due_at - self.services.clock.now() if claim.due_at is not None else timedelta()

    def leaves(self, since: datetime) -> bool:
        """Whether the holder of a portal since then begins nothing more: what is under way is finished."""
        return self.stopping.is_set() or (
            self.turn is not None and self.services.clock.now() - since >= self.turn
        )
