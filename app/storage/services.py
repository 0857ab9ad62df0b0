"""What every part of the road is given: one object, made once by the factory."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from sqlalchemy import Engine

from app.base.clock import Clock
from app.base.config import Config
from app.base.http import Http
from app.base.meters import Meters
from app.base.secrets import Vault
from app.base.threads import RealThreads, Threads
from app.base.trace import NoTrace, Trace
from app.storage.database import Sessions
from app.storage.group import GroupWriter
from app.storage.models import MailWork, PortalWork
from app.storage.queries.work import Work


class Waker:
    """Says "this portal has work" to whoever dispatches. Until one is connected the sweeper finds the work."""

    def __init__(self) -> None:
        self._drain: Callable[[int], None] | None = None
        self._mail: Callable[[int], None] | None = None
        self._news: Callable[[int], None] | None = None
        self._always = True

    def connect(
        self, drain: Callable[[int], None], mail: Callable[[int], None] | None = None, *, always: bool = True
    ) -> None:
        """`drain`: told of events, `mail`: told of letters.

        `always`: of every event, which costs nothing inside a process; else only when a lane was idle until then.
        """
        self._drain, self._mail, self._always = drain, mail, always

    def events(self, installation_id: int, roused: Collection[Work]) -> None:
        """Events of this portal were committed; `roused`: lanes that were idle until then."""
        if self._always or PortalWork in roused:
            self(installation_id)
        elif MailWork in roused:
            self.mail(installation_id)

    def watch(self, news: Callable[[int], None]) -> None:
        """`news`: told of conversations that changed in this process; others find out by themselves."""
        self._news = news

    def __call__(self, installation_id: int) -> None:
        """Events of this portal wait, or something is due."""
        if self._drain is not None:
            self._drain(installation_id)

    def mail(self, installation_id: int) -> None:
        """Letters of this portal wait."""
        if self._mail is not None:
            self._mail(installation_id)

    def news(self, installation_id: int) -> None:
        """Conversations of this portal have changed; said after the commit."""
        if self._news is not None:
            self._news(installation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Configuration, clock, HTTP, secrets, database sessions for threads, the wake-up call, threads, meters, spans."""

    config: Config
    clock: Clock
    http: Http
    vault: Vault
    sessions: Sessions
    wake: Waker = field(default_factory=Waker)
    writer: GroupWriter = field(default_factory=GroupWriter)
    threads: Threads = field(default_factory=RealThreads)
    meters: Meters = field(default_factory=Meters)
    trace: Trace = field(default_factory=NoTrace)

    @property
    def engine(self) -> Engine:
        """The engine behind the sessions, for doors that need no more than a connection."""
        engine = self.sessions.kw["bind"]
        assert isinstance(engine, Engine)
        return engine
