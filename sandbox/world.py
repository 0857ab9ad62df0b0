"""The whole simulated world: portals, authorization server, UIS, shop and hub, one port each."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from flask import Flask

from sandbox.bitrix.app import create_portal_app
from sandbox.bitrix.authorization import AuthorizationServer, create_oauth
from sandbox.bitrix.control import create_portal_control
from sandbox.bitrix.portal import Portal
from sandbox.core.clock import Clock
from sandbox.core.control import create_control
from sandbox.core.faults import Faults
from sandbox.core.server import Server
from sandbox.pages import create_hub, create_shop, register_cabinet, register_portal_pages
from sandbox.uis import Uis, create_uis, create_uis_control

HUB, OAUTH, UIS, SHOP, FIRST_PORTAL = range(5)


@dataclass(slots=True, kw_only=True)
class AppCard:
    """What the developer wrote on the card of the application: its addresses all begin with `url`."""

    url: str = "http://127.0.0.1:8000"
    client_id: str = "local.sandbox.omni"
    client_secret: str = "sandbox-secret"
    code: str = "uis.omni"
    version: int = 1
    status: str = "F"
    install_path: str = "/bitrix/install"
    app_path: str = "/bitrix/app"
    events_path: str = "/bitrix/events"
    scope: tuple[str, ...] = (
        "crm",
        "user_basic",
        "department",
        "im",
        "imopenlines",
        "imconnector",
        "contact_center",
        "placement",
        "bizproc",
        "disk",
    )

    @property
    def install_url(self) -> str:
        """Address of the application's installer."""
        return self.url + self.install_path

    @property
    def app_url(self) -> str:
        """Address of the application; the authorization code comes back here too."""
        return self.url + self.app_path

    @property
    def events_url(self) -> str:
        """Where the events of the application's own life go."""
        return self.url + self.events_path


class World:
    """Everything together; a context manager that starts on free ports.

    `clock` and `faults` are shared by all services. `portals` begins with one portal; `uis` is the UIS account.
    Addresses (`hub_url`, `oauth_url`, `uis_url`, `shop_url`, `portals[0].url`) are known after `start`.
    """

    def __init__(
        self, app_url: str = "http://127.0.0.1:8000", host: str = "127.0.0.1", clock: Clock | None = None
    ) -> None:
        self.host = host
        self.clock = clock or Clock()
        self.faults = Faults()
        self.card = AppCard(url=app_url)
        self.oauth = AuthorizationServer(self)
        self.portals: list[Portal] = []
        # What the owner of the shop has pasted into every page of it.
        self.shop_code = ""
        self._servers: dict[int, Server] = {}
        self._moved: list[Server] = []
        self._base_port = 0
        self.uis: Uis = Uis(self)
        self.add_portal("Демо-портал")

    def add_portal(self, title: str = "Портал", simple_crm: bool = False) -> Portal:
        """A further portal; starts to serve at once in a world that already runs."""
        portal = Portal(self, number=len(self.portals) + 1, title=title, simple_crm=simple_crm)
        self.portals.append(portal)
        if self._servers:
            self._serve_portal(portal)
        return portal

    def move_portal(self, portal: Portal) -> str:
        """The portal gets a new address (returned); the old one answers 302 from now on."""
        served = self._servers[FIRST_PORTAL + portal.number - 1]
        server = Server(served.app, self.host)
        server.start()
        self._moved.append(server)
        portal.url = server.url
        return server.url

    def portal(self, member_id: str) -> Portal | None:
        """The portal with this `member_id`."""
        return next((portal for portal in self.portals if portal.member_id == member_id), None)

    def start(self, base_port: int = 0) -> Self:
        """Listen on `base_port` and the ports after it (0: free ports everywhere); returns the world."""
        self._base_port = base_port
        self._serve(OAUTH, create_oauth(self))
        uis_app = create_uis(self)
        register_cabinet(uis_app, self)
        self._serve(UIS, uis_app)
        self._serve(SHOP, create_shop(self))
        hub = create_hub(self)
        hub.register_blueprint(create_control(self))
        hub.register_blueprint(create_portal_control(self))
        hub.register_blueprint(create_uis_control(self))
        self._serve(HUB, hub)
        for portal in self.portals:
            self._serve_portal(portal)
        return self

    def stop(self) -> None:
        """Stop every server and every delivery; safe to call twice."""
        for portal in self.portals:
            portal.events.stop()
        self.uis.stop()
        for server in (*self._servers.values(), *self._moved):
            server.stop()
        self._servers.clear()
        self._moved.clear()

    @property
    def hub_url(self) -> str:
        """Start page and `/_control`."""
        return self._servers[HUB].url

    @property
    def oauth_url(self) -> str:
        """The authorization server, without a path."""
        return self._servers[OAUTH].url

    @property
    def uis_url(self) -> str:
        """All of UIS: login, logic, chat and Data API, the personal account."""
        return self._servers[UIS].url

    @property
    def shop_url(self) -> str:
        """The shop with the visitor's chat."""
        return self._servers[SHOP].url

    def _serve(self, offset: int, app: Flask) -> Server:
        server = Server(app, self.host, self._base_port + offset if self._base_port else 0)
        server.start()
        self._servers[offset] = server
        return server

    def _serve_portal(self, portal: Portal) -> None:
        app = create_portal_app(self, portal)
        register_portal_pages(app, self, portal)
        portal.url = self._serve(FIRST_PORTAL + portal.number - 1, app).url
        portal.events.start()

    def __enter__(self) -> Self:
        return self if self._servers else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
