"""Bodies of the callbacks, exactly as the Chat API's page shows them (section "Обратные вызовы")."""

from collections.abc import Callable
from typing import Any

from sandbox.uis.entities import Account, Chat, Link, Message, Visitor, iso
from sandbox.uis.state import UisState

WABA_WINDOW_S = 24 * 3600
Body = dict[str, Any]


def account_body(uis: UisState, account: Account) -> Body:
    """`/account`."""
    return {
        "id": account.id,
        "name": account.name,
        "adapter_id": account.adapter_id,
        "client_id": 1,
        "context": {"app_id": uis.app_id},
        "status": account.status,
    }


def channel_body(uis: UisState, link: Link) -> Body:
    """`/channel`; WABA channels bring their templates in the context."""
    context = _context(uis, link)
    if link.channel.type == "waba":
        context["message_templates"] = link.channel.message_templates
    return {
        "id": link.id,
        "name": link.channel.name,
        "type": link.channel.type,
        "account_id": link.account_id,
        "context": context,
        "status": link.status,
    }


def chat_body(uis: UisState, link: Link, chat: Chat) -> Body:
    """`POST /chat`."""
    phones = uis.visitors[chat.visitor_id].phones
    return {
        **_head(uis, link),
        "chat_id": chat.id,
        "visitor_id": chat.visitor_id,
        "visitor_phone": phones[0] if phones else None,
        "operator_id": chat.employee_id,
        "initiator": chat.initiator,
        "created_at": iso(chat.started),
    }


def operator_body(uis: UisState, link: Link, chat: Chat) -> Body:
    """`PATCH /chat` (v2) and `POST /chat/operator` (v1)."""
    return {**_head(uis, link), "chat_id": chat.id, "operator_id": chat.employee_id}


def close_body(uis: UisState, link: Link, chat: Chat, operator_id: int | None) -> Body:
    """`POST /chat/close`; `operator_id` is optional and left out when nobody closed it."""
    body = {**_head(uis, link), "chat_id": chat.id}
    if operator_id is not None:
        body["operator_id"] = operator_id
    return body | {"reason": chat.release_cause}


def message_body(uis: UisState, link: Link, chat: Chat, message: Message) -> Body:
    """`POST /message`, a new one."""
    return {
        **_head(uis, link, chat),
        "id": message.id,
        "chat_id": chat.id,
        "source": message.source,
        "operator_id": message.employee_id,
        "reply_to_id": message.reply_to_id,
        "text": message.text,
        "created_at": iso(message.created),
        "status": message.status,
        "resource": message.resource.as_json() if message.resource else None,
        "system_message_mnemonic": message.mnemonic,
    }


def edited_body(uis: UisState, link: Link, chat: Chat, message: Message) -> Body:
    """`POST /message`, an edited one: the same address without any flag."""
    return {
        **_head(uis, link, chat),
        "id": message.id,
        "chat_id": chat.id,
        "text": message.text,
        "resource": message.resource.as_json() if message.resource else None,
    }


def status_body(uis: UisState, link: Link, chat: Chat, message: Message) -> Body:
    """`POST /message/status`."""
    return {
        **_head(uis, link),
        "chat_id": chat.id,
        "message_id": message.id,
        "status": message.status,
    }


def card_body(uis: UisState, link: Link, visitor: Visitor) -> Body:
    """`POST /visitor/card`."""
    return {
        **_head(uis, link),
        "visitor_id": visitor.id,
        "visitor_card": {
            "name": visitor.name,
            "company": visitor.company,
            "comment": visitor.comment,
            "phones": [*visitor.phones],
            "emails": [*visitor.emails],
        },
    }


def waba_window(chat: Chat) -> int | None:
    """Unix second at which the WABA window closes; None when the visitor has not written."""
    if chat.channel.type != "waba":
        return None
    moments = [message.created for message in chat.messages if message.source == "visitor"]
    return int(max(moments) + WABA_WINDOW_S) if moments else None


def call_back(
    uis: UisState,
    chat: Chat,
    path: str,
    body: Callable[[Link], Body],
    method: str = "POST",
    version: str = "",
) -> None:
    """Queue a callback about `chat` to every adapter of its channel; `version` limits it to `v1` or `v2`.

    Nothing goes out for a chat that stays with UIS's operators while `callbacks_without_scenario` is off.
    """
    for adapter, account, link in uis.links_of(chat.channel):
        if version and adapter.webhook_version != version:
            continue
        if account.forwards or uis.callbacks_without_scenario:
            uis.courier.send(adapter, method, path, body(link))


def _head(uis: UisState, link: Link, chat: Chat | None = None) -> Body:
    context = _context(uis, link)
    window = waba_window(chat) if chat is not None else None
    if window is not None:
        context["conversation_frame_ts"] = window
    return {"context": context, "account_id": link.account_id, "channel_id": link.id}


def _context(uis: UisState, link: Link) -> Body:
    return {"app_id": uis.app_id, "chat_channel_id": link.channel.id}
