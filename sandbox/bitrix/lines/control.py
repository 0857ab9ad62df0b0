"""Actions of the control API in Open Lines, and what it shows of them."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.lines import settings
from sandbox.bitrix.lines.model import Dialog, LineMessage

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal

Row = dict[str, Any]


def lines_json(portal: "Portal") -> Row:
    """Lines with their channels, dialogs without messages, the ways of `switches`."""
    lines = portal.open_lines
    connectors = {**lines.built_in, **portal.connectors}
    return {
        "lines": [
            {
                "id": line.id,
                "name": line.name,
                "active": line.active,
                "connectors": sorted(code for code, each in connectors.items() if each.works_on(line.id)),
            }
            for line in lines.lines.values()
        ],
        "dialogs": [dialog_json(dialog) for dialog in lines.dialogs.values()],
        "switches": lines.switches.as_json(),
    }


def dialog_json(dialog: Dialog) -> Row:
    """A dialog in short."""
    return {
        "chat_id": dialog.id,
        "code": dialog.code,
        "name": dialog.name,
        "open": dialog.session is not None,
        "operator_id": dialog.operator_id,
        "members": dialog.members,
        "sessions": [session.id for session in dialog.sessions],
        "messages": len(dialog.messages),
        "crm": {str(kind): number for kind, number in dialog.crm.items()},
    }


def message_json(message: LineMessage) -> Row:
    """A message with its state."""
    return {
        "message_id": message.id,
        "chat_id": message.chat_id,
        "session_id": message.session_id,
        "direction": message.direction.value,
        "author_id": message.author_id,
        "text": message.text,
        "created": message.created,
        "mids": message.mids,
        "files": [file.name for file in message.files],
        "attach": message.attach,
        "reply_to": message.reply_to,
        "edited": message.edited,
        "deleted": message.deleted,
        "state": message.state,
        "problem": message.problem,
    }


def _locked(act: Callable[..., Any]) -> Callable[..., Any]:
    """An action under the lock of its portal, its result as JSON; `file` is `{"name", "base64"}`."""

    def run(portal: "Portal", **arguments: Any) -> Any:
        if isinstance(arguments.get("file"), dict):
            file = arguments.pop("file")
            arguments["file"] = (str(file["name"]), base64.b64decode(file["base64"]))
        with portal.lock:
            found = act(portal, **arguments)
            if isinstance(found, LineMessage):
                return message_json(found)
            return dialog_json(found) if isinstance(found, Dialog) else found

    return run


def _say(portal: "Portal", chat_id: int, user_id: int = 1, **said: Any) -> LineMessage:
    """An operator's message; one who is no member joins first, as a click on the dialog would do."""
    file = said.pop("file", None)
    portal.open_lines.enter(chat_id, user_id)
    return portal.open_lines.operator_says(chat_id, user_id, files=[file] if file else None, **said)


def _add_line(portal: "Portal", name: str, **params: Any) -> int:
    return settings.new_line(portal, {"LINE_NAME": name, **params}, 1).id


def _line_settings(portal: "Portal", line: int, **params: Any) -> Row:
    settings.write(portal, portal.lines[line], params, 1)
    return settings.as_json(portal.lines[line])


def _dialog(portal: "Portal", chat_id: int) -> Row:
    dialog = portal.open_lines.dialog(chat_id)
    return dialog_json(dialog) | {"messages": [message_json(row) for row in dialog.messages.values()]}


def _talk(name: str) -> Callable[..., Any]:
    """An action that is a method of Open Lines of the same name."""
    return lambda portal, **arguments: getattr(portal.open_lines, name)(**arguments)


_ACTIONS: dict[str, Callable[..., Any]] = {
    "messenger_writes": lambda portal, **said: portal.visitors.messenger_writes(**said),
    "livechat_writes": lambda portal, **said: portal.visitors.livechat_writes(**said),
    "operator_says": _say,
    "operator_edits": _talk("operator_edits"),
    "operator_deletes": _talk("operator_deletes"),
    "take": _talk("take"),
    "join_dialog": _talk("enter"),
    "transfer": _talk("transfer"),
    "finish": _talk("finish"),
    "close_idle": _talk("close_idle"),
    "begin_session": _talk("begin_with"),
    "dialog": _dialog,
    "add_line": _add_line,
    "line_settings": _line_settings,
    "delete_line": _talk("delete_line"),
    "connect": _talk("connect"),
}
LINE_ACTIONS: dict[str, Callable[..., Any]] = {name: _locked(act) for name, act in _ACTIONS.items()}
