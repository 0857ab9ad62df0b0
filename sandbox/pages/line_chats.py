"""The operator's window of Open Lines: dialogs, messages of both sides, answers, transfer, the end."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from sandbox.pages.line_views import chat_url, dialog_rows, dialog_view, message_rows

if TYPE_CHECKING:
    from sandbox.bitrix.lines.model import Dialog
    from sandbox.bitrix.lines.operators import OpenLines
    from sandbox.pages.desk import Desk

MAX_TEXT = 4000
MAX_FILE = 20 * 1024 * 1024
NOTHING = "Напишите сообщение или приложите файл."
GONE = "Не получилось: диалог за это время изменился. Обновите страницу и попробуйте ещё раз."


class _Refused(Exception):
    """What to tell the operator."""


def add_line_chats(pages: Blueprint, desk: "Desk") -> None:
    """`/online/?IM_DIALOG=chat<id>` with `reply` or `edit` (a message), `/online/<chat>/<action>`."""
    portal = desk.portal

    def page(wanted: str, problem: str = "", status: int = 200) -> Response:
        user = desk.user()
        with portal.lock:
            dialog = _dialog(desk, wanted)
            if wanted and dialog is None:
                return desk.notice("Чаты", "Такого диалога нет, или он вам не доступен.", 404)
            rows = message_rows(portal, dialog, user.id) if dialog else []
            return desk.show(
                "online.html",
                status,
                dialogs=dialog_rows(portal, user.id),
                chat=dialog_view(portal, dialog, user.id) if dialog else None,
                messages=rows,
                chosen={way: _chosen(rows, way) for way in ("reply", "edit")},
                problem=problem,
                given=request.form.get("text", ""),
            )

    @pages.get("/online/")
    def online() -> Response:
        return page(request.args.get("IM_DIALOG", ""))

    @pages.post("/online/<int:chat_id>/<any(say, edit, delete, take, join, transfer, finish, lead):action>")
    def online_act(chat_id: int, action: str) -> Response:
        try:
            with portal.lock:
                if _dialog(desk, f"chat{chat_id}") is None:
                    raise _Refused(GONE)
                _ACTIONS[action](portal.open_lines, chat_id, desk.user().id)
        except _Refused as refused:
            return page(f"chat{chat_id}", str(refused), 400)
        except ValueError as error:
            return page(f"chat{chat_id}", f"{GONE} ({error})", 409)
        return redirect(chat_url(chat_id) + ("&IFRAME=Y" if request.form.get("IFRAME") == "Y" else ""))


def _dialog(desk: "Desk", wanted: str) -> "Dialog | None":
    """The dialog `chat<id>` when this user may open it."""
    lines = desk.portal.open_lines
    number = wanted.removeprefix("chat")
    found = lines.dialogs.get(int(number)) if number.isdecimal() else None
    return found if found is not None and lines.may_open(found, desk.user().id) else None


def _chosen(rows: list[dict[str, Any]], way: str) -> dict[str, Any] | None:
    """The message that is answered (`reply`) or changed (`edit`)."""
    number = request.values.get(way, type=int)
    right = "may_edit" if way == "edit" else "may_quote"
    return next((row for row in rows if row["id"] == number and row[right]), None)


def _text() -> str:
    return request.form.get("text", "").strip()[:MAX_TEXT]


def _say(lines: "OpenLines", chat_id: int, user_id: int) -> None:
    files = [(file.filename or "", file.read(MAX_FILE + 1)) for file in request.files.getlist("file")]
    files = [(name, data) for name, data in files if name]
    if not _text() and not files:
        raise _Refused(NOTHING)
    if any(len(data) > MAX_FILE for _, data in files):
        raise _Refused("Файл больше 20 МБ, приложите файл поменьше.")
    lines.enter(chat_id, user_id)
    lines.operator_says(chat_id, user_id, _text(), files=files, reply_to=request.form.get("reply", type=int))


def _edit(lines: "OpenLines", _chat_id: int, user_id: int) -> None:
    if not _text():
        raise _Refused("Напишите новый текст сообщения.")
    lines.operator_edits(request.form.get("edit", 0, type=int), user_id, _text())


def _transfer(lines: "OpenLines", chat_id: int, user_id: int) -> None:
    kind, _, number = request.form.get("to", "").partition(":")
    if kind not in ("user", "line") or not number.isdecimal():
        raise _Refused("Выберите, кому передать диалог.")
    lines.transfer(chat_id, user_id, **{f"to_{kind}": int(number)})


def _lead(lines: "OpenLines", chat_id: int, user_id: int) -> None:
    if not lines.make_lead(chat_id, user_id):
        raise _Refused("У диалога уже есть лид.")


def _delete(lines: "OpenLines", _chat_id: int, user_id: int) -> None:
    lines.operator_deletes(request.form.get("message", 0, type=int), user_id)


_ACTIONS: dict[str, Callable[["OpenLines", int, int], Any]] = {
    "say": _say,
    "edit": _edit,
    "delete": _delete,
    "take": lambda lines, chat_id, user_id: lines.take(chat_id, user_id),
    "join": lambda lines, chat_id, user_id: lines.enter(chat_id, user_id),
    "transfer": _transfer,
    "finish": lambda lines, chat_id, user_id: lines.finish(chat_id, user_id),
    "lead": _lead,
}
