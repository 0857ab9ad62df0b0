"""Dialogs, sessions and operators: `imopenlines.dialog.*`, `.session.*`, `.operator.*`, `.crm.lead.create`.

Bitrix24: imopenlines/openlines/sessions, imopenlines/openlines/operators.
"""

import re
from typing import Any

from sandbox.bitrix.call import Call, method
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.lines import history, shapes
from sandbox.bitrix.lines.model import Dialog

NO_RIGHTS = "You cannot open this conversation as you do not have sufficient rights"


def _opened(call: Call) -> Dialog:
    """The dialog of `CHAT_ID`; raises as the pages of sessions and operators do."""
    number = call.integer("CHAT_ID")
    if number <= 0:
        raise RestError("CHAT_ID", "The specified chat identifier is incorrect")
    dialog = call.portal.open_lines.dialogs.get(number)
    if dialog is None:
        raise RestError("CHAT_TYPE", "The specified chat is not an Open Channel")
    if not call.portal.open_lines.may_open(dialog, call.user.id):
        raise RestError("ACCESS_DENIED", NO_RIGHTS)
    return dialog


@method("imopenlines.session.open")
def session_open(call: Call) -> dict[str, str]:
    """The chat of a user code."""
    dialog = call.portal.open_lines.by_code.get(str(call.get("USER_CODE")))
    if dialog is None or not call.portal.open_lines.may_open(dialog, call.user.id):
        raise RestError("ACCESS_DENIED", NO_RIGHTS)
    return {"chatId": str(dialog.id)}


@method("imopenlines.dialog.get")
def dialog_get(call: Call) -> dict[str, Any]:
    """A dialog by chat, dialog, session or user code."""
    lines = call.portal.open_lines
    session = lines.sessions.get(call.integer("SESSION_ID"))
    wanted = re.fullmatch(r"chat(\d+)", str(call.get("DIALOG_ID") or ""))
    number = call.integer("CHAT_ID") or (int(wanted[1]) if wanted else 0)
    dialog = lines.dialogs.get(number or (session.chat_id if session else 0))
    dialog = dialog or lines.by_code.get(str(call.get("USER_CODE") or ""))
    if dialog is None or not lines.may_open(dialog, call.user.id):
        raise RestError("ACCESS_ERROR", "You do not have access to the specified dialog")
    return shapes.chat(lines, dialog, call.user.id)


@method("imopenlines.session.history.get")
def session_history(call: Call) -> dict[str, Any]:
    """The transcript of a session; by CHAT_ID alone that of the last one. Any employee may read it."""
    lines = call.portal.open_lines
    session_id, chat_id = call.integer("SESSION_ID"), call.integer("CHAT_ID")
    if not session_id and not chat_id:
        raise RestError("MISSING_REQUIRED_PARAM", "Session ID or Chat ID must be provided")
    if not session_id:
        dialog = lines.dialogs.get(chat_id)
        if dialog is None or not dialog.sessions:
            raise RestError("INVALID_SESSION_ID", "Unable to determine session ID from provided parameters")
        return history.history(lines, dialog, dialog.sessions[-1], call.user.id)
    session = lines.sessions.get(session_id)
    if session is None:
        raise RestError("ACCESS_DENIED", NO_RIGHTS)
    return history.history(lines, lines.dialogs[session.chat_id], session, call.user.id)


@method("imopenlines.session.start")
def session_start(call: Call) -> bool:
    """A new session in a chat; the current one ends."""
    call.portal.open_lines.begin_with(_opened(call).id, call.user.id)
    return True


@method("imopenlines.message.session.start")
def message_session_start(call: Call) -> bool:
    """A new session that begins with a message of the chat."""
    dialog = _opened(call)
    if call.integer("MESSAGE_ID") not in dialog.messages:
        raise RestError("ERROR_ARGUMENT", "The chat has no such message", argument="MESSAGE_ID")
    call.portal.open_lines.begin_with(dialog.id, call.user.id, call.integer("MESSAGE_ID"))
    return True


@method("imopenlines.session.join")
def session_join(call: Call) -> bool:
    """Become a member."""
    call.portal.open_lines.enter(_opened(call).id, call.user.id)
    return True


@method("imopenlines.session.intercept")
def session_intercept(call: Call) -> bool:
    """Take a dialog from its operator."""
    dialog = _chosen(call)
    if dialog.session is None or dialog.operator_id == call.user.id:
        raise RestError("OPERATOR_WRONG", "You can not redirect to this operator")
    call.portal.open_lines.take(dialog.id, call.user.id)
    return True


@method("imopenlines.operator.answer")
def operator_answer(call: Call) -> bool:
    """Take a dialog."""
    call.portal.open_lines.take(_opened(call).id, call.user.id)
    return True


@method("imopenlines.operator.finish")
def operator_finish(call: Call) -> bool:
    """Finish the own dialog; one that is closed stays so."""
    dialog = _opened(call)
    if dialog.session is not None and dialog.operator_id not in (None, call.user.id):
        raise RestError("ACCESS_DENIED", NO_RIGHTS)
    call.portal.open_lines.finish(dialog.id, call.user.id)
    return True


@method("imopenlines.operator.another.finish")
def another_finish(call: Call) -> bool:
    """Finish a dialog of a colleague."""
    call.portal.open_lines.finish(_opened(call).id, call.user.id)
    return True


@method("imopenlines.operator.transfer")
def operator_transfer(call: Call) -> bool:
    """To a colleague or to the queue of a line; `TRANSFER_ID` is a user, or `queue<line>`."""
    dialog = _chosen(call)
    whole = re.fullmatch(r"(queue)?(\d+)", str(call.get("TRANSFER_ID") or ""))
    user_id, line_id = call.get("USER_ID"), call.get("QUEUE_ID")
    if whole is not None:
        user_id, line_id = (None, whole[2]) if whole[1] else (whole[2], None)
    if user_id in (None, "") and line_id in (None, ""):
        raise RestError("TRANSFER_ID_EMPTY", "Queue ID or User ID can't be empty")
    try:
        call.portal.open_lines.transfer(
            dialog.id,
            call.user.id,
            to_user=int(user_id) if user_id else None,
            to_line=int(line_id) if line_id else None,
        )
    except ValueError as error:
        raise RestError("OPERATOR_WRONG", "You cannot redirect to this operator") from error
    return True


def _chosen(call: Call) -> Dialog:
    """The same as `_opened` with the codes of intercept and transfer."""
    if call.integer("CHAT_ID") <= 0:
        raise RestError("CHAT_ID_EMPTY", "Chat ID can't be empty")
    dialog = call.portal.open_lines.dialogs.get(call.integer("CHAT_ID"))
    if dialog is None or not call.portal.open_lines.may_open(dialog, call.user.id):
        raise RestError("OPERATOR_WRONG", "You can not redirect to this operator")
    return dialog


@method("imopenlines.crm.lead.create")
def lead_create(call: Call) -> bool:
    """A lead out of a dialog; only its current operator may."""
    dialog = _opened(call)
    if dialog.operator_id != call.user.id:
        raise RestError(
            "ERROR_USER_NOT_OPERATOR", "Attempt to save a CRM object by a user who is not an operator"
        )
    return call.portal.open_lines.make_lead(dialog.id, call.user.id)
