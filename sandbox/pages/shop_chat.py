"""The visitor's chat of the shop (UIS channel of the type "comagic"): writes with files and quotes, edits, reads."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.pages.shop_visitor import VisitorError, contact_of, known_visitor, remember, source_of

if TYPE_CHECKING:
    from sandbox.uis import Uis
    from sandbox.uis.entities import Chat, Message

SITE_CHANNEL = 740806
MAX_TEXT = 4000
MAX_FILE = 10 * 1024 * 1024


def add_chat(shop: Blueprint, uis: "Uis") -> None:
    """`GET /chat` (with `seen=1` the visitor reads it), `POST /chat` as JSON or as a form with a file, edits."""

    @shop.get("/chat")
    def chat() -> Response:
        with uis.lock:
            found = _chat_of(uis)
            if found is not None and request.args.get("seen"):
                uis.visitor_reads(found.id)
            return jsonify(_chat_json(uis, found))

    @shop.post("/chat")
    def write() -> AnyResponse:
        given: Any = request.form if request.form else request.get_json(silent=True)
        try:
            if not hasattr(given, "items"):
                raise VisitorError("Ожидался объект JSON.")
            with uis.lock:
                found = _write(uis, {name: str(value) for name, value in given.items()})
                return remember(jsonify(_chat_json(uis, found)), found.visitor_id)
        except ValueError as error:
            return make_response(jsonify({"error": str(error)}), 400)

    @shop.post("/chat/<int:message_id>/edit")
    def edit(message_id: int) -> AnyResponse:
        text = str((request.get_json(silent=True) or {}).get("text", "")).strip()[:MAX_TEXT]
        with uis.lock:
            found = _chat_of(uis)
            mine = [one for one in (found.messages if found else []) if one.source == "visitor"]
            if not text or all(one.id != message_id for one in mine):
                return make_response(jsonify({"error": "Это сообщение нельзя изменить."}), 400)
            uis.edit_message(message_id, text)
            return jsonify(_chat_json(uis, found))


def _write(uis: "Uis", given: dict[str, str]) -> "Chat":
    """Into the open chat of this visitor, or a new one; the caller holds the lock of UIS."""
    text = given.get("text", "").strip()[:MAX_TEXT]
    file = _file()
    if not text and file is None:
        raise VisitorError("Напишите сообщение.")
    contact = contact_of(given, required=False)
    chat = _chat_of(uis)
    if chat is None or chat.release_cause is not None:
        visit = (
            uis.sessions.get(int(given.get("session") or 0)) if given.get("session", "").isdecimal() else None
        )
        chat = uis.visitor_starts_chat(
            SITE_CHANNEL,
            visitor=visit.visitor_id if visit else known_visitor(uis),
            text=None if file else text,
            name=contact.name,
            phone=contact.phone,
            email=contact.email,
            source=source_of(given),
            session=visit.id if visit else None,
        )
        if file is None:
            return chat
    reply = given.get("reply_to", "")
    uis.visitor_writes(chat.id, text, file, int(reply) if reply.isdecimal() else None)
    return chat


def _file() -> tuple[str, bytes] | None:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    data = sent.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise VisitorError("Файл больше 10 МБ.")
    return sent.filename, data


def _chat_of(uis: "Uis") -> "Chat | None":
    visitor = known_visitor(uis)
    mine = [
        chat for chat in uis.chats.values() if chat.visitor_id == visitor and chat.channel.id == SITE_CHANNEL
    ]
    return mine[-1] if mine else None


def _chat_json(uis: "Uis", chat: "Chat | None") -> dict[str, Any]:
    if chat is None:
        return {"messages": [], "closed": False}
    by_id = {message.id: message for message in chat.messages}
    messages = [_message(uis, message, by_id) for message in chat.messages]
    return {"id": chat.id, "messages": messages, "closed": chat.release_cause is not None}


def _message(uis: "Uis", message: "Message", by_id: dict[int, "Message"]) -> dict[str, Any]:
    quoted, file = by_id.get(message.reply_to_id or 0), message.resource
    return {
        "id": message.id,
        "text": message.text or (file.name if file else ""),
        "mine": message.source == "visitor",
        "system": message.source == "system",
        "quote": quoted.text or "Файл" if quoted else "",
        "edited": message.edited,
        "file": {"name": file.name, "url": uis.file_url(file)} if file else None,
    }
