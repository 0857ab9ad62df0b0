"""What every part of the road is given: one object, made once by the factory."""

from dataclasses import dataclass

from app.base.clock import Clock
from app.base.config import Config
from app.base.http import Http
from app.base.secrets import Vault
from app.storage.database import Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Configuration, clock, outgoing HTTP, secrets, and database sessions for threads."""

    config: Config
    clock: Clock
    http: Http
    vault: Vault
    sessions: Sessions
