"""What the tests of the sandbox's Bitrix24 share: a world with the application installed, and a plain caller."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import requests
from flask import Flask, request

from sandbox.bitrix.portal import Portal
from sandbox.core.server import Server
from sandbox.world import World


class Caller:
    """Calls REST methods with a token of a user; `status` is that of the last answer."""

    def __init__(self, portal: Portal, user_id: int = 1, token: str | None = None) -> None:
        self.portal = portal
        self.token = token or portal.world.oauth.issue(portal, user_id).access_token
        self.status = 0
        self._session = requests.Session()
        self._session.trust_env = False

    def raw(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer of a JSON request."""
        body = {**params, "auth": self.token}
        answer = self._session.post(self.portal.client_endpoint + method, json=body, timeout=10)
        self.status = answer.status_code
        found: dict[str, Any] = answer.json()
        return found

    def result(self, method: str, **params: Any) -> Any:
        """`result`; fails the test on an error."""
        answer = self.raw(method, **params)
        assert "error" not in answer, answer
        return answer["result"]

    def error(self, method: str, **params: Any) -> str:
        """The error's code; fails the test when there is none."""
        answer = self.raw(method, **params)
        assert "error" in answer, answer
        return str(answer["error"])

    def batch(self, commands: Any, halt: int = 0) -> dict[str, Any]:
        """`result` of a batch."""
        found: dict[str, Any] = self.result("batch", cmd=commands, halt=halt)
        return found


def query(**params: Any) -> str:
    """Parameters as the query of a batch command; `$result` stays readable."""
    from sandbox.core.http import bracket_form

    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in bracket_form(params))


@contextmanager
def installed_world(**arguments: Any) -> Iterator[World]:
    """A running world whose first portal has the application installed, without any application listening."""
    with World(**arguments) as world:
        world.portals[0].begin_installation()
        world.portals[0].finish_install(send_event=False)
        yield world


def add(caller: Caller, entity_type: int, **fields: Any) -> dict[str, Any]:
    """Create an item and return it as the portal answers it."""
    found: dict[str, Any] = caller.result("crm.item.add", entityTypeId=entity_type, fields=fields)["item"]
    return found


def phone(value: str) -> list[dict[str, str]]:
    """`fm` with one phone."""
    return [{"typeId": "PHONE", "valueType": "WORK", "value": value}]


class Inbox:
    """A web application that keeps every form it gets: (path, query, form); it answers `status`."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.status = 200
        app = Flask("inbox")

        @app.route("/<path:path>", methods=["POST"])
        def take(path: str) -> tuple[str, int]:
            self.received.append((path, request.args.to_dict(), request.form.to_dict()))
            return "ok", self.status

        self.server = Server(app)

    def __enter__(self) -> "Inbox":
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
