"""The messenger as far as operators of Open Lines need it: chats, messages, files.

Bitrix24: chats/im-dialog-get, chats/messages, im.v2/files/file-upload.
"""

import base64
import binascii
import re
from typing import Any

from sandbox.bitrix.call import Call, method, truth
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.lines import shapes
from sandbox.bitrix.lines.model import Dialog

MOST_MESSAGES = 50
MOST_BYTES = 100 * 1024 * 1024


def _member(call: Call, name: str = "DIALOG_ID", code: str = "ACCESS_ERROR") -> Dialog:
    """The open line's chat that a parameter names, for its members only."""
    wanted = re.fullmatch(r"chat(\d+)|sg\d+|\d+", str(call.get(name) or ""))
    if wanted is None:
        raise RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    dialog = call.portal.open_lines.dialogs.get(int(wanted[1] or 0))
    if dialog is None or call.user.id not in dialog.members:
        raise RestError(code, "You do not have access to the specified dialog", 403)
    return dialog


@method("im.dialog.get")
def dialog_get(call: Call) -> dict[str, Any]:
    """A chat; members only."""
    return shapes.chat(call.portal.open_lines, _member(call), call.user.id)


@method("im.dialog.messages.get")
def messages_get(call: Call) -> dict[str, Any]:
    """The latest messages newest first, or those before `LAST_ID` or after `FIRST_ID`; 20 by default, at most 50."""
    dialog = _member(call)
    lines = call.portal.open_lines
    limit = min(call.integer("LIMIT", 20) or 20, MOST_MESSAGES)
    rows = [*dialog.messages.values()]
    last, first = call.integer("LAST_ID"), call.integer("FIRST_ID")
    if first:
        rows = [row for row in rows if row.id > first][:limit]
    else:
        rows = [row for row in rows if not last or row.id < last][-limit:]
    messages: list[dict[str, Any]] = [
        {
            "id": row.id,
            "chat_id": dialog.id,
            "author_id": row.author_id,
            "date": call.portal.iso(row.created),
            "text": shapes.text_of(row),
            "unread": False,
            "uuid": None,
            "replaces": [],
            "params": shapes.params(row) or [],
            "disappearing_date": None,
        }
        for row in reversed(rows)
    ]
    return {
        "chat_id": dialog.id,
        "messages": messages,
        "users": shapes.people(lines, dialog) if rows else [],
        "files": [shapes.file(lines, file) for row in rows for file in row.files if not row.deleted],
    }


@method("im.message.add")
def message_add(call: Call) -> int:
    """A message of the caller; in an open line it goes to the client unless `SYSTEM` is "Y"."""
    dialog = _member(call)
    text = str(call.get("MESSAGE") or "")
    if not text.strip():
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    lines = call.portal.open_lines
    if truth(call.get("SYSTEM", "N")):
        return lines.system_says(dialog.id, call.user.id, text).id
    reply = call.integer("REPLY_ID") or None
    if reply is not None and reply not in dialog.messages:
        code = "REPLY_FROM_OTHER_CHAT_ERROR" if reply in lines.messages else "REPLY_ACCESS_ERROR"
        raise RestError(code, "You can only reply to a message within the same chat")
    return lines.operator_says(dialog.id, call.user.id, text, reply_to=reply).id


@method("im.v2.File.upload")
def file_upload(call: Call) -> dict[str, Any]:
    """A file of the caller with an optional text, as one message."""
    dialog = _member(call, "dialogId", "ACCESS_DENIED")
    fields = call.object("fields")
    try:
        data = base64.b64decode(str(fields["content"]), validate=True)
    except binascii.Error as error:
        raise RestError("FILE_INVALID_CONTENT", "Invalid base64 content") from error
    if not data:
        raise RestError("FILE_EMPTY", "File name and content are required")
    if len(data) > MOST_BYTES:
        raise RestError("FILE_TOO_LARGE", "File is too large")
    lines = call.portal.open_lines
    text = str(fields.get("message") or "")
    message = lines.operator_says(dialog.id, call.user.id, text, files=[(str(fields["name"]), data)])
    return {
        "file": shapes.file(lines, message.files[0]),
        "messageId": message.id,
        "chatId": dialog.id,
        "dialogId": f"chat{dialog.id}",
    }
