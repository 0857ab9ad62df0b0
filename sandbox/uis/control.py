"""Control of the UIS account over HTTP: `/_control/uis/...` on the hub, JSON in and out.

`GET /_control/uis` state; `POST /_control/uis/<action>` with the keyword arguments of the method of that
name; `POST /_control/uis/switches` with `{"name": value}`. Wrong orders answer 400 with `error` in words.
"""

import base64
from typing import Any

from flask import Blueprint, Response, request

from sandbox.core.http import json_answer
from sandbox.uis.entities import Channel, Chat, Message, OfflineRequest, Session, Visitor
from sandbox.uis.offline import Uis
from sandbox.uis.state import Host

ACTIONS = (
    "visitor_starts_chat", "visitor_writes", "operator_writes", "system_writes", "edit_message",
    "message_status", "assign", "close_chat", "invite_rejected", "visitor_card", "offline_request",
    "process_request", "hold", "release", "flush", "visitor_reads", "add_channel", "set_templates", "visit",
)  # fmt: skip
SWITCHES = (
    "two_factor", "callbacks_without_scenario", "jwt_lifetime_s", "adapter_token_lifetime_s",
    "session_lifetime_s", "ip_whitelisted", "account_active", "minute_limit", "day_limit",
    "report_lag_s", "chat_id_in_reports", "login_expiry_key", "repeated_upload", "bad_upload_item", "upload_order",
    "message_states", "deleted_sources", "change_answer",
)  # fmt: skip

COURIER_SWITCHES = ("retries", "retry_after_s")
KNOWN = ("components", *SWITCHES, *COURIER_SWITCHES)


def create_uis_control(world: Host) -> Blueprint:
    """Blueprint for the hub, next to the general `/_control`."""
    control = Blueprint("uis_control", __name__, url_prefix="/_control/uis")
    for kind in (ValueError, KeyError, TypeError, TimeoutError):
        control.register_error_handler(kind, _refuse)
    uis: Uis = world.uis

    @control.get("")
    def state() -> Response:
        with uis.lock:
            return json_answer(uis.as_json())

    @control.post("/switches")
    def switches() -> Response:
        with uis.lock:
            for name, value in _body().items():
                _switch(uis, name, value)
            return json_answer({name: getattr(uis, name) for name in SWITCHES})

    @control.post("/<action>")
    def act(action: str) -> Response:
        if action not in ACTIONS:
            raise ValueError(f"unknown action {action!r}; known: {', '.join(ACTIONS)}")
        return json_answer(as_json(getattr(uis, action)(**_arguments())))

    return control


def as_json(found: Any) -> dict[str, Any]:
    """What an action made, in short: enough to go on acting on it."""
    if isinstance(found, Chat):
        return {
            "chat_id": found.id,
            "visitor_id": found.visitor_id,
            "status": found.status,
            "operator_id": found.employee_id,
            "release_cause": found.release_cause,
            "message_ids": [message.id for message in found.messages],
        }
    if isinstance(found, Message):
        return {"message_id": found.id, "chat_id": found.chat_id, "text": found.text, "status": found.status}
    if isinstance(found, Visitor):
        return {"visitor_id": found.id, "name": found.name, "phones": found.phones, "emails": found.emails}
    if isinstance(found, OfflineRequest):
        return {"request_id": found.id, "visitor_id": found.visitor_id, "status": found.status}
    if isinstance(found, Session):
        return {
            "session_id": found.id,
            "visitor_id": found.visitor_id,
            "source_id": found.traffic["source_id"],
        }
    if isinstance(found, Channel):
        return {**found.as_json(), "message_templates": found.message_templates}
    return {}


def _refuse(error: Exception) -> Response:
    return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


def _arguments() -> dict[str, Any]:
    arguments = _body()
    if isinstance(arguments.get("file"), dict):
        file = arguments["file"]
        arguments["file"] = (file["name"], base64.b64decode(file["base64"]))
    return arguments


def _switch(uis: Uis, name: str, value: Any) -> None:
    if name == "components":
        uis.components = set(value)
    elif name in COURIER_SWITCHES and isinstance(value, int | float):
        setattr(uis.courier, name, value)
    elif name in SWITCHES and isinstance(value, type(getattr(uis, name)) | int):
        setattr(uis, name, value)
    else:
        raise ValueError(f"no switch {name!r} with such a value; known: {', '.join(KNOWN)}")
