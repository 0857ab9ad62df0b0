"""Chat API for adapters: `/v1/adapter/*` (Chat API: "Методы Chat API").

The page does not describe the answers of close and transfer; the sandbox gives 204 without a body.
"""

import re
from typing import Any

from flask import Blueprint, Response, g, request

from sandbox.core.http import json_answer
from sandbox.uis import callbacks, files, templates
from sandbox.uis.entities import Adapter, Chat, Link, Message, Resource, iso
from sandbox.uis.offline import Uis
from sandbox.uis.shapes import Refused, bearer, body_of, check
from sandbox.uis.store import fill_card

FIRST_WRITERS: dict[str, tuple[str, ...]] = {
    "whatsapp": ("visitor_phone",),
    "waba": ("visitor_phone",),
    "telegram_private": ("visitor_phone", "visitor_username"),
    "sms": ("visitor_phone",),
    "email": ("visitor_email",),
}
CONTACTS = ("visitor_phone", "visitor_email", "visitor_username")
CONTACT_SHAPES = {
    "visitor_phone": r"\+?\d{10,15}",
    "visitor_email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "visitor_username": r"@\w+",
}
PLACE = {"account_id": "int", "channel_id": "int"}
MESSAGE = {
    **PLACE,
    "chat_id": "int",
    "operator_id": "int",
    "text": "str",
    "created_at": "moment",
    "source": "text",
}


def blueprint(uis: Uis) -> Blueprint:
    """All but the login want the adapter's token; a stale one answers 401."""
    routes = Blueprint("uis_adapter", __name__, url_prefix="/v1/adapter")

    @routes.before_request
    def authorize() -> None:
        if request.endpoint == "uis_adapter.login":
            return
        with uis.lock:
            g.adapter = uis.adapter_of(bearer())
        if g.adapter is None:
            raise Refused(401, "the token is not valid")

    @routes.post("/login")
    def login() -> Response:
        if request.mimetype != "application/x-www-form-urlencoded":
            raise Refused(415, "the body must be application/x-www-form-urlencoded")
        form = request.form.to_dict()
        check(form, {"username": "text", "password": "text"}, {})
        with uis.lock:
            return _logged_in(uis, form["username"], form["password"])

    _add_chats(routes, uis)
    _add_messages(routes, uis)
    files.add_routes(routes, uis, link_of)
    return routes


def _logged_in(uis: Uis, username: str, password: str) -> Response:
    for adapter in uis.adapters.values():
        if (adapter.login, adapter.password, adapter.status) == (username, password, "active"):
            token, expires = uis.issue_adapter_token(adapter)
            return json_answer({"access_token": token, "token_type": "bearer", "expires_at": expires})
    raise Refused(401, "wrong login or password")


def _add_chats(routes: Blueprint, uis: Uis) -> None:
    @routes.post("/chat")
    def create_chat() -> Response:
        required = {**PLACE, "operator_id": "int", "initiator": "text", "created_at": "moment"}
        body = body_of(required, dict.fromkeys(CONTACTS, "text"))
        with uis.lock:
            return json_answer(_created(uis, body))

    @routes.post("/chat/close")
    def close_chat() -> Response:
        required = {**PLACE, "chat_id": "int", "reason": "text"}
        body = body_of(required, {"context": "object", "operator_id": "int"})
        with uis.lock:
            chat = open_chat(uis, link_of(uis, g.adapter, body), body["chat_id"])
            if body["reason"] != "closed_by_operator":
                raise Refused(422, "reason must be closed_by_operator")
            if body.get("operator_id") is None:
                raise Refused(422, "operator_id is required with closed_by_operator")
            _operator(uis, body["operator_id"])
            uis.end_chat(chat, body["reason"])
        return Response(status=204)

    @routes.post("/chat/transfer")
    def transfer_chat() -> Response:
        required = {**PLACE, "chat_id": "int", "from_operator_id": "int", "to_operator_id": "int"}
        body = body_of(required, {"context": "object"})
        with uis.lock:
            chat = open_chat(uis, link_of(uis, g.adapter, body), body["chat_id"])
            if chat.employee_id != body["from_operator_id"]:
                raise Refused(422, "from_operator_id is not the operator of the chat")
            uis.set_operator(chat, _operator(uis, body["to_operator_id"]))
        return Response(status=204)


def _created(uis: Uis, body: dict[str, Any]) -> dict[str, Any]:
    link = link_of(uis, g.adapter, body)
    if body["initiator"] != "operator":
        raise Refused(422, "initiator must be operator")
    name, contact = _contact(link, body)
    operator_id = _operator(uis, body["operator_id"])
    visitor = uis.visitor_of(link.channel, body.get("visitor_phone"), body.get("visitor_username"))
    kind = {"visitor_phone": "phones", "visitor_email": "emails", "visitor_username": "usernames"}[name]
    fill_card(visitor, **{kind: [contact]})  # type: ignore[arg-type]
    chat = uis.new_chat(link.channel, visitor, "operator")
    uis.set_operator(chat, operator_id)
    uis.system_writes(chat.id, f"Чат начат оператором {uis.employee(operator_id).first_name}", "chat_started")
    return {
        "context": {},
        "account_id": body["account_id"],
        "channel_id": body["channel_id"],
        "chat_id": chat.id,
        "visitor_id": visitor.id,
        **{field: body.get(field) for field in CONTACTS},
        "operator_id": operator_id,
        "initiator": "operator",
        "created_at": iso(chat.started),
    }


def _contact(link: Link, body: dict[str, Any]) -> tuple[str, str]:
    fitting = FIRST_WRITERS.get(link.channel.type)
    if fitting is None:
        raise Refused(422, f"a channel of type {link.channel.type} cannot write first")
    given = [name for name in CONTACTS if body.get(name)]
    if len(given) != 1 or given[0] not in fitting:
        raise Refused(422, f"exactly one of {', '.join(fitting)} is required for {link.channel.type}")
    if not re.fullmatch(CONTACT_SHAPES[given[0]], body[given[0]]):
        raise Refused(422, f"{given[0]} has a wrong format")
    return given[0], body[given[0]]


def _add_messages(routes: Blueprint, uis: Uis) -> None:
    @routes.post("/message")
    def send_message() -> Response:
        body = body_of(MESSAGE, {"reply_to_id": "int", "resource": "object", "context": "object"})
        with uis.lock:
            link = link_of(uis, g.adapter, body)
            chat = open_chat(uis, link, body["chat_id"])
            message = _written(uis, link, chat, body)
            answer = _message_answer(body, message)
            for state in uis.message_states:
                uis.message_status(message.id, state)
        return json_answer(answer)


def _written(uis: Uis, link: Link, chat: Chat, body: dict[str, Any]) -> Message:
    if body["source"] != "operator":
        raise Refused(422, "source must be operator")
    operator_id = _operator(uis, body["operator_id"])
    reply_to = body.get("reply_to_id")
    if reply_to is not None and reply_to not in {message.id for message in chat.messages}:
        raise Refused(422, f"the chat has no message {reply_to}")
    resource = _resource(uis, link, body.get("resource"))
    template = (body.get("context") or {}).get("template")
    if not body["text"].strip() and resource is None and template is None:
        raise Refused(422, "a message needs a text, a resource or a template")
    _check_window(uis, chat, template)
    if chat.employee_id is None:
        uis.set_operator(chat, operator_id)
    message = Message(
        id=next(uis.message_ids),
        chat_id=chat.id,
        source="operator",
        text=template["text"] if template else body["text"],
        template_id=template["id"] if template else None,
        created=uis.clock.now(),
        employee_id=operator_id,
        reply_to_id=reply_to,
        resource=resource,
    )
    chat.messages.append(message)
    return message


def _check_window(uis: Uis, chat: Chat, template: Any) -> None:
    if chat.channel.type != "waba":
        if template is not None:
            raise Refused(422, "templates are for channels of type waba")
        return
    if template is not None:
        known = {found["id"]: found for found in chat.channel.message_templates}
        if not isinstance(template, dict) or template.get("id") not in known:
            raise Refused(422, "context.template is no template of the channel")
        templates.check(known[template["id"]], template)
        return
    if (callbacks.waba_window(chat) or 0) <= uis.clock.now():
        raise Refused(422, "the conversation window is closed, only templates may be sent")


def _resource(uis: Uis, link: Link, given: dict[str, Any] | None) -> Resource | None:
    if given is None:
        return None
    check(
        given, {"id": "int", "token": "text", "type": "text", "name": "text", "size": "int"}, {}, "resource."
    )
    resource = uis.resources.get(given["id"])
    if resource is None or resource.as_json() != given or resource.channel_id != link.channel.id:
        raise Refused(422, f"no such resource {given['id']}")
    return resource


def _message_answer(body: dict[str, Any], message: Message) -> dict[str, Any]:
    return {
        "context": body.get("context"),
        "account_id": body["account_id"],
        "channel_id": body["channel_id"],
        "id": message.id,
        "chat_id": message.chat_id,
        "source": "operator",
        "operator_id": message.employee_id,
        "reply_to_id": message.reply_to_id,
        "text": message.text,
        "created_at": body["created_at"],
        "status": None,
        "resource": message.resource.as_json() if message.resource else None,
        "system_message_mnemonic": None,
    }


def link_of(uis: Uis, adapter: Adapter, place: dict[str, Any]) -> Link:
    """The adapter's channel that `account_id` and `channel_id` name; raises Refused."""
    account = uis.accounts.get(place["account_id"])
    if account is None or account.adapter_id != adapter.id:
        raise Refused(404, f"no account {place['account_id']}")
    link = next((link for link in account.links if link.id == place["channel_id"]), None)
    if link is None:
        raise Refused(404, f"the account has no channel {place['channel_id']}")
    return link


def open_chat(uis: Uis, link: Link, chat_id: int) -> Chat:
    """A chat of this channel that is not closed; raises Refused."""
    chat = uis.chats.get(chat_id)
    if chat is None or chat.channel.id != link.channel.id:
        raise Refused(404, f"no chat {chat_id} in this channel")
    if chat.release_cause is not None:
        raise Refused(409, f"chat {chat_id} is closed")
    return chat


def _operator(uis: Uis, operator_id: int) -> int:
    employee = uis.employees.get(operator_id)
    if employee is None or not employee.chat_enabled:
        raise Refused(422, f"no operator {operator_id} who may take part in chats")
    return operator_id
