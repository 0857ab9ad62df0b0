"""The operator's window of the UIS personal account: chats, answers with files and quotes, edits, the client's side."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from sandbox.pages.cabinet_views import chat_rows, chat_view, messages

if TYPE_CHECKING:
    from sandbox.pages.cabinet import Cabinet
    from sandbox.uis import Uis

MAX_TEXT = 4000
ACTIONS = "answer, edit, close, client, read"


def add_cabinet_chats(pages: Blueprint, cabinet: "Cabinet") -> None:
    """`/cabinet/chats?chat_id=` with `reply` or `edit` (a message), `/cabinet/chats/<id>/<action>`."""
    uis = cabinet.uis

    def page(chat_id: int | None, problem: str = "", status: int = 200) -> Response:
        with uis.lock:
            chat = uis.chats.get(chat_id or 0)
            rows = messages(uis, chat) if chat else []
            return cabinet.show(
                "cabinet_chats.html",
                "chats",
                "Чаты",
                status if chat or chat_id is None else 404,
                chats=chat_rows(uis),
                chat=chat_view(uis, chat) if chat else None,
                messages=rows,
                chosen={way: _chosen(rows, way) for way in ("reply", "edit")},
                operators=[{"id": each.id, "name": each.full_name} for each in uis.employees.values()],
                problem=problem,
            )

    @pages.get("/chats")
    def chats() -> Response:
        return page(request.args.get("chat_id", type=int))

    @pages.post(f"/chats/<int:chat_id>/<any({ACTIONS}):action>")
    def act(chat_id: int, action: str) -> Response:
        try:
            _act(uis, chat_id, action)
        except ValueError as error:
            return page(chat_id, f"Не получилось: {error}", 400)
        return redirect(url_for("cabinet.chats", chat_id=chat_id))


def _chosen(rows: list[dict[str, Any]], way: str) -> dict[str, Any] | None:
    """The message that is answered (`reply`) or changed (`edit`)."""
    number = request.values.get(way, type=int)
    return next((row for row in rows if row["id"] == number and (way == "reply" or row["mine"])), None)


def _act(uis: "Uis", chat_id: int, action: str) -> None:
    form = request.form
    text, reply = form.get("text", "").strip()[:MAX_TEXT], form.get("reply", type=int)
    operator = form.get("operator_id", 0, type=int)
    sent = request.files.get("file")
    file = (sent.filename, sent.read()) if sent is not None and sent.filename else None
    if action in ("answer", "client", "edit") and not text and file is None:
        raise ValueError("напишите сообщение.")
    if action == "answer":
        uis.operator_writes(chat_id, text, operator, file, reply)
    elif action == "edit":
        uis.edit_message(form.get("edit", 0, type=int), text)
    elif action == "close":
        uis.close_chat(chat_id, "closed_by_operator", operator)
    elif action == "read":
        uis.visitor_reads(chat_id)
    else:
        uis.visitor_writes(chat_id, text, file, reply)
