"""Events of Open Lines in their documented bodies; only the application's own connectors have any.

Bitrix24: imopenlines/imconnector/events, imopenlines/openlines/events. Where a page leaves something open, the
portal's switches decide.
"""

from typing import TYPE_CHECKING, Any

from sandbox.bitrix.lines import settings
from sandbox.bitrix.lines.model import Dialog, LineFile, LineMessage, Session

if TYPE_CHECKING:
    from sandbox.bitrix.lines.store import LinesStore

QUOTE = "-" * 54
DAY = "%d.%m.%Y, %H:%M"


def message_add(lines: "LinesStore", dialog: Dialog, message: LineMessage) -> None:
    """ONIMCONNECTORMESSAGEADD: an operator's message on its way to the client."""
    body: dict[str, Any] = {"user_id": message.author_id, "text": _text(lines, dialog, message, "] [br]")}
    _put_files(lines, body, message)
    _send(lines, dialog, message, "ONIMCONNECTORMESSAGEADD", body)
    openline_message(lines, dialog, message)


def message_update(lines: "LinesStore", dialog: Dialog, message: LineMessage) -> None:
    """ONIMCONNECTORMESSAGEUPDATE; its page has a blank after the line break instead of before it."""
    shape = lines.switches.event_message_id
    known: Any = (message.mids[0] if message.mids else None) if shape == "string" else message.mids
    body: dict[str, Any] = {"id": known, "text": _text(lines, dialog, message, "][br] ")}
    _put_files(lines, body, message)
    _send(lines, dialog, message, "ONIMCONNECTORMESSAGEUPDATE", body)
    _openline_change(lines, dialog, message, "UPDATE")


def message_delete(lines: "LinesStore", dialog: Dialog, message: LineMessage) -> None:
    """ONIMCONNECTORMESSAGEDELETE."""
    first = message.mids[0] if message.mids else None
    known: Any = message.mids if lines.switches.event_message_id == "array" else first
    _send(lines, dialog, message, "ONIMCONNECTORMESSAGEDELETE", {"id": known})
    _openline_change(lines, dialog, message, "DELETE")


def openline_message(lines: "LinesStore", dialog: Dialog, message: LineMessage) -> None:
    """ONOPENLINEMESSAGEADD: any message of a person."""
    row = {
        "connector": {
            "connector_id": dialog.connector,
            "line_id": dialog.line,
            "chat_id": dialog.external_chat,
            "user_id": dialog.external_user,
        },
        "chat": {"id": dialog.id},
        "message": {
            "id": message.id,
            "date": "",
            "text": message.text,
            "files": [_file(lines, file) for file in message.files],
            "attach": "",
            "system": "N",
            "user_id": message.author_id,
        },
        "ref": [],
        "extra": {"EXTRA_URL": ""},
    }
    _emit(lines, dialog, "ONOPENLINEMESSAGEADD", {"DATA": [row]}, message.author_id)


def _openline_change(lines: "LinesStore", dialog: Dialog, message: LineMessage, change: str) -> None:
    row = {
        "im": {"chat_id": dialog.id, "message_id": message.id},
        "message": {"id": message.id},
        "chat": {"id": dialog.id},
    }
    data = {"CONNECTOR": dialog.connector, "LINE": dialog.line, "DATA": [row]}
    _emit(lines, dialog, f"ONOPENLINEMESSAGE{change}", data, message.author_id)


def session_changed(lines: "LinesStore", dialog: Dialog, session: Session, user_id: int | None) -> None:
    """ONIMCONNECTORDIALOGSTART or -FINISH, and ONSESSIONSTART or -FINISH."""
    internal = lines.switches.dialog_event_ids == "internal"
    client: Any = dialog.guest.id if internal else dialog.external_user
    closed = session.closed is not None
    row = {
        "connector": {
            "connector_id": dialog.connector,
            "line_id": dialog.line,
            "chat_id": dialog.id if internal else dialog.external_chat,
            "user_id": client,
        },
        "session": {
            "id": session.id,
            "closed": "Y" if closed else "N",
            "parent_id": session.parent_id,
            "close_term": int(settings.value(lines.line_of(dialog), "FULL_CLOSE_TIME") or 0),
        },
        "chat": {"id": dialog.id},
        "user": {"id": client},
    }
    name = "FINISH" if closed else "START"
    data = {"CONNECTOR": dialog.connector, "LINE": dialog.line, "DATA": [row]}
    _emit(lines, dialog, f"ONIMCONNECTORDIALOG{name}", data, user_id)
    _emit(lines, dialog, f"ONSESSION{name}", {"DATA": [row]}, user_id)


def _send(
    lines: "LinesStore", dialog: Dialog, message: LineMessage, event: str, body: dict[str, Any]
) -> None:
    row = {
        "im": {"chat_id": dialog.id, "message_id": message.id},
        "message": {name: value for name, value in body.items() if value is not None},
        "chat": {"id": dialog.external_chat},
    }
    data = {"CONNECTOR": dialog.connector, "LINE": dialog.line, "MESSAGES": [row]}
    message.deliveries = _emit(lines, dialog, event, data, message.author_id or None)


def _emit(
    lines: "LinesStore", dialog: Dialog, event: str, data: dict[str, Any], user_id: int | None
) -> list[Any]:
    if lines.connector_of(dialog).built_in:
        return []
    return lines.portal.events.emit(event, data, user_id if user_id in lines.portal.users else None)


def _text(lines: "LinesStore", dialog: Dialog, message: LineMessage, seam: str) -> str:
    """The text in BB code: signed when the connector wants it, with quote and links when the portal puts them in."""
    said = _quote(lines, dialog, message) + message.text
    if lines.switches.operator_files == "text":
        links = [f"[url={lines.file_link(file)}]{file.name}[/url]" for file in message.files]
        said = "\n".join([*([said] if said else []), *links])
    said = said.replace("\r\n", "\n").replace("\n", "[br]")
    name = _signature(lines, dialog, message.author_id)
    return f"[b]{name}:[/b{seam}{said}" if name and said else said


def _signature(lines: "LinesStore", dialog: Dialog, author_id: int) -> str:
    if author_id not in lines.portal.users or not lines.connector_of(dialog).flag("NEED_SIGNATURE", True):
        return ""
    line = lines.line_of(dialog)
    if settings.value(line, "OPERATOR_DATA") != "hide":
        return lines.author_name(author_id)
    shown = settings.value(line, "DEFAULT_OPERATOR_DATA")
    return str(shown.get("NAME", "")) if isinstance(shown, dict) else ""


def _quote(lines: "LinesStore", dialog: Dialog, message: LineMessage) -> str:
    """A quoted message as the messenger writes it: between two lines of dashes."""
    found = dialog.messages.get(message.reply_to or 0)
    if found is None or lines.switches.operator_quotes == "absent":
        return ""
    at = lines.portal.local(found.created).strftime(DAY)
    said = found.text or ", ".join(file.name for file in found.files)
    return f"{QUOTE}\n{lines.author_name(found.author_id)} [{at}]\n{said}\n{QUOTE}\n"


def _put_files(lines: "LinesStore", body: dict[str, Any], message: LineMessage) -> None:
    if message.files and lines.switches.operator_files in ("link", "url"):
        body["files"] = [_file(lines, file) for file in message.files]


def _file(lines: "LinesStore", file: LineFile) -> dict[str, Any]:
    """A file in an event: its page says nothing of it, the keys are those that applications meet."""
    if lines.switches.operator_files == "url":
        return {"url": lines.file_link(file), "name": file.name}
    return {
        "name": file.name,
        "type": file.kind,
        "mime": file.mime,
        "size": len(file.data),
        "link": lines.file_link(file),
        "downloadLink": lines.download_link(file),
    }
