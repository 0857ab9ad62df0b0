"""A stage whose UIS is the sandbox's account: callbacks come over HTTP, reports are read, one clock for all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import delete, update

from app.storage.models import UisConnection
from app.uis.joining.connect import connect
from app.uis.joining.tickets import sign_in
from app.uis.reports.poll import poll_due
from sandbox.core.server import Server
from sandbox.uis.offline import Uis
from sandbox.world import World
from tests.support.stage import Stage, stage_in
from tests.uis.stage import KEY, LOGIN, PASSWORD, SITE_CHAT, Late, WorldClock
from tests.uis.support import flask_app


class Joined:
    """`stage`: the road on a database; `uis`: the sandbox's account that it is joined to."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.uis: Uis = stage.world.uis

    def work(self) -> None:
        """Fold in what the callbacks brought, decide and carry out."""
        self.uis.flush()
        self.stage.drain()

    def read(self, after: float = 0.0) -> int:
        """Some time goes by, then what is due is read and worked off; how many events were new."""
        self.stage.world.clock.advance(after)
        fresh = poll_due(self.stage.services)
        self.work()
        return fresh

    def rest(self, seconds: float = 60.0) -> None:
        """Let pauses end: read nothing, work off what becomes due."""
        for _ in range(4):
            self.stage.world.clock.advance(seconds / 4)
            self.work()

    def row(self) -> UisConnection:
        with self.stage.services.sessions() as session:
            return session.query(UisConnection).filter_by(installation_id=self.stage.installation_id).one()

    def change(self, **values: Any) -> None:
        """Change columns of the connection."""
        with self.stage.services.sessions.begin() as session:
            session.execute(update(UisConnection).values(values))


@contextmanager
def joined(
    url: str, *, answering: str = "bitrix24", channels: Sequence[int] = (SITE_CHAT,)
) -> Iterator[Joined]:
    """A world of its own with an installed portal, connected as an administrator connects it."""
    with World() as world:
        doors = Late()
        server = Server(doors)
        server.start()
        stage = stage_in(world, url, clock=WorldClock(world), PUBLIC_URL=server.url)
        try:
            doors.target = flask_app(stage.services)
            with stage.services.sessions.begin() as session:
                session.execute(delete(UisConnection))
            ticket = sign_in(stage.services, stage.installation_id, "uis2", LOGIN, PASSWORD).ticket
            connect(
                stage.services, stage.installation_id, ticket=ticket, channels=channels, answering=answering,
                data_api_key=KEY,
            )  # fmt: skip
            world.uis.flush()
            yield Joined(stage)
        finally:
            stage.close()
            server.stop()
