"""Wake-ups over a broker: they only say "portal N has work" and may be lost, for the sweep finds the work anyway."""

import structlog
from celery import Celery
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from app.base.config import Config
from app.base.meters import Meters
from app.storage.services import Services

log = structlog.get_logger()
DRAIN = "omni.drain"
MAIL = "omni.mail"
CHORE = "omni.chore"
SWEEP = "omni.sweep"
QUEUES = {DRAIN: "drain", MAIL: "mail", CHORE: "chores", SWEEP: "drain"}
"""Messages do not wait behind drains, nor both behind chores: a worker takes from its queues in turn."""


def build_celery(config: Config) -> Celery:
    """The Celery application of web processes and workers. Nothing is kept in a result backend."""
    celery = Celery("omni", broker=config.celery_broker_url)
    celery.conf.update(
        task_ignore_result=True,
        task_default_queue="drain",
        task_queues=[Queue(name) for name in sorted(set(QUEUES.values()))],  # type: ignore[no-untyped-call]
        task_routes={task: {"queue": queue} for task, queue in QUEUES.items()},
        # One that is repeated costs nothing. Acknowledged late, none waits at a worker that has no thread free.
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 5},
        timezone="UTC",
        worker_hijack_root_logger=False,
    )
    return celery


class BrokerWaker:
    """Sends a wake-up after the commit. A broker that is away delays the work, it loses nothing.

    `task`: DRAIN or MAIL.
    """

    def __init__(self, celery: Celery, meters: Meters, task: str = DRAIN) -> None:
        self._celery = celery
        self._meters = meters
        self._task = task

    def __call__(self, installation_id: int) -> None:
        self._meters.count("wake_ups", "drain" if self._task == DRAIN else "mail")
        try:
            self._celery.send_task(self._task, args=(installation_id,), retry=False)
        except OperationalError as error:
            log.warning("broker_away", portal=installation_id, problem=str(error))


def connect_broker(services: Services, celery: Celery) -> None:
    """Let wake-ups of this process leave over the broker, and only those that an idle lane needs."""
    drain, mail = (BrokerWaker(celery, services.meters, task) for task in (DRAIN, MAIL))
    services.wake.connect(drain, mail, always=False)
