"""What every process does for itself, web or worker: write down what it has counted and sent to portals."""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.storage.queries import meters
from app.storage.services import Services
from app.web.portals import Portals

log = structlog.get_logger()
EVERY_S = 5.0


class Keeper:
    """A thread of its own. A process that is killed loses the counts of its last seconds, nothing else."""

    def __init__(self, services: Services, portals: Portals) -> None:
        self.services = services
        self.portals = portals
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Write down the rest and end."""
        self._stop.set()
        self._thread.join(timeout)

    def write(self) -> None:
        """What was counted and sent since the last time, each for itself. What fails is tried again later."""
        for write in (self._write_counts, self.portals.flush_logs):
            try:
                write()
            except (SQLAlchemyError, ValueError) as error:
                log.warning("counts_not_written", what=write.__name__, problem=type(error).__name__)

    def _write_counts(self) -> None:
        counted = self.services.meters.take()
        if not counted:
            return
        try:
            with self.services.engine.begin() as connection:
                meters.add(connection, counted)
        except Exception:
            self.services.meters.give_back(counted)
            raise

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.write()
        self.write()
