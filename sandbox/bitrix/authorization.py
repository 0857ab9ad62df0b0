"""The authorization server: codes, token chains, `/oauth/token/`, `/rest/app.info`.

Bitrix24: settings/oauth. A chain is one refresh token's life: a refresh gives a new pair, the presented refresh token
and the access token that went with it die at once. A user may have many chains side by side.
"""

import datetime as dt
import secrets
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from sandbox.bitrix.errors import RestError
from sandbox.bitrix.wire import request_params, time_block
from sandbox.core.faults import ConnectionFault
from sandbox.core.http import break_on_faults, json_answer

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal
    from sandbox.bitrix.state import PortalState
    from sandbox.world import World

ACCESS_S = 3600
REFRESH_S = 180 * 86400
CODE_S = 30


@dataclass(slots=True, kw_only=True)
class Grant:
    """What an access token stands for. `dead` means replaced or revoked; `expires` is unix seconds."""

    access_token: str
    refresh_token: str | None
    member_id: str
    user_id: int
    client_id: str
    scope: tuple[str, ...]
    expires: float
    refresh_expires: float
    dead: bool = False
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Code:
    """A one-time authorization code."""

    member_id: str
    user_id: int
    client_id: str
    expires: float


class OAuthError(Exception):
    """`error` of the token endpoint (Bitrix24: settings/oauth/error-codes)."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.description = description
        self.status = status


class AuthorizationServer:
    """Token chains of all portals. `refreshes` counts the successful ones, `refused` the others with their reason.

    `secret_of` knows further client ids than that of the card (foreign applications). `payment_required` refuses
    every token with PAYMENT_REQUIRED.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._lock = threading.RLock()
        self._grants: dict[str, Grant] = {}
        self._by_refresh: dict[str, Grant] = {}
        self._codes: dict[str, Code] = {}
        self.secret_of: dict[str, str] = {}
        self.refreshes = 0
        self.exchanges = 0
        self.refused: deque[str] = deque(maxlen=1000)
        self.requests: deque[tuple[float, str, str]] = deque(maxlen=10_000)
        self.payment_required = False

    def issue(
        self, portal: "PortalState", user_id: int, *, client_id: str | None = None, refreshable: bool = True
    ) -> Grant:
        """A new chain for a user, as a frame or an installation gets it; an event's token has no refresh token."""
        client = client_id or self._world.card.client_id
        with self._lock:
            return self._remember(portal.member_id, user_id, client, portal.granted_scope(), refreshable)

    def issue_code(self, portal: "PortalState", user_id: int, client_id: str) -> str:
        """A code that lives 30 seconds; raises ValueError when the application is not installed there."""
        if portal.installation is None or client_id != self._world.card.client_id:
            raise ValueError("the application is not installed in this portal")
        code = secrets.token_hex(16)
        with self._lock:
            self._codes[code] = Code(
                member_id=portal.member_id, user_id=user_id, client_id=client_id, expires=self._now() + CODE_S
            )
        return code

    def grant(self, access_token: str) -> Grant | None:
        """The grant of an access token, dead or alive; None for a token that never was."""
        with self._lock:
            return self._grants.get(access_token)

    def alive(self, grant: Grant) -> bool:
        """Usable for REST at this moment."""
        return not grant.dead and not grant.revoked and grant.expires > self._now()

    def expire_access(self, member_id: str | None = None) -> int:
        """Let every access token (of one portal) run out now; refresh tokens stay. Returns how many."""
        with self._lock:
            hit = [grant for grant in self._grants.values() if member_id in (None, grant.member_id)]
            for grant in hit:
                grant.expires = min(grant.expires, self._now() - 1)
            return len(hit)

    def revoke(self, member_id: str, user_id: int | None = None) -> None:
        """Kill all tokens of a portal (uninstalled) or of one user there (dismissed)."""
        with self._lock:
            for grant in self._grants.values():
                if grant.member_id == member_id and user_id in (None, grant.user_id):
                    grant.revoked = True

    def token(self, params: dict[str, Any]) -> dict[str, Any]:
        """The token endpoint's answer; raises OAuthError."""
        kind = params.get("grant_type")
        if kind not in ("authorization_code", "refresh_token"):
            raise OAuthError("invalid_request", "Invalid grant_type parameter or parameter missing")
        self._check_client(params)
        with self._lock:
            grant = self._exchange(params) if kind == "authorization_code" else self._refresh(params)
        return self._token_json(grant, renewed=kind == "refresh_token")

    def app_info(self, access_token: str) -> dict[str, Any]:
        """Trusted facts about a token (client, user, portal, installation); raises RestError for a bad one."""
        grant = self.grant(access_token) if access_token else None
        if grant is None:
            raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
        portal = self._world.portal(grant.member_id)
        if portal is None or grant.revoked:
            raise RestError("NOT_INSTALLED", "Application is not installed", 401)
        if not self.alive(grant):
            raise RestError("expired_token", "The access token provided has expired.", 401)
        return {
            "client_id": grant.client_id,
            "user_id": grant.user_id,
            "scope": ",".join(grant.scope),
            "expires": dt.datetime.fromtimestamp(int(grant.expires), dt.UTC).isoformat(),
            "install": portal.install_facts(),
        }

    def _now(self) -> float:
        return self._world.clock.now()

    def _check_client(self, params: dict[str, Any]) -> None:
        card = self._world.card
        secret = {**self.secret_of, card.client_id: card.client_secret}.get(str(params.get("client_id", "")))
        if secret is None or params.get("client_secret") != secret:
            raise OAuthError("invalid_client", "Invalid client")

    def _exchange(self, params: dict[str, Any]) -> Grant:
        code = self._codes.pop(str(params.get("code", "")), None)
        if code is None or code.expires <= self._now() or code.client_id != params.get("client_id"):
            raise OAuthError("invalid_grant", "Invalid authorization code")
        portal = self._usable_portal(code.member_id)
        self.exchanges += 1
        return self._remember(code.member_id, code.user_id, code.client_id, portal.granted_scope(), True)

    def _refresh(self, params: dict[str, Any]) -> Grant:
        old = self._by_refresh.get(str(params.get("refresh_token", "")))
        if old is None or old.client_id != params.get("client_id"):
            raise OAuthError("invalid_grant", "Invalid refresh token")
        portal = self._usable_portal(old.member_id)
        user = portal.users.get(old.user_id)
        if old.dead or old.revoked or old.refresh_expires <= self._now() or user is None or not user.active:
            raise OAuthError("invalid_grant", "Invalid refresh token")
        old.dead = True
        self.refreshes += 1
        return self._remember(old.member_id, old.user_id, old.client_id, portal.granted_scope(), True)

    def _usable_portal(self, member_id: str) -> "Portal":
        portal = self._world.portal(member_id)
        if portal is None or portal.deleted:
            raise OAuthError("PORTAL_DELETED", "Portal was deleted", 410)
        if self.payment_required or portal.installation is None:
            raise OAuthError("PAYMENT_REQUIRED", "Payment required", 401)
        return portal

    def _remember(
        self, member_id: str, user_id: int, client_id: str, scope: tuple[str, ...], refreshable: bool
    ) -> Grant:
        grant = Grant(
            access_token=secrets.token_hex(35),
            refresh_token=secrets.token_hex(35) if refreshable else None,
            member_id=member_id,
            user_id=user_id,
            client_id=client_id,
            scope=scope,
            expires=self._now() + ACCESS_S,
            refresh_expires=self._now() + REFRESH_S,
        )
        self._grants[grant.access_token] = grant
        if grant.refresh_token is not None:
            self._by_refresh[grant.refresh_token] = grant
        return grant

    def _token_json(self, grant: Grant, renewed: bool) -> dict[str, Any]:
        portal = self._world.portal(grant.member_id)
        assert portal is not None
        answer: dict[str, Any] = {
            "access_token": grant.access_token,
            "client_endpoint": portal.client_endpoint,
            "domain": self._world.oauth_url.removeprefix("http://"),
            "expires_in": ACCESS_S,
            "member_id": grant.member_id,
            "refresh_token": grant.refresh_token,
            "scope": ",".join(grant.scope),
            "server_endpoint": portal.server_endpoint,
            "status": portal.installation.status if portal.installation else "F",
        }
        return {**answer, "expires": int(grant.expires), "user_id": grant.user_id} if renewed else answer


def create_oauth(world: "World") -> Flask:
    """`/oauth/token/` (GET alone, as its page says) and `/rest/app.info`."""
    app = Flask("oauth")
    break_on_faults(app)

    @app.route("/oauth/token/", methods=["GET"])
    def token() -> Response:
        params = request_params(request)
        operation = f"token/{params.get('grant_type', '')}"
        _fail_before(world, operation)
        try:
            answer = json_answer(world.oauth.token(params))
        except OAuthError as error:
            world.oauth.refused.append(error.code)
            answer = json_answer({"error": error.code, "error_description": error.description}, error.status)
        _log(world, operation, answer)
        _fail_after(world, operation)
        return answer

    @app.route("/rest/app.info", methods=["GET", "POST"])
    @app.route("/rest/app.info/", methods=["GET", "POST"])
    @app.route("/rest/app.info.json", methods=["GET", "POST"])
    def app_info() -> Response:
        began = world.clock.now()
        _fail_before(world, "app.info")
        try:
            params = request_params(request)
            facts = world.oauth.app_info(str(params.get("auth", "")))
            answer = json_answer({"result": facts, "time": time_block(dt.UTC, began, world.clock.now())})
        except RestError as error:
            answer = json_answer(error.as_json(), error.status)
        _log(world, "app.info", answer)
        _fail_after(world, "app.info")
        return answer

    @app.errorhandler(RestError)
    def refuse(error: RestError) -> Response:
        return json_answer(error.as_json(), error.status)

    return app


def _log(world: "World", operation: str, answer: Response) -> None:
    world.oauth.requests.append((world.clock.now(), operation, answer.status))


def _fail_before(world: "World", operation: str) -> None:
    fault = world.faults.take("oauth", operation, "before")
    if fault is None:
        return
    if fault.kind == "error":
        options = {"code": "invalid_grant", "description": "Ordered failure", "status": 400, **fault.options}
        raise RestError(options["code"], options["description"], int(options["status"]))
    if fault.kind == "expired_token":
        raise RestError("expired_token", "The access token provided has expired.", 401)
    raise ConnectionFault(fault)


def _fail_after(world: "World", operation: str) -> None:
    fault = world.faults.take("oauth", operation, "after")
    if fault is not None:
        raise ConnectionFault(fault)
