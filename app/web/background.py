"""What runs beside the requests: the road that drains portals, and periodic chores. Never started at import."""

from app.pipeline.dispatcher import Chore, Dispatcher
from app.pipeline.drain import Road
from app.pipeline.parsers import Parsers
from app.storage.services import Services
from app.uis.parser import parse_row
from app.web.portals import Portals

FLUSH_S = 5.0


def build_road(services: Services, portals: Portals) -> Road:
    """The road over both vendors: parsers by source, and the CRM of a portal."""
    parsers = Parsers({"uis": parse_row, "poll": parse_row})
    return Road(services=services, parsers=parsers, crm_of=portals.crm)


def chores(services: Services, portals: Portals) -> list[Chore]:
    """Periodic work of the embedded mode."""
    return [Chore(name="request_log", every=FLUSH_S, run=portals.flush_logs)]


def build_dispatcher(services: Services, portals: Portals) -> Dispatcher:
    """The embedded dispatcher with its chores; the caller starts and stops it."""
    return Dispatcher(build_road(services, portals), chores(services, portals))
