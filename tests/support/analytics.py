"""The whole application between a portal with open lines and a UIS account; one clock for all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from app.pipeline.drain import drain
from app.storage.database import db
from app.storage.models import AnalyticsDialog, AnalyticsHint, AnalyticsWork, Installation
from app.storage.services import Services
from app.web.analytics import AnalyticsWorker
from app.web.background import build_road
from app.web.factory import create_app
from app.web.portals import Portals
from sandbox.bitrix.portal import Portal
from sandbox.core.server import Server
from sandbox.uis.entities import Chat
from sandbox.world import World
from tests.support.ports import free_port
from tests.support.stage import environment
from tests.uis.stage import WorldClock
from tests.web.world import Living

SECTION = "open_lines_analytics"
LIVECHAT, TELEGRAM, VIBER = "livechat", "telegrambot", "viber"
EMPLOYEE = 367852
SETTINGS: dict[str, Any] = {
    "enabled": True, "employee_id": EMPLOYEE, "default": {"source_id": 3, "site_id": 43525},
    "messengers": [{"connector": TELEGRAM, "source_id": 5, "site_id": 43525}],
}  # fmt: skip
HOUR = 3_700


class Lines(Living):
    """`portal`: with livechat, Telegram and Viber on its line; `worker`: what works on analytics when it is told to."""

    def __init__(self, app: Flask, world: World, portal: Portal) -> None:
        self.app = app
        self.world = world
        self.portal = portal
        self.waiting = []
        self.home = self  # type: ignore[assignment]
        self.client = app.test_client()
        self.services: Services = app.extensions["omni"]
        self.portals: Portals = app.extensions["omni.portals"]
        self.worker = AnalyticsWorker(self.services, self.portals)
        self.road = build_road(self.services, self.portals)
        app.extensions["bitrix.background"] = self.waiting.append
        self.token = ""

    def api(self, method: str, path: str, json: Any = None, token: str | None = None) -> Any:
        """A call of the API with its answer, whatever it is."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return self.client.open(f"/api{path}", method=method, json=json, headers=headers)

    def begin(self, **changes: Any) -> None:
        """Install, connect UIS, switch analytics on."""
        self.portal.bucket.rate = self.portal.bucket.burst = 1_000_000
        self.token = self.installed()
        self.connected(self.token)
        self.work()
        for code in (LIVECHAT, TELEGRAM, VIBER):
            self.portal.open_lines.connect(code, 1, True)
        self.save(**changes)
        self.go()

    def save(self, section: str = SECTION, **changes: Any) -> None:
        """Save a section as an administrator does."""
        token = self.open()
        told = self.call("GET", f"/settings/{section}", token)
        first = SETTINGS if section == SECTION and told["revision"] == 0 else {}
        sent = {"revision": told["revision"], "settings": {**told["settings"], **first, **changes}}
        self.call("PUT", f"/settings/{section}", token, sent)

    def call(self, method: str, path: str, token: str, json: Any = None) -> Any:
        answer = self.api(method, path, json, token)
        assert answer.status_code < 300, answer.json
        return answer.json

    @property
    def installation_id(self) -> int:
        with self.services.sessions() as session:
            return session.query(Installation).one().id

    def go(self, after: float = 0.0) -> None:
        """Some time goes by, then everything is worked off that is due."""
        self.world.clock.advance(after)
        assert self.portal.events.wait_idle(300.0)
        drain(self.road, self.installation_id, "stage")
        self.worker.work_on_due()

    def later(self, *pauses: float) -> None:
        """The same after each of these pauses."""
        for pause in pauses:
            self.go(pause)

    def rest(self, longest: float = 1800.0) -> None:
        """Work from one due time to the next, until none is nearer than `longest`."""
        begun = self.services.clock.now()
        for _ in range(200):
            self.go()
            with self.services.sessions() as session:
                due = session.query(AnalyticsWork).one().due_at
            now = self.services.clock.now()
            if due is None or (due - begun).total_seconds() > longest:
                return
            self.world.clock.advance(max(0.0, (due - now).total_seconds()) + 0.01)
        raise AssertionError("analytics never comes to rest")

    def messenger(self, text: str = "Здравствуйте", **about: Any) -> int:
        """A person writes in a messenger; the chat of the line."""
        with self.portal.lock:
            return self.portal.visitors.messenger_writes(text, **about).chat_id

    def livechat(self, text: str = "Здравствуйте", **about: Any) -> int:
        """A visitor of a site writes into the widget; the chat of the line."""
        with self.portal.lock:
            return self.portal.visitors.livechat_writes(text, **about).chat_id

    def answer(self, chat_id: int, text: str = "Добрый день", user_id: int = 1, **more: Any) -> None:
        with self.portal.lock:
            self.portal.open_lines.enter(chat_id, user_id)
            self.portal.open_lines.operator_says(chat_id, user_id, text, **more)

    def finish(self, chat_id: int) -> None:
        with self.portal.lock:
            self.portal.open_lines.finish(chat_id, None)

    def session_of(self, chat_id: int) -> int:
        """The last session of a chat."""
        return self.portal.open_lines.dialog(chat_id).sessions[-1].id

    def rows(self) -> list[AnalyticsDialog]:
        with self.services.sessions() as session:
            return session.query(AnalyticsDialog).order_by(AnalyticsDialog.session_id).all()

    def hints(self) -> list[AnalyticsHint]:
        with self.services.sessions() as session:
            return session.query(AnalyticsHint).order_by(AnalyticsHint.id).all()

    def states(self) -> list[tuple[str, str | None]]:
        return [(row.state, row.reason) for row in self.rows()]

    def uploaded(self) -> list[Chat]:
        """What UIS has of us, oldest first."""
        return [chat for chat in self.world.uis.chats.values() if chat.ext_id]


@contextmanager
def lines(url: str, directory: Path, **env: str) -> Iterator[Lines]:
    """A world of its own with the application in it; nothing is installed yet."""
    with World() as world:
        port = free_port()
        world.card.url = f"http://127.0.0.1:{port}"
        variables = environment(world, url, PUBLIC_URL=world.card.url, INSTANCE_PATH=str(directory), **env)
        app = create_app(variables, WorldClock(world))
        server = Server(app, port=port)
        server.start()
        try:
            yield Lines(app, world, world.portals[0])
        finally:
            server.stop()
            with app.app_context():
                db.engine.dispose()
