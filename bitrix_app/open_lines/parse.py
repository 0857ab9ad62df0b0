"""Events of our connector -> what happened in open lines, in the words of `app.domain.line_events`. Pure.

Bitrix24: imopenlines/imconnector/events. A body may hold many messages. Where pages differ (ids as array or string,
whose ids a dialog event carries, letter case of keys) both are understood.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.domain.events import Event
from app.domain.line_events import (
    ConnectorOff,
    LineDeleted,
    LineDialog,
    LineEdited,
    LineFile,
    LineGone,
    LineSaid,
)
from app.pipeline.parsers import Unreadable
from bitrix_app.brackets import rows
from bitrix_app.manifest import CONNECTOR_ID

BIGGEST = 2**53
# People paste line breaks of a word processor (vertical tab, form feed); no database keeps a NUL.
_BREAKS = re.compile(r"[\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_URLS = ("url", "link", "urlDownload", "downloadLink")


def parse(name: str, form: Mapping[str, Any]) -> Sequence[Event]:
    """Events of one recorded form. Raises Unreadable; another connector's event is none of ours."""
    data = form.get("data")
    if name == "ONIMCONNECTORLINEDELETE":
        return [LineGone(_number(data, "data"))]
    fields = _map(data, "data")
    connector = str(_either(fields, "CONNECTOR") or "")
    if connector.lower() != CONNECTOR_ID:
        return ()
    line = _number(_either(fields, "LINE"), "LINE")
    if name == "ONIMCONNECTORSTATUSDELETE":
        return [ConnectorOff(line)]
    if name in _DIALOGS:
        return [_dialog(row, line, closed=_DIALOGS[name]) for row in rows(_either(fields, "DATA"))]
    read = _MESSAGES[name]
    return [read(_map(row, "MESSAGES"), line, form) for row in rows(_either(fields, "MESSAGES"))]


Row = Mapping[str, Any]


def _said(row: Row, line: int, _: Row) -> Event:
    message = _map(row.get("message"), "message")
    user = message.get("user_id")
    return LineSaid(
        **_place(row, line),
        user_id=(_number(user, "message.user_id") or None) if user not in (None, "") else None,
        text=_text(message),
        files=tuple(_files(message)),
    )


def _edited(row: Row, line: int, form: Row) -> Event:
    message = _map(row.get("message"), "message")
    return LineEdited(**_place(row, line), text=_text(message), at=str(form.get("ts") or ""))


def _deleted(row: Row, line: int, _: Row) -> Event:
    return LineDeleted(**_place(row, line))


def _place(row: Row, line: int) -> dict[str, Any]:
    im, chat = _map(row.get("im"), "im"), _map(row.get("chat"), "chat")
    return {
        "line_id": line,
        "chat_key": str(chat.get("id") or ""),
        "im_chat_id": _number(im.get("chat_id"), "im.chat_id"),
        "im_message_id": _number(im.get("message_id"), "im.message_id"),
    }


def _text(message: Row) -> str:
    return _CONTROL.sub("", _BREAKS.sub("\n", str(message.get("text") or "")))


def _files(message: Row) -> list[LineFile]:
    """Files are not on the event's page; applications meet `link` (public) beside `downloadLink`, or `url`."""
    found = []
    for row in rows(message.get("files")):
        if not isinstance(row, Mapping):
            continue
        url = next((str(row[name]) for name in _URLS if row.get(name)), None)
        if url is not None:
            found.append(LineFile(url, _CONTROL.sub("", str(row["name"])) if row.get("name") else None))
    return found


def _dialog(row: Any, line: int, *, closed: bool) -> Event:
    fields = _map(row, "DATA")
    connector, chat = _map(fields.get("connector"), "connector"), _map(fields.get("chat"), "chat")
    session = _map(fields.get("session"), "session")
    names = (str(part.get(name) or "") for part, name in ((connector, "chat_id"), (chat, "id")))
    chats = tuple(dict.fromkeys(name for name in names if name))
    if not chats:
        raise Unreadable("the event names no chat")
    return LineDialog(
        line_id=line, chats=chats, session_id=_number(session.get("id"), "session.id"), closed=closed
    )


_DIALOGS = {"ONIMCONNECTORDIALOGSTART": False, "ONIMCONNECTORDIALOGFINISH": True}
_MESSAGES: dict[str, Callable[[Row, int, Row], Event]] = {
    "ONIMCONNECTORMESSAGEADD": _said,
    "ONIMCONNECTORMESSAGEUPDATE": _edited,
    "ONIMCONNECTORMESSAGEDELETE": _deleted,
}


def _either(fields: Row, name: str) -> Any:
    """Some events spell their keys in small letters."""
    return fields.get(name, fields.get(name.lower()))


def _map(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Unreadable(f"{name} must be an object")
    return value


def _number(value: Any, name: str) -> int:
    text = str(value if value is not None else "")
    if not text.isascii() or not text.isdecimal() or int(text[:20]) > BIGGEST:
        raise Unreadable(f"{name} must be a number")
    return int(text)
