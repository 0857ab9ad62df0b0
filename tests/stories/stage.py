"""The whole application behind a sandbox world, both as a person's browser meets them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.base.clock import ManualClock
from app.base.sessions import LIFETIME, PageSessions
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.support.server import Server
from tools.demo_check import SHOP_CHANNEL, Check, Page
from tools.story import Story

SECRET = "stories-" + "s" * 40


class Stage:
    """A world and a server. What a story does not tell about is done here without hands, over HTTP."""

    def __init__(self, world: World, server: Server) -> None:
        self.world = world
        self.server = server
        addresses = {"app": server.url, "hub": world.hub_url}
        self._hands = Check(Story(server.log.parent, addresses), say=lambda line: None)

    @property
    def portal(self) -> Portal:
        return self.world.portals[0]

    def visit(self) -> Page:
        """The administrator's session for the API, where the application is installed already."""
        return self._hands.open("/bitrix/app")

    def install(self) -> Page:
        """The application is installed; the administrator's session for the API."""
        self._hands.install()
        return self._hands.open("/bitrix/app")

    def connect(self, answering: str = "uis") -> Page:
        """Installed, and UIS is connected with all channels."""
        page = self.install()
        self._hands.connect(page, answering)
        return page

    def join(self, channel_id: int = SHOP_CHANNEL, line_id: int = 1) -> Page:
        """Operators answer in an open line: connected, one channel joined to a line, Main and Open Lines on."""
        page = self.connect("bitrix24")
        self.save(page, "main", enabled=True)
        rows = [{"channel_id": channel_id, "line_id": line_id}]
        self.save(page, "open_lines", enabled=True, lines=rows)
        self.wait("the line", lambda: self._line(page, line_id)["state"] == "on")
        return page

    def _line(self, page: Page, line_id: int) -> dict[str, Any]:
        rows = page.call("GET", "/open_lines")["lines"]
        found: dict[str, Any] = next(row for row in rows if row["id"] == line_id)
        return found

    def wait(self, what: str, condition: Callable[[], bool]) -> None:
        """Until it is so; fails after a minute."""
        self._hands.wait(what, condition)

    def switch_on(self) -> Page:
        """Connected, and every chat makes a lead."""
        page = self.connect()
        self._hands.switch_on(page, entity="lead")
        return page

    def save(self, page: Page, section: str, **changes: Any) -> None:
        """Change settings over the API, as another administrator would."""
        stored = page.call("GET", f"/settings/{section}")
        wish = {"revision": stored["revision"], "settings": stored["settings"] | changes}
        page.call("PUT", f"/settings/{section}", wish)

    def settings(self, page: Page, section: str) -> dict[str, Any]:
        """What is stored."""
        stored: dict[str, Any] = page.call("GET", f"/settings/{section}")["settings"]
        return stored

    def expired(self, session: str) -> str:
        """The same session as the server made it, eleven minutes ago."""
        sessions = PageSessions([SECRET], ManualClock(datetime.now(UTC) - LIFETIME * 1.1))
        return sessions.make(sessions.read(session, allow_expired=True))


@contextmanager
def staged(directory: Path, **env: str) -> Iterator[Stage]:
    """A world of its own with a server of its own in front of it."""
    with World() as world:
        server = Server(variables(world) | env, directory)
        server.env["PUBLIC_URL"] = world.card.url = server.url
        server.start()
        try:
            yield Stage(world, server)
        finally:
            server.kill()


def variables(world: World) -> dict[str, str]:
    """An application that lives in this world, with little patience."""
    uis = world.uis_url
    return {
        "SANDBOX": "1", "SECRET_KEY": SECRET,
        "BITRIX24_CLIENT_ID": world.card.client_id, "BITRIX24_CLIENT_SECRET": world.card.client_secret,
        "BITRIX24_APP_CODE": world.card.code, "BITRIX24_OAUTH_URL": world.oauth_url,
        "UIS_LOGIN_URL": f"{uis}/api/auth/json_rpc", "UIS_LOGIC_URL": uis, "UIS_CHAT_URL": uis,
        "UIS_DATA_URL": f"{uis}/v2.0", "UIS_CABINET_URL": f"{uis}/cabinet", "POLL_S": "2", "UNKNOWN_WAIT_S": "2",
    }  # fmt: skip
