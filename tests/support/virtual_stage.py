"""A stage in virtual time: one portal under its limits, and a backlog that never ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select

from app.storage.models import Conversation, InboxRow, PortalWork
from app.storage.services import Services
from sandbox.world import World
from tests.support.stage import Stage, stage_in
from tests.support.virtual import (
    InProcessHttp,
    VirtualClock,
    VirtualSandboxClock,
    VirtualThreads,
    VirtualTime,
)

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
FEED_EVERY_S = 10.0
MOST_S = 100.0
READS = ("crm.duplicate.findbycomm", "crm.item.list", "crm.activity.list", "crm.timeline.comment.list")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How long a portal takes, in milliseconds."""

    round_trip: float = 150.0
    write: float = 20.0
    read: float = 20.0


QUICK = Profile()
SLOW = Profile(write=400.0, read=50.0)


class Hour:
    """Works through a backlog in virtual time."""

    def __init__(self, time: VirtualTime, stage: Stage) -> None:
        self.time = time
        self.stage = stage
        self._chats = 0
        self._until = 0.0

    def run(self, seconds: float, waiting: int) -> None:
        """Drain for so long, while at least `waiting` chats wait that nobody has looked at."""
        self._until = self.time.now() + seconds
        self._feed(waiting)
        self.time.spawn(lambda: self._keep_fed(waiting))
        self.time.spawn(self._end)
        while self.time.now() < self._until:
            self.stage.drain()
            self._wait_for_work()
        self.stage.road.stopping.clear()

    def clear(self, chats: int) -> float:
        """Work off so many chats that wait. Returns the seconds that it took."""
        began = self.time.now()
        self._feed(chats)
        while self.done() < chats:
            self._until = self.time.now() + MOST_S
            self.stage.drain()
            if self.done() < chats:
                self._wait_for_work()
        return self.time.now() - began

    def done(self) -> int:
        """Conversations that came to their end."""
        query = select(func.count()).where(Conversation.state == "done")
        with self.stage.services.sessions() as session:
            return int(session.scalar(query) or 0)

    def refused(self) -> int:
        """Requests refused for their rate, and commands refused for their method's time."""
        return self.stage.portal.bucket.refused + self.stage.portal.operating.refused

    def _wait_for_work(self) -> None:
        with self.stage.services.sessions() as session:
            due = session.get_one(PortalWork, self.stage.installation_id).due_at
        latest = self._until if due is None else min(self._until, due.timestamp())
        self.time.sleep(max(0.05, min(latest - self.time.now(), FEED_EVERY_S)))

    def _keep_fed(self, waiting: int) -> None:
        while self.time.now() < self._until:
            self.time.sleep(FEED_EVERY_S)
            self._feed(waiting)

    def _feed(self, waiting: int) -> None:
        for _ in range(waiting - self._waiting()):
            self._chats += 1
            now = self.stage.services.clock.now().isoformat()
            self.stage.chat_started(self._chats, phone=f"7916{self._chats:07}", created_at=now)

    def _waiting(self) -> int:
        new = select(func.count()).where(InboxRow.state == "new")
        undecided = select(func.count()).where(Conversation.decided < 0)
        with self.stage.services.sessions() as session:
            return int(session.scalar(new) or 0) + int(session.scalar(undecided) or 0)

    def _end(self) -> None:
        self.time.sleep(self._until - self.time.now())
        self.stage.road.stopping.set()


@contextmanager
def hour(url: str, profile: Profile, **env: str) -> Iterator[Hour]:
    """A portal with this profile whose chats become deals with contact, activity and notification."""
    time = VirtualTime(START)
    with World(clock=VirtualSandboxClock(time)) as world:
        apps = {urlsplit(server.url).netloc: server.app for server in world._servers.values()}

        def around(services: Services) -> Services:
            http = InProcessHttp(services.config, apps)  # type: ignore[arg-type]
            return replace(services, http=http, threads=VirtualThreads(time))

        usual = {"BITRIX24_RATE": "2", "BITRIX24_BURST": "50", "HTTP_READ_TIMEOUT_S": "65"}
        stage = stage_in(world, url, usual | env, clock=VirtualClock(time), around=around)
        take_time(stage, profile)
        titles = {"deal": "Chat", "contact": "Client", "activity": "Chat"}
        stage.save("chats", create={"entity": "deal"}, titles=titles)
        try:
            yield Hour(time, stage)
        finally:
            stage.close()


def take_time(stage: Stage, profile: Profile) -> None:
    """Let the portal work as fast as this profile says."""
    portal = stage.portal
    portal.round_trip_ms, portal.command_ms = profile.round_trip, profile.write
    portal.method_ms.update(dict.fromkeys(READS, profile.read))
