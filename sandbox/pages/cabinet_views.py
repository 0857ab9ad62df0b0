"""What the pages of the personal account show of UIS. Every function wants the lock of UIS to be held."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.uis import Uis
    from sandbox.uis.entities import Chat, Message

REASONS = {
    "closed_by_timeout": "по времени",
    "invite_rejected": "приглашение отклонено",
    "closed_by_operator": "закрыл оператор",
    "closed_by_visitor": "закрыл посетитель",
    "visitor_banned": "посетитель заблокирован",
    "closed_by_scenario": "по сценарию",
}
STATES = {
    "accepted": "принято",
    "sent": "отправлено",
    "delivered": "доставлено",
    "read": "прочитано",
    "error": "ошибка",
}
TONES = {"delivered": "good", "read": "good", "error": "bad"}
AUTHORS = {"visitor": "Посетитель", "system": "Система", "autoinvite": "Автоприглашение", "chatbot": "Бот"}


def account_rows(uis: "Uis") -> list[dict[str, Any]]:
    """Connected adapters with their channels."""
    return [
        {
            "id": account.id,
            "name": account.name,
            "adapter": uis.adapters[account.adapter_id].type,
            "channels": [link.channel.name for link in account.links],
            "forwards": account.forwards,
            "status": account.status,
        }
        for account in uis.accounts.values()
    ]


def channel_rows(uis: "Uis") -> list[dict[str, Any]]:
    """Chat channels and the adapters that they reach."""
    return [
        {
            "id": channel.id,
            "name": channel.name,
            "type": channel.type,
            "status": channel.status,
            "adapters": sorted({adapter.type for adapter, _, _ in uis.links_of(channel)}),
        }
        for channel in uis.channels.values()
        if not channel.is_removed
    ]


def request_rows(uis: "Uis") -> list[dict[str, Any]]:
    """Offline requests, newest first."""
    return [
        {
            "id": each.id,
            "at": each.created,
            "client": ", ".join(filter(None, (each.name, each.phone, each.email))) or "—",
            "text": each.text,
            "form": each.form_name or each.form_type,
            "processed": each.status == "processed",
        }
        for each in reversed(uis.requests.values())
    ]


def chat_rows(uis: "Uis") -> list[dict[str, Any]]:
    """The list of chats, newest first."""
    return [chat_view(uis, chat) for chat in reversed(uis.chats.values())]


def chat_view(uis: "Uis", chat: "Chat") -> dict[str, Any]:
    """A chat with its visitor in words."""
    visitor = uis.visitors[chat.visitor_id]
    last = chat.messages[-1] if chat.messages else None
    return {
        "id": chat.id,
        "visitor": visitor.name or f"Посетитель {visitor.id}",
        "contacts": ", ".join([*visitor.phones, *visitor.emails, *visitor.usernames]),
        "channel": chat.channel.name,
        "messenger": chat.channel.type != "comagic",
        "open": chat.release_cause is None,
        "reason": REASONS.get(chat.release_cause or "", chat.release_cause),
        "forwarded": chat.forwarded,
        "operator_id": chat.employee_id,
        "at": last.created if last else chat.started,
        "last": last.text if last else "",
    }


def messages(uis: "Uis", chat: "Chat") -> list[dict[str, Any]]:
    """The messages of a chat, oldest first."""
    by_id = {each.id: each for each in chat.messages}
    return [_message(uis, each, by_id.get(each.reply_to_id or 0)) for each in chat.messages]


def _message(uis: "Uis", message: "Message", quoted: "Message | None") -> dict[str, Any]:
    employee = uis.employees.get(message.employee_id or 0)
    file = message.resource
    return {
        "id": message.id,
        "text": message.text,
        "file": {"name": file.name, "url": uis.file_url(file)} if file else None,
        "quote": (quoted.text or "Файл") if quoted else "",
        "edited": message.edited,
        "template": message.template_id,
        "author": employee.full_name if employee else AUTHORS.get(message.source, message.source),
        "mine": message.source == "operator",
        "system": message.source in ("system", "autoinvite"),
        "status": STATES.get(message.status, message.status),
        "tone": TONES.get(message.status, ""),
        "at": message.created,
    }
