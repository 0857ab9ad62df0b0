"""The doors of Bitrix24 in an application of their own, served over HTTP, in front of a sandbox world."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from app.base.clock import Clock
from app.storage.services import Services
from app.web.portals import Portals
from bitrix_app import doors, runtime
from bitrix_app.shell import Shell
from sandbox.core.server import Server
from sandbox.world import World
from tests.bitrix_app import support
from tests.support.ports import free_port


class House:
    """The running application. Background work is done at once, unless `later` collects it."""

    def __init__(self, services: Services, flask: Flask) -> None:
        self.services = services
        self.flask = flask
        self.later: list[Callable[[], object]] | None = None

    def run(self, work: Callable[[], object]) -> None:
        if self.later is None:
            work()
        else:
            self.later.append(work)


def pages(folder: Path) -> Shell:
    """A built front end of two files."""
    (folder / ".vite").mkdir(parents=True)
    chunks = {
        "src/main.ts": {"file": "main-1.js", "css": ["main-1.css"], "imports": ["_part.js"]},
        "_part.js": {"file": "part-1.js", "css": ["part-1.css"], "imports": ["src/main.ts"]},
    }
    (folder / ".vite" / "manifest.json").write_text(json.dumps(chunks))
    (folder / "main-1.js").write_text("console.log('built')\n" * 200)
    return Shell(folder)


@contextmanager
def serving(world: World, database_url: str, folder: Path, clock: Clock | None = None) -> Iterator[House]:
    """The application on a port that the world's card names."""
    port = free_port()
    world.card.url = f"http://127.0.0.1:{port}"
    config = support.config(world, folder, world.card.url)
    with support.services(database_url, config, clock) as services:
        flask = Flask("doors")
        house = House(services, flask)
        flask.extensions |= {
            "omni": services,
            "omni.portals": Portals(services, support.limiter()),
            runtime.BACKGROUND: house.run,
            runtime.SHELL: pages(folder / "dist"),
        }
        doors.install(flask)
        server = Server(flask, port=port)
        server.start()
        try:
            yield house
        finally:
            server.stop()
