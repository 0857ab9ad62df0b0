"""Celery workers and beat: `celery --app app.worker worker`, `celery --app app.worker beat`.

The same code as the embedded mode; only who calls it differs. The truth stays in the database: a portal is
claimed there, so a wake-up that arrives twice, or at two workers, is worked on once.
"""

import os
import uuid
from functools import cache
from typing import Any

from sqlalchemy import create_engine

from app.base.config import read
from app.base.keys import with_keys
from app.pipeline.drain import drain
from app.pipeline.mail import deliver
from app.pipeline.road import Road
from app.storage.database import engine_options, reading
from app.storage.models import MailWork, PortalWork
from app.storage.queries import work
from app.web import logs
from app.web.broker import DRAIN, MAIL, build_celery
from app.web.chores import RHYTHM
from app.wiring import Chores, Portals, build_road, build_services

SWEEP_S = 1.0
CONFIG = with_keys(read(os.environ))
celery = build_celery(CONFIG)


class Worker:
    """What one worker process needs, made at its first task: connections do not survive a fork."""

    def __init__(self) -> None:
        logs.configure()
        url = CONFIG.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        engine = create_engine(url, **engine_options(url), hide_parameters=True)
        self.services = build_services(CONFIG, engine)
        self.services.wake.connect(drain_portal.delay, deliver_mail.delay)
        self.portals = Portals(self.services)
        self.road: Road = build_road(self.services, self.portals)
        self.chores = {chore.name: chore for chore in Chores(self.services, self.portals).all()}
        self.holder = f"worker-{uuid.uuid4().hex[:12]}"


@cache
def worker() -> Worker:
    """The worker of this process."""
    return Worker()


@celery.task(name=DRAIN)  # type: ignore[untyped-decorator]
def drain_portal(installation_id: int) -> None:
    """Work on one portal; when another worker has it, that one finds the new work too."""
    own = worker()
    if not drain(own.road, installation_id, own.holder):
        # It may be in a long round: what came in meanwhile becomes letters in the lane beside it.
        deliver(own.road, installation_id, own.holder)
    own.portals.flush_logs()


@celery.task(name=MAIL)  # type: ignore[untyped-decorator]
def deliver_mail(installation_id: int) -> None:
    """Carry the letters of one portal."""
    own = worker()
    deliver(own.road, installation_id, own.holder)
    own.portals.flush_logs()


@celery.task(name="omni.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Wake the portals whose time has come: retries, settle pauses, and whatever a wake-up did not tell of."""
    services = worker().services
    now = services.clock.now()
    with services.sessions() as session:
        reading(session)
        due = work.due_portals(session, now, lane=PortalWork)
        letters = work.due_portals(session, now, lane=MailWork)
    for installation_id in due:
        drain_portal.delay(installation_id)
    for installation_id in letters:
        deliver_mail.delay(installation_id)


@celery.task(name="omni.chore")  # type: ignore[untyped-decorator]
def run_chore(name: str) -> None:
    """One piece of periodic work."""
    worker().chores[name].run()


def _schedule() -> dict[str, dict[str, Any]]:
    """What beat sends. A task that waited longer than its turn is dropped: the next one does the same."""
    chores = {
        name: {
            "task": "omni.chore",
            "schedule": every,
            "args": (name,),
            "options": {"expires": max(every, 5.0)},
        }
        for name, every in RHYTHM.items()
    }
    return chores | {"sweep": {"task": "omni.sweep", "schedule": SWEEP_S, "options": {"expires": 5.0}}}


celery.conf.beat_schedule = _schedule()
