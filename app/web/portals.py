"""The portals of this process: one client and one CRM each, one limiter for all.

The embedded mode has one process, which counts in memory; many count together in their database.
"""

import threading
from collections.abc import Mapping
from functools import partial

from app.domain.mail import Exit
from app.pipeline.letters.exits import ExitSide
from app.storage.services import Services
from app.uis.talk.exit import ClientExit
from app.web.small_files import small_file
from bitrix_app.client import PortalClient
from bitrix_app.crm import BitrixCrm
from bitrix_app.desk.exit import PortalExit
from bitrix_app.limits.limiter import Limiter
from bitrix_app.limits.shared import SharedLimiter
from bitrix_app.open_lines.exit import LineExit
from bitrix_app.request_log import write_down


class Portals:
    """Thread-safe. What is remembered of a portal (its pace) lives as long as the process."""

    def __init__(self, services: Services, limiter: Limiter | None = None) -> None:
        self.services = services
        self.limiter = limiter or _limiter(services)
        self._lock = threading.Lock()
        self._crms: dict[int, BitrixCrm] = {}
        self._lines: dict[int, LineExit] = {}
        self._clients: dict[int, ClientExit] = {}

    def crm(self, installation_id: int) -> BitrixCrm:
        """The CRM of a portal as the road sees it."""
        with self._lock:
            if installation_id not in self._crms:
                client = PortalClient(self.services, installation_id, self.limiter)
                self._crms[installation_id] = BitrixCrm(client, fetch=partial(small_file, self.services))
            return self._crms[installation_id]

    def exits(self, installation_id: int) -> Mapping[Exit, ExitSide]:
        """The ways out for messages of a portal: into its lines, to clients, to its CRM and people."""
        crm = self.crm(installation_id)
        with self._lock:
            line = self._lines.setdefault(installation_id, LineExit(crm))
            client = self._clients.setdefault(installation_id, ClientExit(self.services, installation_id))
        return {Exit.LINE: line, Exit.UIS: client, Exit.PORTAL: PortalExit(crm)}

    def client(self, installation_id: int) -> PortalClient:
        """REST calls to a portal, within its request budget."""
        return self.crm(installation_id).client

    def flush_logs(self) -> None:
        """Move buffered request logs into the database, in one transaction."""
        with self._lock:
            waiting = [crm.client.log for crm in self._crms.values() if crm.client.log.waits()]
        write_down(self.services.sessions, waiting)


def _limiter(services: Services) -> Limiter:
    config = services.config
    if config.embedded:
        return Limiter(config.rate, config.burst, config.operating)
    return SharedLimiter(services.engine, config.rate, config.burst, config.operating)
