"""The life of the application in a portal: installer, finish, frames, update, payment, uninstall.

Bitrix24: settings/app-installation, api-reference/common/events. Frames are what the browser of a user would post.
"""

import json
import secrets
from typing import Any
from urllib.parse import urlencode

import requests

from sandbox.bitrix.records import Frame, Installation, Placement
from sandbox.bitrix.state import PortalState
from sandbox.core.http import session

FRAME_TIMEOUT_S = 30.0


class Portal(PortalState):
    """A portal with its actions. Those that open something post over HTTP as a browser does, and return the answer."""

    def begin_installation(self, user_id: int = 1) -> Installation:
        """The administrator pressed "Install"; a second time keeps what is there."""
        with self.lock:
            if not self.users[user_id].admin:
                raise ValueError("only an administrator installs applications")
            if self.installation is None:
                card = self.world.card
                self.installation = Installation(
                    user_id=user_id,
                    application_token=secrets.token_hex(16),
                    version=card.version,
                    status=card.status,
                    scope=card.scope,
                )
            return self.installation

    def frame(
        self, url: str, user_id: int = 1, placement: str = "DEFAULT", options: dict[str, Any] | None = None
    ) -> Frame:
        """The form with which the portal opens `url` in a frame for a user: fresh tokens of that user's own chain."""
        if self.installation is None:
            raise ValueError("the application is not installed in this portal")
        grant = self.world.oauth.issue(self, user_id)
        app_sid = secrets.token_hex(16)
        query = {"DOMAIN": self.domain, "PROTOCOL": "0", "LANG": self.language, "APP_SID": app_sid}
        fields = {
            "AUTH_ID": grant.access_token,
            "AUTH_EXPIRES": "3600",
            "REFRESH_ID": grant.refresh_token or "",
            "SERVER_ENDPOINT": self.server_endpoint,
            "APPLICATION_TOKEN": self.installation.application_token,
            "APPLICATION_SCOPE": ",".join(self.installation.scope),
            "member_id": self.member_id,
            "status": self.installation.status,
            "PLACEMENT": placement,
        }
        if options is not None:
            fields["PLACEMENT_OPTIONS"] = json.dumps(options, ensure_ascii=False)
        separator = "&" if "?" in url else "?"
        return Frame(url=f"{url}{separator}{urlencode(query)}", fields=fields, app_sid=app_sid)

    def open_frame(self, frame: Frame) -> requests.Response:
        """Post a frame as a browser does."""
        return session().post(frame.url, data=frame.fields, timeout=FRAME_TIMEOUT_S, allow_redirects=False)

    def open_installer(self, app_url: str | None = None, user_id: int = 1) -> requests.Response:
        """Install: post the installer frame; `app_url` replaces the installer address of the card."""
        self.begin_installation(user_id)
        return self.open_frame(self.frame(app_url or self.world.card.install_url, user_id))

    def finish_install(self, send_event: bool = True) -> None:
        """`BX24.installFinish()` was called: handlers and placements come to life, ONAPPINSTALL goes to the card."""
        with self.lock:
            found = self._installed()
            if found.finished:
                return
            found.finished = True
        # A new version was announced by ONAPPUPDATE already.
        if send_event and not found.updated:
            self.send_app_install()

    def open_app(self, user_id: int = 1, params: dict[str, Any] | None = None) -> requests.Response:
        """Open the application from the left menu; before the finish an administrator sees the installer again."""
        found = self._installed()
        card = self.world.card
        if not found.finished:
            if not self.users[user_id].admin:
                raise ValueError("the application is not installed completely: employees see an error page")
            return self.open_frame(self.frame(card.install_url, user_id))
        return self.open_frame(self.frame(card.app_url, user_id, options=params))

    def shown_placements(self, code: str, user_id: int = 0) -> list[Placement]:
        """The widgets of a place that this portal shows now."""
        if self.installation is None or not self.installation.finished:
            return []
        return [item for item in self.placements if item.code == code and item.user_id in (0, user_id)]

    def open_placement(
        self, code: str, options: dict[str, Any], user_id: int = 1, index: int = 0
    ) -> requests.Response:
        """Open a widget; for SETTING_CONNECTOR `options["CONNECTOR"]` names the connector."""
        if code == "SETTING_CONNECTOR":
            handler = self.connectors[str(options["CONNECTOR"])].handler
        else:
            handler = self.shown_placements(code, user_id)[index].handler
        return self.open_frame(self.frame(handler, user_id, code, options))

    def send_app_install(self) -> None:
        """ONAPPINSTALL to the card's address, with a chain of the installer (Bitrix24: on-app-install)."""
        found = self._installed()
        data = {
            "VERSION": str(found.version),
            "ACTIVE": "Y",
            "INSTALLED": "Y" if found.finished else "N",
            "LANGUAGE_ID": self.language,
        }
        self.events.send_life(
            "ONAPPINSTALL", data, self.events.auth(found.user_id, refreshable=True, separator=" ")
        )

    def update(self, user_id: int = 1, new_application_token: bool = True) -> None:
        """A new version: handlers and robots are removed, installation must be finished again, ONAPPUPDATE is sent."""
        with self.lock:
            found = self._installed()
            data = {"VERSION": str(found.version + 1), "PREVIOUS_VERSION": str(found.version)}
            found.version += 1
            found.scope = self.world.card.scope
            found.finished, found.updated = False, True
            self.handlers.clear()
            self.robots.clear()
            if new_application_token:
                found.application_token = secrets.token_hex(16)
        auth = self.events.auth(user_id, refreshable=True, separator=" ")
        self.events.send_life("ONAPPUPDATE", {**data, "LANGUAGE_ID": self.language}, auth)

    def uninstall(self, clean: bool = False) -> None:
        """Remove the application: tokens, handlers, placements and connectors die, ONAPPUNINSTALL is sent."""
        with self.lock:
            self._installed()
            auth = self.events.bare_auth()
            bound = [handler for handler in self.handlers if handler.event == "ONAPPUNINSTALL"]
            self.world.oauth.revoke(self.member_id)
            self.installation = None
            self.handlers = []
            self.placements = []
            self.connectors = {}
            self.robots, self.triggers = {}, {}
            if clean:
                self.options = {}
                self.user_options = {}
        data = {"LANGUAGE_ID": self.language, "CLEAN": int(clean)}
        self.events.send_life("ONAPPUNINSTALL", data, auth, bound)

    def payment(self, status: str = "P", days: int = 28, expired: bool = False) -> None:
        """Payment or its end; ONAPPPAYMENT comes without application_token (Bitrix24: on-app-payment)."""
        found = self._installed()
        found.status, found.days, found.payment_expired = status, days, expired
        data = {
            "CODE": self.world.card.code,
            "VERSION": found.version,
            "STATUS": status,
            "PAYMENT_EXPIRED": "Y" if expired else "N",
            "DAYS": days,
            "LANGUAGE_ID": self.language,
        }
        auth = {key: value for key, value in self.events.bare_auth().items() if key != "application_token"}
        self.events.send_life("ONAPPPAYMENT", data, auth)

    def authorize(self, client_id: str, state: str, user_id: int = 1) -> str:
        """`/oauth/authorize/`: where the browser is sent, the address of the card with a code; ValueError shows a page.

        Raised for an unknown client and for an application that is not installed (Bitrix24: settings/oauth).
        """
        found = self._installed()
        code = self.world.oauth.issue_code(self, user_id, client_id)
        query = {
            "code": code,
            "state": state,
            "domain": self.domain,
            "member_id": self.member_id,
            "scope": ",".join(found.scope),
            "server_domain": self.world.oauth_url.partition("//")[2],
        }
        return f"{self.world.card.app_url}?{urlencode(query)}"

    def _installed(self) -> Installation:
        if self.installation is None:
            raise ValueError("the application is not installed in this portal")
        return self.installation
