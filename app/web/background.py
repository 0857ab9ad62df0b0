"""What runs beside the requests: the road that drains portals, and periodic chores. Never started at import.

A worker has this and nothing of the pages: the API, its description and the migrations would cost it 17 MB.
"""

from sqlalchemy import Engine

from app.base.clock import Clock, SystemClock
from app.base.config import Config
from app.base.http import Http
from app.base.secrets import Vault
from app.pipeline.desk.begun import parse_row as parse_desk
from app.pipeline.dispatcher import Dispatcher
from app.pipeline.letters.aftermath import settled
from app.pipeline.letters.exits import Mail
from app.pipeline.parsers import Parsers
from app.pipeline.road import TURN, Road
from app.storage.database import prepare, thread_sessions
from app.storage.services import Services
from app.uis.parser import parse_row as parse_uis
from app.web import telemetry
from app.web.chores import Chores
from app.web.portals import Portals
from bitrix_app.parse import WEBHOOK
from bitrix_app.parse import parse_row as parse_bitrix


def build_services(config: Config, engine: Engine, clock: Clock | None = None) -> Services:
    """What every part of the road is given, over this engine."""
    prepare(engine)
    return Services(
        config=config, clock=clock or SystemClock(), http=Http(config), vault=Vault(config.encryption_keys),
        sessions=thread_sessions(engine), trace=telemetry.start(config),
    )  # fmt: skip


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
