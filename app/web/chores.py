"""Periodic work: reading reports, keeping tokens alive, confirming uninstalls, synchronizing, forgetting."""

from datetime import datetime, timedelta
from functools import partial

import structlog

from app.pipeline.desk.reminders import remind
from app.pipeline.dispatcher import Chore
from app.storage.database import reading
from app.storage.queries import periodic, work
from app.storage.services import Services
from app.uis.joining.connect import forget as leave_uis
from app.uis.reports.poll import poll_due
from app.web import lines_work, synchronize
from app.web.analytics import AnalyticsWorker
from app.web.cleaning import clean
from app.web.first_steps import FIRST_STEPS
from app.web.portals import Portals
from app.web.uis_troubles import tell_uis_troubles
from bitrix_app.enrol import forget_old_connects
from bitrix_app.install import make_portal_match, unfinished
from bitrix_app.late import prove_again
from bitrix_app.lifecycle import confirm_uninstalls, purge
from bitrix_app.oauth import refresh_idle
from bitrix_app.succession import tell_successions

log = structlog.get_logger()
RHYTHM = {
    "reports": 1.0,
    "cleaning": 60.0,
    "analytics": 5.0,
    "parked": 10.0,
    "forgotten": 15.0,
    "lines": 5.0,
    "reminders": 15.0,
    "installations": 15.0,
    "late_events": 15.0,
    "uninstalls": 30.0,
    "successions": 30.0,
    "directories": 60.0,
    "uis_troubles": 300.0,
    "tokens": 3600.0,
}
"""How often each chore runs, in seconds."""
SIDE_BY_SIDE = frozenset({"reports", "analytics", "directories"})
"""Chores that several workers do at once: they share out the work by claims."""
SYNC_TURN, SYNC_AT_ONCE = timedelta(seconds=50), 4
"""How long one run of "directories" goes on, and how many portals it reads at once: they wait for their portals."""


class Chores:
    """Every chore is safe to run on several machines at once, and catches up after a pause."""

    def __init__(self, services: Services, portals: Portals) -> None:
        self.services = services
        self.portals = portals
        self.analytics = AnalyticsWorker(services, portals)

    def all(self) -> list[Chore]:
        """What runs how often, in seconds."""
        runs = {
            "reports": self.read_reports,
            "cleaning": self.clean,
            "analytics": self.work_on_analytics,
            "parked": self.try_parked_again,
            "forgotten": self.wake_forgotten,
            "lines": self.match_lines,
            "reminders": self.remind,
            "installations": self.finish_installations,
            "late_events": self.prove_late_events,
            "uninstalls": self.confirm_uninstalls,
            "successions": self.tell_successions,
            "directories": self.synchronize,
            "uis_troubles": self.tell_uis_troubles,
            "tokens": self.keep_tokens_alive,
        }
        return [Chore(name=name, every=every, run=runs[name]) for name, every in RHYTHM.items()]

    def read_reports(self) -> None:
        """Chats from the reports of UIS, where their time has come."""
        poll_due(self.services)

    def clean(self) -> None:
        """Forget what is old: requests after three days, events and plans as configured."""
        clean(self.services)

    def work_on_analytics(self) -> None:
        """Dialogs of open lines on their way to the reports of UIS."""
        self.analytics.work_on_due()

    def try_parked_again(self) -> None:
        """Portals whose probe is due are worked on again; one that still refuses is parked anew."""
        now = self.services.clock.now()
        with self.services.sessions.begin() as session:
            found = periodic.unpark(session, now)
            for installation_id in found:
                work.due_everywhere(session, installation_id, now)
        for installation_id in found:
            self.services.wake(installation_id)
            self.services.wake.mail(installation_id)

    def wake_forgotten(self) -> None:
        """Portals whose last event and release passed each other."""
        with self.services.sessions.begin() as session:
            found = work.forgotten(session, self.services.clock.now())
        for installation_id in found:
            self.services.wake(installation_id)

    def match_lines(self) -> None:
        """Open lines that are to be switched, or were not compared for a while."""
        lines_work.match_due(self.services, self.portals)

    def remind(self) -> None:
        """Tell the responsible of chats that wait for an answer too long."""
        remind(self.services)

    def finish_installations(self) -> None:
        """Take up installations that were cut off."""
        for installation_id in unfinished(self.services):
            client = self.portals.client(installation_id)
            make_portal_match(self.services, client, installation_id, FIRST_STEPS)

    def prove_late_events(self) -> None:
        """Installations and updates that could not be proven when they were told."""
        for installation_id in prove_again(self.services, self.portals.limiter):
            client = self.portals.client(installation_id)
            make_portal_match(self.services, client, installation_id, FIRST_STEPS)

    def confirm_uninstalls(self) -> None:
        """Ask about uninstalls, clean up at UIS, erase what is due."""
        confirm_uninstalls(self.services, (_leave_uis,))
        purge(self.services)
        forget_old_connects(self.services)

    def synchronize(self) -> None:
        """Read the directories of portals that were not read for a while, until none is due or the next run begins."""
        services = self.services
        ends = services.clock.now() + SYNC_TURN
        with services.threads.pool(SYNC_AT_ONCE, "directories") as pool:
            while services.clock.now() < ends:
                before = services.clock.now() - timedelta(seconds=services.config.sync)
                with services.sessions() as session:
                    due = periodic.to_synchronize(reading(session), before)
                if not any(list(pool.map(partial(self._catch_up, before), due))):
                    return

    def _catch_up(self, before: datetime, installation_id: int) -> bool:
        return synchronize.catch_up(self.services, self.portals.client(installation_id), before)

    def tell_successions(self) -> None:
        """Tell administrators whose authorization took over from another one's."""
        tell_successions(self.services, self.portals.client)

    def tell_uis_troubles(self) -> None:
        """Tell administrators of what keeps UIS from giving data, and when it gives them again."""
        tell_uis_troubles(self.services, self.portals.client)

    def keep_tokens_alive(self) -> None:
        """Refresh authorizations that nobody used for three weeks."""
        refresh_idle(self.services)


def _leave_uis(services: Services, installation_id: int) -> None:
    left = leave_uis(services, installation_id)
    if left is not None:
        # The portal's pages are gone by now: whoever runs the service tells the client what to delete by hand.
        log.warning("left_at_uis", portal=installation_id, adapter=left)
