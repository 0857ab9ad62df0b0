"""The application with a portal and a UIS behind it; frames are opened as a browser opens them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.bitrix.portal import Portal
from sandbox.core.server import Server
from sandbox.world import World
from tests.support.ports import free_port
from tests.web.house import House, house

SESSION = re.compile(r'<meta name="session" content="([^"]+)">')
LOGIN = {"project": "uis2", "login": "admin@example.com", "password": "sandbox"}


class Living:
    """A house with a portal: background work is done when the test says so."""

    def __init__(self, home: House, world: World, portal: Portal) -> None:
        self.home = home
        self.world = world
        self.portal = portal
        self.waiting: list[Callable[[], object]] = []
        home.app.extensions["bitrix.background"] = self.waiting.append

    def work(self) -> None:
        """Do what was put off until after the answer."""
        while self.waiting:
            self.waiting.pop(0)()

    def open(self, path: str = "/bitrix/app", user_id: int = 1) -> str:
        """Open a page in the portal's frame; the session that it carries."""
        if self.portal.installation is None:
            self.portal.begin_installation()
        frame = self.portal.frame(f"http://localhost{path}", user_id)
        parts = urlsplit(frame.url)
        answer = self.home.client.post(f"{parts.path}?{parts.query}", data=frame.fields)
        found = SESSION.search(answer.get_data(as_text=True))
        assert found is not None, (answer.status_code, answer.get_data(as_text=True)[:500])
        return found[1]

    def installed(self) -> str:
        """Install and open the application; the administrator's session."""
        self.open("/bitrix/install")
        self.work()
        self.portal.finish_install(send_event=False)
        return self.open()

    def call(self, method: str, path: str, token: str, json: Any = None) -> Any:
        """A call that must succeed; its answer."""
        answer = self.home.call(method, path, token, json)
        assert answer.status_code < 300, answer.json
        return answer.json

    def connected(self, token: str) -> dict[str, Any]:
        """Connect UIS with all channels."""
        ticket = self.call("POST", "/uis/login", token, LOGIN)
        wish = {
            "ticket": ticket["ticket"], "channels": [row["id"] for row in ticket["channels"]],
            "answering": "uis", "data_api_key": "sandbox-data-key",
        }  # fmt: skip
        told: dict[str, Any] = self.call("POST", "/uis/connection", token, wish)
        return told


@contextmanager
def living(url: str, directory: Path, **portal: Any) -> Iterator[Living]:
    """A world of its own with the application in it."""
    with World() as world:
        own = world.add_portal("Портал", **portal) if portal else world.portals[0]
        uis = world.uis_url
        variables = {
            "BITRIX24_CLIENT_ID": world.card.client_id, "BITRIX24_CLIENT_SECRET": world.card.client_secret,
            "BITRIX24_OAUTH_URL": world.oauth_url, "UIS_LOGIN_URL": f"{uis}/api/auth/json_rpc",
            "UIS_LOGIC_URL": uis, "UIS_CHAT_URL": uis, "UIS_DATA_URL": f"{uis}/v2.0", "HTTP_READ_TIMEOUT_S": "10",
        }  # fmt: skip
        port = free_port()
        with house(url, directory, PUBLIC_URL=f"http://127.0.0.1:{port}", **variables) as home:
            # UIS calls back while an account is made, so the application has to listen.
            server = Server(home.app, "127.0.0.1", port)
            server.start()
            try:
                yield Living(home, world, own)
            finally:
                server.stop()
