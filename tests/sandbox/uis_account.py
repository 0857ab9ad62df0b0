"""A UIS account on its own, an adapter's web server that records callbacks, and clients for both."""

import atexit
import functools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from flask import Flask, Response, request

from sandbox.core.clock import Clock
from sandbox.core.faults import Faults
from sandbox.core.server import Server
from sandbox.uis import Uis, create_uis, create_uis_control

LOGIN = {"login": "admin@example.com", "password": "sandbox", "project": "uis2"}
ADAPTER: dict[str, Any] = {
    "type": "test_adapter",
    "name": "Test adapter",
    "login": "adapter-login",
    "password": "adapter-password",
    "webhook_auth": {"type": "Bearer", "token": "hook-token"},
    "supported_channel_types": ["comagic", "whatsapp", "telegram"],
}


@functools.cache
def server(name: str) -> Server:
    """One server per name for all tests, each test gives it an application of its own: much quicker than new ones."""
    started = Server(Flask(name))
    started.start()
    atexit.register(started.stop)
    return started


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback as the adapter received it."""

    method: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Hook:
    """The adapter: answers `status` and remembers; `refuse` names paths that answer 500."""

    url: str = ""
    status: int = 204
    refuse: set[str] = field(default_factory=set)
    received: list[Callback] = field(default_factory=list)

    def of(self, path: str, method: str = "POST") -> list[dict[str, Any]]:
        """Bodies that came to a path."""
        return [one.body for one in self.received if (one.path, one.method) == (path, method)]


class Account:
    """The running UIS account; `world` of `create_uis`. Wraps the sign-ins that most tests need."""

    def __init__(self) -> None:
        self.clock, self.faults = Clock(), Faults()
        self.uis: Any = Uis(self)
        app = create_uis(self)
        app.register_blueprint(create_uis_control(self))
        server("uis").app = app

    @property
    def uis_url(self) -> str:
        return server("uis").url

    def sign_in(self, **changes: str) -> dict[str, Any]:
        """The whole answer of the personal account's login."""
        call = {"jsonrpc": "2.0", "id": "1", "method": "login", "params": {**LOGIN, **changes}}
        return self.json("POST", "/api/auth/json_rpc?method=login", call)

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call(method, path, body, **headers).json()
        return found

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.request(method, self.uis_url + path, json=body, headers=headers, timeout=10)

    def data_call(self, call: Any, content_type: str = "application/json; charset=UTF-8") -> dict[str, Any]:
        """One raw call of the Data API."""
        body = call if isinstance(call, str) else json.dumps(call)
        answer = requests.post(
            self.uis_url + "/v2.0", data=body.encode(), headers={"Content-Type": content_type}, timeout=10
        )
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def data(self, method: str, **params: Any) -> dict[str, Any]:
        """A call with the permanent key."""
        params = {"access_token": "sandbox-data-key", **params}
        return self.data_call({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})

    def rows(self, method: str, **params: Any) -> list[dict[str, Any]]:
        """`data` of a call that must succeed."""
        answer = self.data(method, **params)
        assert "error" not in answer, answer
        found: list[dict[str, Any]] = answer["result"]["data"]
        return found

    def mnemonic(self, method: str, **params: Any) -> str:
        """The error of a call that must fail."""
        return str(self.data(method, **params)["error"]["data"]["mnemonic"])

    def window(self, back_s: float = 3600, ahead_s: float = 3600) -> dict[str, str]:
        """`date_from` and `date_till` around now, in Moscow time."""
        from sandbox.uis.data_time import text_of

        now = self.clock.now()
        moments = {"date_from": now - back_s, "date_till": now + ahead_s}
        return {name: str(text_of(moment, self.uis.zone)) for name, moment in moments.items()}


@dataclass
class Connected:
    """An account with an adapter connected to it."""

    account: Account
    hook: Hook
    jwt: str
    adapter: dict[str, Any]
    connection: dict[str, Any]

    @property
    def uis(self) -> Uis:
        found: Uis = self.account.uis
        return found

    def links(self) -> dict[int, int]:
        """The adapter's channel ids by set-up id, as the callbacks told them."""
        return {body["context"]["chat_channel_id"]: body["id"] for body in self.hook.of("/channel")}

    def token(self) -> str:
        """A fresh token for `/v1/adapter`."""
        form = {"username": ADAPTER["login"], "password": ADAPTER["password"]}
        answer = requests.post(self.account.uis_url + "/v1/adapter/login", data=form, timeout=10)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def place(self, channel_id: int = 740806) -> dict[str, int]:
        """`account_id` and `channel_id` for a body."""
        return {"account_id": self.connection["id"], "channel_id": self.links()[channel_id]}


@contextmanager
def running_account() -> Iterator[Account]:
    account = Account()
    try:
        yield account
    finally:
        account.uis.stop()


@contextmanager
def running_hook() -> Iterator[Hook]:
    hook, lock = Hook(), threading.Lock()
    app = Flask("hook", static_folder=None)

    @app.route("/in/<path:path>", methods=["POST", "PATCH", "DELETE"])
    def take(path: str) -> Response:
        with lock:
            one = Callback(request.method, f"/{path}", request.get_json(), dict(request.headers.items()))
            hook.received.append(one)
        return Response(status=500 if f"/{path}" in hook.refuse else hook.status)

    server("hook").app = app
    hook.url = server("hook").url + "/in"
    yield hook


def connect(account: Account, hook: Hook, forwarded: bool = False, **adapter: Any) -> Connected:
    """Sign in, create an adapter and an account with the first two channels."""
    jwt = account.sign_in()["result"]["jwt"]
    body = {**ADAPTER, "webhook_url": hook.url, **adapter}
    made = account.json("POST", "/v1/integration/adapter", body, token=jwt)
    channels = [
        number for number in account.uis.channels
        if account.uis.channels[number].type in made["supported_channel_types"]
    ]  # fmt: skip
    context = {"is_chat_integration_scenario_created": True} if forwarded else {}
    wanted = {"name": "Shop", "adapter_id": made["id"], "channels": channels, "context": context}
    connection = account.json("POST", "/v1/integration/account", wanted, token=jwt)
    assert "id" in connection, connection
    return Connected(account, hook, jwt, made, connection)
