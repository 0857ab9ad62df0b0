"""Sign-in: `POST /api/auth/json_rpc?method=login` (Chat API: "Управление адаптерами")."""

import secrets
from typing import Any

from flask import Blueprint, Response, request

from sandbox.core.http import json_answer
from sandbox.uis.offline import Uis

PARAMS = ("login", "password", "project")


def blueprint(uis: Uis) -> Blueprint:
    """The answers carry an id of their own, as the page's example does, not the one of the request."""
    routes = Blueprint("uis_login", __name__)

    @routes.post("/api/auth/json_rpc")
    def json_rpc() -> Response:
        body: Any = request.get_json(silent=True)
        problem = _problem(body)
        if problem is not None:
            return error_answer(problem, -32600)
        params = body["params"]
        with uis.lock:
            right = (params["login"], params["password"], params["project"]) == (
                uis.login,
                uis.password,
                uis.project,
            )
            if not right:
                return error_answer("Login or password is wrong")
            return _signed_in(uis)

    return routes


def error_answer(message: str, code: int = -32001) -> Response:
    """A JSON-RPC error; the page documents none, the shape is that of JSON-RPC 2.0."""
    error = {"code": code, "message": message, "data": {"mnemonic": "auth_error"}}
    return json_answer({"error": error, "id": _id(), "jsonrpc": "2.0", "result": None})


def _signed_in(uis: Uis) -> Response:
    # The pages say nothing of the second step, so an account with it gets no token here.
    result: dict[str, Any] = {"is_2fa_enabled": uis.two_factor, "jwt": None, "refresh": None}
    if not uis.two_factor:
        result |= {"jwt": uis.issue_jwt(), "refresh": secrets.token_hex(16)}
    return json_answer({"error": None, "id": _id(), "jsonrpc": "2.0", "result": result})


def _problem(body: Any) -> str | None:
    if not isinstance(body, dict) or body.get("jsonrpc") != "2.0" or "id" not in body:
        return "Invalid Request"
    if request.args.get("method") != "login" or body.get("method") != "login":
        return "the method must be login, in the address and in the body"
    params = body.get("params")
    if not isinstance(params, dict) or set(params) != set(PARAMS):
        return f"params must be {', '.join(PARAMS)}"
    if not all(isinstance(params[name], str) for name in PARAMS):
        return "params must be strings"
    return None


def _id() -> str:
    return secrets.token_urlsafe(15)
