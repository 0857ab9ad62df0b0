"""The REST door of a portal: authentication, limits, execution, the `time` block, the log of requests.

Bitrix24: settings/how-to-call-rest-api, limits, error-codes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from sandbox.bitrix import batch, table
from sandbox.bitrix.call import METHODS, PREPARATIONS, Call
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.limits import operation_time_limit, query_limit_exceeded
from sandbox.bitrix.wire import request_params, time_block
from sandbox.core.faults import ConnectionFault, Fault
from sandbox.core.http import json_answer

if TYPE_CHECKING:
    from sandbox.bitrix.people import User
    from sandbox.bitrix.portal import Portal


@dataclass(slots=True, kw_only=True)
class RequestLog:
    """One HTTP request to the REST of a portal; `commands` are the inner methods of a batch. `at`: unix seconds."""

    at: float
    method: str
    commands: tuple[str, ...] = ()
    status: int = 200
    error: str = ""
    duration_ms: float = 0.0
    user_id: int = 0


@dataclass(slots=True, kw_only=True)
class Caller:
    """Who is behind the request; `client_id` None means an incoming webhook."""

    user: "User"
    client_id: str | None
    scope: frozenset[str]


def create_rest(portal: "Portal") -> Blueprint:
    """`/rest/<method>[.json]` with a token, `/rest/<user>/<webhook>/<method>` without."""
    rest = Blueprint("rest", __name__)

    @rest.route("/rest/<method>", methods=["GET", "POST"])
    @rest.route("/rest/<method>.json", methods=["GET", "POST"])
    def with_token(method: str) -> Response:
        return _serve(portal, method.removesuffix(".json"), None)

    @rest.route("/rest/<int:user_id>/<secret>/<method>", methods=["GET", "POST"])
    def with_webhook(user_id: int, secret: str, method: str) -> Response:
        return _serve(portal, method.removesuffix(".json"), (user_id, secret))

    return rest


def _serve(portal: "Portal", method: str, webhook: tuple[int, str] | None) -> Response:
    began = portal.world.clock.now()
    log = RequestLog(at=began, method=method.lower())
    try:
        return _answer(portal, log, webhook, began)
    except RestError as error:
        log.status, log.error = error.status, error.code
        return json_answer(error.as_json(), error.status)
    except ConnectionFault as broken:
        log.status, log.error = 0, broken.fault.kind
        raise
    finally:
        log.duration_ms = (portal.world.clock.now() - began) * 1000
        portal.requests.append(log)


def _answer(portal: "Portal", log: RequestLog, webhook: tuple[int, str] | None, began: float) -> Response:
    portal.pause(portal.round_trip_ms)
    order = portal.world.faults.take("bitrix", log.method, "before")
    if order is not None:
        raise _ordered(order)
    portal.bucket.pour(request.remote_addr or "")
    params = request_params(request)
    caller = _caller(portal, params, webhook)
    log.user_id = caller.user.id
    if log.method == "batch":
        answer = batch.run(portal, caller, params, log)
    else:
        answer = execute(portal, caller, log.method, params)
    broken = portal.world.faults.take("bitrix", log.method, "after")
    if broken is not None:
        raise ConnectionFault(broken)
    answer["time"] = time_block(portal.zone, began, portal.world.clock.now(), answer.get("time"))
    return json_answer(answer)


def execute(portal: "Portal", caller: Caller, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """Run one method: `{"result", "total"?, "next"?, "time"}`; raises RestError."""
    clock = portal.world.clock
    began = clock.now()
    name = known(method)
    client = caller.client_id or "webhook"
    portal.operating.check(client, name)
    call = Call(
        portal=portal,
        method=name,
        params={key: value for key, value in params.items() if key not in table.COMMON},
        user=caller.user,
        client_id=caller.client_id,
        scope=caller.scope,
    )
    _check_scope(call)
    table.check(portal, name, call.params)
    portal.pause(portal.method_ms.get(name, portal.command_ms))
    try:
        if name in PREPARATIONS:
            PREPARATIONS[name](call)
        with portal.lock:
            result = METHODS[name](call)
    finally:
        portal.operating.add(client, name, clock.now() - began + portal.operating_cost.get(name, 0.0))
    answer: dict[str, Any] = {"result": result}
    if call.next is not None:
        answer["next"] = call.next
    if call.total is not None:
        answer["total"] = call.total
    spent, reset_at = portal.operating.spent(client, name)
    told = {"operating_reset_at": reset_at, "operating": spent}
    answer["time"] = time_block(portal.zone, began, clock.now(), told)
    return answer


def known(method: str) -> str:
    """The table's spelling; raises ERROR_METHOD_NOT_FOUND for what the table or the sandbox has not."""
    name = table.names().get(method.lower())
    if name is None or name not in METHODS:
        raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
    return name


def _caller(portal: "Portal", params: dict[str, Any], webhook: tuple[int, str] | None) -> Caller:
    if portal.deleted:
        raise RestError("PORTAL_DELETED", "Portal was deleted", 500)
    if webhook is not None:
        return _webhook_caller(portal, webhook)
    return _token_caller(portal, str(params.pop("auth", "") or ""))


def _webhook_caller(portal: "Portal", webhook: tuple[int, str]) -> Caller:
    user = portal.users.get(webhook[0])
    if user is None or portal.webhooks.get(webhook[1]) != user.id:
        raise RestError("INVALID_CREDENTIALS", "Invalid request credentials", 401)
    return Caller(user=user, client_id=None, scope=frozenset({*portal.world.card.scope, "user"}))


def _token_caller(portal: "Portal", token: str) -> Caller:
    oauth = portal.world.oauth
    grant = oauth.grant(token) if token else None
    if grant is None or grant.member_id != portal.member_id:
        raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
    user = portal.users.get(grant.user_id)
    if portal.installation is None or (grant.revoked and user is not None and user.active):
        raise RestError("APPLICATION_NOT_FOUND", "Application not found", 401)
    if user is None or not user.active:
        raise RestError("authorization_error", "Unable to authorize user", 401)
    if not oauth.alive(grant):
        raise RestError("expired_token", "The access token provided has expired.", 401)
    if not user.access_to_app:
        raise RestError("user_access_error", "The user does not have access to the application.", 403)
    return Caller(user=user, client_id=grant.client_id, scope=frozenset(grant.scope))


def _check_scope(call: Call) -> None:
    if not table.open_to(call.method, call.scope):
        text = "The request requires higher privileges than provided by the access token"
        raise RestError("insufficient_scope", text, 403)


def _ordered(fault: Fault) -> Exception:
    """What an ordered fault of the phase before the effect raises."""
    if fault.kind == "expired_token":
        return RestError("expired_token", "The access token provided has expired.", 401)
    if fault.kind == "error":
        options: dict[str, Any] = {
            "code": "INTERNAL_SERVER_ERROR",
            "description": "Ordered failure",
            "status": 500,
        }
        options = {**options, **fault.options}
        return RestError(str(options["code"]), str(options["description"]), int(options["status"]))
    if fault.kind == "http_503":
        return query_limit_exceeded()
    if fault.kind == "http_429":
        return operation_time_limit()
    if fault.kind == "http_500":
        return RestError("INTERNAL_SERVER_ERROR", "Internal server error", 500)
    return ConnectionFault(fault)


def ordered_inside(portal: "Portal", method: str) -> Exception | None:
    """The same for one command inside a batch."""
    fault = portal.world.faults.take("bitrix", method, "before")
    return _ordered(fault) if fault is not None else None
