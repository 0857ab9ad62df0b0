"""Analytics over both vendors: which portals are due, and a few of them at a time."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.base.config import Config
from app.pipeline.analytics.desk import Analytics
from app.pipeline.analytics.lane import turn
from app.pipeline.analytics.sides import Rhythm, Sides
from app.storage.database import reading
from app.storage.models import AnalyticsWork
from app.storage.queries import work
from app.storage.services import Services
from app.uis.uploads import uploads_of
from app.web.portals import Portals
from bitrix_app.analytics.portal import BitrixLines
from bitrix_app.handlers import listen

AT_ONCE = 4
"""Portals that one process works on side by side, so that a slow one holds up few others."""


def rhythm(config: Config) -> Rhythm:
    """How often activities are read, and how long an upload may still be under way."""
    return Rhythm(
        list_every=timedelta(seconds=config.reconcile), unknown_wait=timedelta(seconds=config.unknown_wait)
    )


def build_analytics(services: Services, portals: Portals) -> Analytics:
    """The lane with its two sides."""
    sides = Sides(
        lines_of=lambda number: BitrixLines(portals.client(number), listen),
        uploads_of=lambda number: uploads_of(services, number),
    )
    return Analytics(services=services, sides=sides, rhythm=rhythm(services.config))


class AnalyticsWorker:
    """Any number of processes may have one: a portal is claimed before it is worked on."""

    def __init__(self, services: Services, portals: Portals) -> None:
        self.services = services
        self.analytics = build_analytics(services, portals)
        self.holder = f"analytics-{uuid.uuid4().hex[:12]}"

    def work_on_due(self) -> None:
        """A turn for every portal that is due."""
        due = self._due()
        if due:
            with ThreadPoolExecutor(min(AT_ONCE, len(due)), thread_name_prefix="analytics") as pool:
                list(pool.map(lambda number: turn(self.analytics, number, self.holder), due))

    def _due(self) -> Sequence[int]:
        now = self.services.clock.now()
        with self.services.sessions() as session:
            return work.due_portals(reading(session), now, lane=AnalyticsWork)
