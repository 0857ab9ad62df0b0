"""Everything that working on portals needs beside the services."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.pipeline.crm_side import Crm
from app.pipeline.exits import Mail
from app.pipeline.parsers import Parsers
from app.storage.services import Services

BROKEN_PAUSE = timedelta(seconds=10)
"""After what nobody foresaw, a portal is tried again so much later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """Parsers by source, the CRM of a portal, and its ways out for messages."""

    services: Services
    parsers: Parsers
    crm_of: Callable[[int], Crm]
    mail: Mail | None = None
