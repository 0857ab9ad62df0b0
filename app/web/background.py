"""What runs beside the requests: the road that drains portals, and periodic chores. Never started at import."""

from app.pipeline.desk.begun import parse_row as parse_desk
from app.pipeline.dispatcher import Dispatcher
from app.pipeline.letters.aftermath import settled
from app.pipeline.letters.exits import Mail
from app.pipeline.parsers import Parsers
from app.pipeline.road import TURN, Road
from app.storage.services import Services
from app.uis.parser import parse_row as parse_uis
from app.web.chores import Chores
from app.web.portals import Portals
from bitrix_app.parse import WEBHOOK
from bitrix_app.parse import parse_row as parse_bitrix


def build_road(services: Services, portals: Portals) -> Road:
    """The road over both vendors: parsers by source, the CRM of a portal, and its ways out for messages."""
    parsers = Parsers(
        {
            "uis": parse_uis,
            "poll": parse_uis,
            "bitrix": parse_bitrix,
            WEBHOOK: parse_bitrix,
            "desk": parse_desk,
        }
    )
    mail = Mail(exits_of=portals.exits, settled=settled)
    return Road(services=services, parsers=parsers, crm_of=portals.crm, mail=mail, turn=TURN)


def build_dispatcher(services: Services, portals: Portals) -> Dispatcher:
    """The embedded dispatcher with its chores; the caller starts and stops it."""
    return Dispatcher(build_road(services, portals), Chores(services, portals).all())
