"""Set-up of adapters: `/v1/integration/...` (Chat API: "Управление адаптерами", "Каналы чатов")."""

from typing import Any

from flask import Blueprint, Response

from sandbox.core.http import json_answer
from sandbox.uis import accounts
from sandbox.uis.entities import CHANNEL_TYPES, Adapter
from sandbox.uis.offline import Uis
from sandbox.uis.shapes import Refused, bearer, body_of, check

CREATE = {
    "type": "mnemonic",
    "name": "text",
    "login": "text",
    "password": "text",
    "webhook_url": "url",
    "supported_channel_types": "texts",
}
CREATE_MORE = {"webhook_version": "text", "webhook_token": "text", "webhook_auth": "object"}
# The page's template shows webhook_kwargs only where an adapter is changed.
CHANGE = {
    "name": "text",
    "login": "text",
    "password": "text",
    "status": "text",
    "webhook_url": "url",
    "supported_channel_types": "texts",
    "webhook_kwargs": "object",
    **CREATE_MORE,
}


def blueprint(uis: Uis) -> Blueprint:
    """Every route wants `Authorization: Bearer <jwt>` of the personal account."""
    routes = Blueprint("uis_integration", __name__, url_prefix="/v1/integration")

    @routes.before_request
    def authorize() -> None:
        with uis.lock:
            if not uis.jwt_is_valid(bearer()):
                raise Refused(401, "the token is not valid")

    _add_adapters(routes, uis)
    accounts.add_routes(routes, uis)

    @routes.get("/channel")
    def list_channels() -> Response:
        with uis.lock:
            return json_answer([channel.as_json() for channel in uis.channels.values()])

    return routes


def _add_adapters(routes: Blueprint, uis: Uis) -> None:
    @routes.get("/adapter")
    def list_adapters() -> Response:
        with uis.lock:
            return json_answer([adapter.as_json() for adapter in uis.adapters.values()])

    @routes.post("/adapter")
    def create_adapter() -> Response:
        body = body_of(CREATE, CREATE_MORE)
        with uis.lock:
            _check_values(uis, body, None)
            values = {name: value for name, value in body.items() if value is not None}
            adapter = Adapter(id=next(uis.adapter_ids), owner=uis.app_id, **values)
            uis.adapters[adapter.id] = adapter
            return json_answer(adapter.as_json())

    @routes.patch("/adapter/<int:adapter_id>")
    def update_adapter(adapter_id: int) -> Response:
        body = body_of({}, CHANGE)
        with uis.lock:
            adapter = own_adapter(uis, adapter_id)
            _check_values(uis, body, adapter)
            # One kind of authorization replaces the other.
            if body.get("webhook_auth"):
                adapter.webhook_token = None
            if body.get("webhook_token"):
                adapter.webhook_auth = None
            for name, value in body.items():
                if value is not None or name in ("webhook_token", "webhook_auth"):
                    setattr(adapter, name, value)
            return accounts.changed(uis, adapter.as_json())

    @routes.delete("/adapter/<int:adapter_id>")
    def delete_adapter(adapter_id: int) -> Response:
        with uis.lock:
            own_adapter(uis, adapter_id)
            if any(account.adapter_id == adapter_id for account in uis.accounts.values()):
                raise Refused(409, f"adapter {adapter_id} is in use")
            del uis.adapters[adapter_id]
        return Response(status=204)


def own_adapter(uis: Uis, adapter_id: int) -> Adapter:
    """An adapter that the client may manage; raises Refused."""
    adapter = uis.adapters.get(adapter_id)
    if adapter is None:
        raise Refused(404, f"no adapter {adapter_id}")
    if adapter.owner is None:
        raise Refused(403, "system adapters are not managed by clients")
    return adapter


def _check_values(uis: Uis, body: dict[str, Any], adapter: Adapter | None) -> None:
    if body.get("webhook_token") and body.get("webhook_auth"):
        raise Refused(422, "webhook_token and webhook_auth exclude each other")
    if body.get("webhook_version", "v2") not in ("v1", "v2", None):
        raise Refused(422, "webhook_version must be v1 or v2")
    if body.get("status", "active") not in ("active", "disabled", None):
        raise Refused(422, "status must be active or disabled")
    foreign = set(body.get("supported_channel_types") or []) - set(CHANNEL_TYPES)
    if foreign:
        raise Refused(422, f"unknown channel types: {', '.join(sorted(foreign))}")
    _check_unique(uis, body, adapter)
    if body.get("webhook_auth"):
        _check_auth(body["webhook_auth"])
    if body.get("webhook_kwargs"):
        _check_kwargs(body["webhook_kwargs"])


def _check_unique(uis: Uis, body: dict[str, Any], adapter: Adapter | None) -> None:
    for other in uis.adapters.values():
        for name in ("type", "login"):
            if other is not adapter and name in body and getattr(other, name) == body[name]:
                raise Refused(409, f"an adapter with this {name} exists already")


def _check_auth(auth: dict[str, Any]) -> None:
    if auth.get("type") == "Bearer":
        check(auth, {"type": "text", "token": "text"}, {}, "webhook_auth.")
    elif auth.get("type") == "Basic":
        check(auth, {"type": "text", "login": "text", "password": "text"}, {}, "webhook_auth.")
    else:
        raise Refused(422, "webhook_auth.type must be Bearer or Basic")


def _check_kwargs(kwargs: dict[str, Any]) -> None:
    check({name: value for name, value in kwargs.items() if name != "timeout"}, {}, {"headers": "object"})
    timeout = kwargs.get("timeout", 1.0)
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout <= 0:
        raise Refused(422, "webhook_kwargs.timeout must be a positive number")
    if not all(isinstance(value, str) for value in kwargs.get("headers", {}).values()):
        raise Refused(422, "webhook_kwargs.headers must hold strings")
