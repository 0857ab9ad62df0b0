"""A stage: the sandbox's UIS over HTTP, our doors over HTTP, one portal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.domain.events import Event
from app.storage.models import InboxRow, UisConnection
from app.storage.services import Services
from app.uis.connection import Connection, of_installation
from app.uis.joining.tickets import sign_in
from app.uis.parser import parse_row
from sandbox.core.server import Server
from sandbox.world import World
from tests.uis.support import config, flask_app, install, services

LOGIN, PASSWORD, KEY = "admin@example.com", "sandbox", "sandbox-data-key"
WHATSAPP, SITE_CHAT, TELEGRAM = 740805, 740806, 740807


class Stage:
    """`house`: what our code is given; `uis`: the account of the sandbox; `portal`: id of the installation."""

    def __init__(self, house: Services, world: World) -> None:
        self.house = house
        self.world = world
        self.uis: Any = world.uis
        self.portal = install(house)

    def ticket(self) -> str:
        return sign_in(self.house, self.portal, "uis2", LOGIN, PASSWORD).ticket

    def connection(self) -> Connection:
        found = of_installation(self.house, self.portal)
        assert found is not None
        return found

    def row(self) -> UisConnection | None:
        with self.house.sessions() as session:
            return session.scalar(select(UisConnection))

    def inbox(self, source: str | None = None) -> list[InboxRow]:
        self.uis.flush()
        with self.house.sessions() as session:
            rows = session.scalars(select(InboxRow).order_by(InboxRow.id))
            return [row for row in rows if source in (None, row.source)]

    def events(self, source: str | None = None) -> list[Event]:
        return [event for row in self.inbox(source) for event in parse_row(row)]


@contextmanager
def stage(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """Everything runs, nothing is connected yet."""
    with World().start() as world:
        # The doors need a house, the house needs the address of the doors: they are hung in last.
        app = Late()
        server = Server(app)
        server.start()
        try:
            made = config(tmp_path, world.uis_url, server.url)
            with services(database_url, made, WorldClock(world)) as house:
                app.target = flask_app(house)
                yield Stage(house, world)
        finally:
            server.stop()


class WorldClock:
    """The sandbox's clock as ours: when it jumps, we jump."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.clock.datetime(UTC)


class Late:
    """A server's application that is made only when the server's address is known."""

    target: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.target(environ, start_response)
