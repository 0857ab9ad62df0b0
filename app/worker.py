"""Celery workers and beat: `celery --app app.worker worker`, `celery --app app.worker beat`.

The same code as the embedded mode; only who calls it differs. The truth stays in the database: a portal is
claimed there, so a wake-up that arrives twice, or at two workers, is worked on once.
"""

import os
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import structlog
from celery.signals import (
    celeryd_init,
    worker_process_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from celery.utils.nodenames import default_nodename
from sqlalchemy import create_engine

from app.base import memory
from app.base.config import read
from app.base.keys import with_keys
from app.pipeline.drain import drain
from app.pipeline.letters.lane import deliver
from app.pipeline.road import Road
from app.storage.database import engine_options
from app.storage.models import MailWork, PortalWork
from app.storage.queries import leases, work
from app.storage.services import Services
from app.web import logs
from app.web.broker import CHORE, DRAIN, MAIL, SWEEP, build_celery, connect_broker
from app.web.chores import RHYTHM, SIDE_BY_SIDE
from app.web.keeper import Keeper
from app.wiring import Chores, Portals, build_road, build_services

log = structlog.get_logger()
memory.sparing()
SWEEP_S = 1.0
CHORE_LEASE = timedelta(minutes=2)
"""A chore that died with its process is done again after so long."""
CONFIG = with_keys(read(os.environ))
celery = build_celery(CONFIG)


class Worker:
    """What one worker process needs, made at its first task: connections do not survive a fork."""

    def __init__(self) -> None:
        logs.configure(CONFIG.log_level)
        url = CONFIG.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        engine = create_engine(url, **engine_options(url), hide_parameters=True)
        self.services = build_services(CONFIG, engine)
        connect_broker(self.services, celery)
        self.portals = Portals(self.services)
        self.road: Road = build_road(self.services, self.portals)
        self.chores = {chore.name: chore for chore in Chores(self.services, self.portals).all()}
        self.holder = f"worker-{uuid.uuid4().hex[:12]}"
        self.keeper = Keeper(self.services, self.portals)
        self.keeper.start()


_made: list[Worker] = []
_making = threading.Lock()


def worker() -> Worker:
    """The worker of this process; its threads share it."""
    with _making:
        if not _made:
            _made.append(Worker())
        return _made[0]


@celeryd_init.connect  # type: ignore[untyped-decorator]
def _named(instance: Any, **_: Any) -> None:
    """Workers of one machine want names of their own (`--hostname`): RabbitMQ turns away the second of a name.

    Process 1 is alone in its container, whose health check knows it by the name that Celery gives.
    """
    if instance.hostname == default_nodename(None) and os.getpid() != 1:
        instance.hostname = default_nodename(f"celery-{os.getpid()}")


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _forked(**_: Any) -> None:
    _made.clear()


@worker_ready.connect  # type: ignore[untyped-decorator]
def _begun(**_: Any) -> None:
    worker()  # the first task is not to wait for it
    memory.started()
    logs.configure(CONFIG.log_level)
    log.info("worker_ready")


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _stopping(**_: Any) -> None:
    """SIGTERM: batches that are under way are finished, nothing more is begun; the rest stays due."""
    for own in _made:
        own.road.stopping.set()


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def _stopped(**_: Any) -> None:
    for own in _made:
        own.keeper.stop()


@celery.task(name=DRAIN)  # type: ignore[untyped-decorator]
def drain_portal(installation_id: int) -> None:
    """Work on one portal; when another worker has it, that one finds the new work too."""
    own = worker()
    drain(own.road, installation_id, own.holder)


@celery.task(name=MAIL)  # type: ignore[untyped-decorator]
def deliver_mail(installation_id: int) -> None:
    """Carry the letters of one portal."""
    own = worker()
    deliver(own.road, installation_id, own.holder)


@celery.task(name=SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Wake the portals whose time has come: retries, settle pauses, and wake-ups that were lost.

    It waits for those that become due before beat sends the next one, so that none is a second late.
    """
    own = worker()
    ends = time.monotonic() + SWEEP_S
    while True:
        pause = _wake_due(own.services)
        if time.monotonic() + pause >= ends or own.road.stopping.wait(pause):
            return


def _wake_due(services: Services) -> float:
    """Returns the seconds until somebody else becomes due, at most SWEEP_S."""
    now = services.clock.now()
    with services.sessions.begin() as session:
        soon = now + work.EARLY
        due = work.to_wake(session, soon, lane=PortalWork)
        letters = work.to_wake(session, now, lane=MailWork)
        pause = work.until_due(session, soon, SWEEP_S, (PortalWork,))
        pause = work.until_due(session, now, pause, (MailWork,))
    for installation_id in due:
        services.wake(installation_id)
    for installation_id in letters:
        services.wake.mail(installation_id)
    return pause


@celery.task(name=CHORE)  # type: ignore[untyped-decorator]
def run_chore(name: str) -> None:
    """One piece of periodic work, unless somebody is at it."""
    own = worker()
    lease, holder = f"chore:{name}", f"{own.holder}-{threading.get_ident()}"
    now = own.services.clock.now()
    if name not in SIDE_BY_SIDE:
        with own.services.sessions.begin() as session:
            if not leases.hold(session, lease, holder, now, now + CHORE_LEASE):
                return
    try:
        own.chores[name].run()
    finally:
        with own.services.sessions.begin() as session:
            leases.let_go(session, lease, holder)


def _schedule() -> dict[str, dict[str, Any]]:
    """What beat sends. A task that waited longer than its turn is dropped: the next one does the same."""
    chores = {
        name: {"task": CHORE, "schedule": every, "args": (name,), "options": {"expires": max(every, 5.0)}}
        for name, every in RHYTHM.items()
    }
    return chores | {"sweep": {"task": SWEEP, "schedule": SWEEP_S, "options": {"expires": 5.0}}}


celery.conf.beat_schedule = _schedule()
celery.conf.beat_scheduler = "app.beat:LeadScheduler"
celery.conf.worker_pool = "threads"
celery.conf.worker_concurrency = 16
