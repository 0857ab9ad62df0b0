"""Wake-ups over a broker: they only say "portal N has work" and may be lost, for the sweep finds the work anyway."""

import threading
import time
from collections.abc import Callable

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from app.base.config import Config

log = structlog.get_logger()
DRAIN = "omni.drain"
MAIL = "omni.mail"
PAUSE_S = 0.25
"""One wake-up of a portal per process and so long: those that follow closely find it awake."""


def build_celery(config: Config) -> Celery:
    """The Celery application of web processes and workers. Nothing is kept in a result backend."""
    celery = Celery("omni", broker=config.celery_broker_url)
    celery.conf.update(
        task_ignore_result=True,
        task_acks_late=False,  # a wake-up that is lost costs a second, one that is repeated costs nothing
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 5},
        timezone="UTC",
        worker_hijack_root_logger=False,
    )
    return celery


class BrokerWaker:
    """Sends a wake-up after the commit. A broker that is away delays the work, it loses nothing.

    `task`: DRAIN or MAIL.
    """

    def __init__(self, celery: Celery, task: str = DRAIN, now: Callable[[], float] = time.monotonic) -> None:
        self._celery = celery
        self._task = task
        self._now = now
        self._lock = threading.Lock()
        self._sent: dict[int, float] = {}

    def __call__(self, installation_id: int) -> None:
        now = self._now()
        with self._lock:
            if now - self._sent.get(installation_id, -PAUSE_S) < PAUSE_S:
                return
            self._sent[installation_id] = now
        try:
            self._celery.send_task(self._task, args=(installation_id,), retry=False)
        except OperationalError as error:
            log.warning("broker_away", portal=installation_id, problem=str(error))
