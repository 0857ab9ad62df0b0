"""What is new in portals, answered from memory: idle pages cost no database work and hold no thread.

While somebody looks, one thread of the process asks the database every half second which portals have news, all of them
in one query, and reads what changed there. In the process where the change was made it is nudged at once.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import structlog
from sqlalchemy.orm import Session

from app.pipeline.lane import guarded
from app.storage.database import reading
from app.storage.queries import desk, news
from app.storage.queries.news import Answering
from app.storage.services import Services

log = structlog.get_logger()
EVERY_S = 0.5
LOOKED_S = 30.0
"""Nobody looks at a portal that no page asked about for so long."""
STOP_S = 10.0
MOST = 2_000
"""Changes of a portal that are kept; a page that knows none of them reads its list again."""


@dataclass(frozen=True, slots=True)
class Change:
    """A conversation that changed. `keys`: of its client and of its cards."""

    version: int
    chat_id: int
    operator_id: int | None
    keys: frozenset[str]


@dataclass(slots=True)
class Watched:
    """A portal that somebody looks at. `since`: what is kept begins after this version."""

    version: int
    since: int
    looked_at: float
    changes: deque[Change] = field(default_factory=deque)
    answering: Answering = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """What a page is told. `reset`: more happened than is known, so its list is to be read again."""

    version: int
    changes: tuple[Change, ...]
    answering: Answering
    reset: bool


class Watch:
    """Of one process. The thread lives as long as somebody looks."""

    def __init__(self, services: Services, now: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._now = now
        self._lock = threading.Lock()
        self._portals: dict[int, Watched] = {}
        self._nudged = threading.Event()
        self._thread: threading.Thread | None = None

    def nudge(self, installation_id: int) -> None:
        """This portal has news, made in this process."""
        if installation_id in self._portals:
            self._nudged.set()

    def look(self, installation_id: int, since: int | None) -> News:
        """What is new after `since`; None: from now on. Reads the database only when nobody looked until now."""
        with self._lock:
            found = self._portals.get(installation_id)
            if found is not None:
                found.looked_at = self._now()
        if found is None:
            found = self._begin(installation_id)
        self._keep_running()
        with self._lock:
            return _told(found, since)

    def stop(self) -> None:
        """Nobody looks any more; what is being read is finished."""
        with self._lock:
            self._portals, thread = {}, self._thread
        self._nudged.set()
        if thread is not None:
            thread.join(STOP_S)

    def _begin(self, installation_id: int) -> Watched:
        with self._services.sessions() as session:
            known = news.versions(reading(session), [installation_id])
        version, answering = known.get(installation_id, (0, {}))
        made = Watched(version, version, self._now(), answering=answering)
        with self._lock:
            return self._portals.setdefault(installation_id, made)

    def _keep_running(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="news", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while self._forget_unwatched():
            guarded("news", self.read)
            self._nudged.wait(EVERY_S)
            self._nudged.clear()

    def _forget_unwatched(self) -> bool:
        """Drop portals that nobody looks at; whether any is left. The thread ends with the last one."""
        with self._lock:
            old = self._now() - LOOKED_S
            self._portals = {number: one for number, one in self._portals.items() if one.looked_at > old}
            if not self._portals:
                self._thread = None
            return bool(self._portals)

    def read(self) -> None:
        """Ask which portals have news, and read what changed there."""
        with self._lock:
            known = {number: one.version for number, one in self._portals.items()}
        with self._services.sessions() as session:
            now = news.versions(reading(session), known.keys())
            found = {
                number: _changes(session, number, known[number])
                for number, (version, _) in now.items()
                if version > known[number]
            }
        with self._lock:
            for number, (version, answering) in now.items():
                if number in self._portals:
                    _take(self._portals[number], version, answering, found.get(number, []))


def _changes(session: Session, installation_id: int, version: int) -> list[Change]:
    rows = news.since(session, installation_id, version, MOST + 1)
    keys = desk.keys_of(session, [chat_id for _, chat_id, _ in rows])
    return [Change(number, chat_id, operator, frozenset(keys[chat_id])) for number, chat_id, operator in rows]


def _take(portal: Watched, version: int, answering: Answering, changes: Collection[Change]) -> None:
    portal.answering = answering
    if len(changes) > MOST:
        portal.changes.clear()
        portal.version = portal.since = version
        return
    portal.changes.extend(changes)
    # A conversation may have changed once more between the two queries: then it is there with its later number.
    portal.version = max([version, *(change.version for change in changes)])
    while len(portal.changes) > MOST:
        portal.since = portal.changes.popleft().version


def _told(portal: Watched, since: int | None) -> News:
    if since is None:
        return News(portal.version, (), portal.answering, reset=False)
    if since < portal.since:
        return News(portal.version, (), portal.answering, reset=True)
    if since > portal.version:  # another process knows more already: this one will too, in a moment
        return News(since, (), portal.answering, reset=False)
    changes = tuple(change for change in portal.changes if change.version > since)
    return News(portal.version, changes, portal.answering, reset=False)
