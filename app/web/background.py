"""What runs beside the requests: the road that drains portals, and periodic chores. Never started at import."""

from app.pipeline.dispatcher import Dispatcher
from app.pipeline.parsers import Parsers
from app.pipeline.road import TURN, Road
from app.storage.services import Services
from app.uis.parser import parse_row as parse_uis
from app.web.chores import Chores
from app.web.portals import Portals
from bitrix_app.parse import parse_row as parse_bitrix


def build_road(services: Services, portals: Portals) -> Road:
    """The road over both vendors: parsers by source, and the CRM of a portal."""
    parsers = Parsers({"uis": parse_uis, "poll": parse_uis, "bitrix": parse_bitrix})
    return Road(services=services, parsers=parsers, crm_of=portals.crm, turn=TURN)


def build_dispatcher(services: Services, portals: Portals) -> Dispatcher:
    """The embedded dispatcher with its chores; the caller starts and stops it."""
    return Dispatcher(build_road(services, portals), Chores(services, portals).all())
