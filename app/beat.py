"""The clock of the cluster: any number of beats may run, one of them sends (`celery --app app.worker beat`).

The leader holds a lease in the database. When it dies another beat takes over within `LEASE`; what two of them might
send meanwhile is sent twice, which costs nothing.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery.beat import Scheduler
from sqlalchemy.exc import SQLAlchemyError

from app.storage.queries import leases
from app.storage.services import Services

log = structlog.get_logger()
LEASE = timedelta(seconds=15)
ASK_AGAIN_S = 2.0


class Leadership:
    """Whether this process is the one that sends."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.holder = f"beat-{uuid.uuid4().hex[:12]}"
        self._until: datetime | None = None

    def mine(self) -> bool:
        """Asks the database when a third of the lease is over. False as well while it is away."""
        now = self.services.clock.now()
        if self._until is not None and self._until - now > LEASE * 2 / 3:
            return True
        try:
            with self.services.sessions.begin() as session:
                held = leases.hold(session, "beat", self.holder, now, now + LEASE)
        except SQLAlchemyError:
            log.exception("beat_cannot_ask")
            held = False
        self._until = now + LEASE if held else None
        return held


class LeadScheduler(Scheduler):  # type: ignore[misc]
    """Keeps no file: the schedule is in the code, and every chore may run once more."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        from app.worker import worker  # the worker's configuration is read when beat really starts

        self.leadership = Leadership(worker().services)
        super().__init__(*arguments, **options)

    def tick(self, *arguments: Any, **options: Any) -> float:
        """Send what is due, if this beat leads. Returns the seconds until it is to be asked again."""
        if not self.leadership.mine():
            return ASK_AGAIN_S
        return float(super().tick(*arguments, **options))
