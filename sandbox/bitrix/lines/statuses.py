"""What became of operators' messages in the channel, and names of chats (Bitrix24: imopenlines/imconnector)."""

from typing import Any

from sandbox.bitrix.call import Call, as_list, method
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.lines.connectors import channel
from sandbox.bitrix.lines.model import Direction, LineMessage

BLOCKS: dict[str, set[str]] = {"im": {"chat_id", "message_id"}, "message": {"id", "date"}, "chat": {"id"}}


@method("imconnector.send.status.delivery")
def delivery(call: Call) -> dict[str, Any]:
    """The channel has it: the message is delivered (and read), its ids in the channel are known from now on.

    `message.id` is an array. What does not fit is refused: the real portal would answer SUCCESS and change nothing.
    """
    for message, row in _messages(call):
        message.delivered = call.portal.open_lines.now()
        dialog = call.portal.open_lines.dialogs[message.chat_id]
        for mid in (str(value) for value in row["message"]["id"]):
            if mid not in message.mids:
                message.mids.append(mid)
            dialog.by_mid[mid] = message
    return {"SUCCESS": True, "DATA": []}


@method("imconnector.send.status.reading")
def reading(call: Call) -> dict[str, Any]:
    """A stub of the vendor: checked, and without effect."""
    _messages(call)
    return {"SUCCESS": True, "DATA": []}


def _messages(call: Call) -> list[tuple[LineMessage, dict[str, Any]]]:
    call.require_app()
    connector = call.portal.connectors.get(str(call.get("CONNECTOR")))
    if connector is None:
        raise RestError(
            "IMCONNECTOR_NO_CORRECT_PROVIDER", "Unable to find a suitable provider for the connector"
        )
    found = []
    for row in as_list(call.get("MESSAGES")):
        _check(call, row)
        message = call.portal.open_lines.messages.get(int(row["im"]["message_id"]))
        dialog = call.portal.open_lines.dialogs.get(int(row["im"]["chat_id"]))
        if (
            message is None
            or dialog is None
            or message.chat_id != dialog.id
            or (dialog.connector, dialog.line) != (connector.id, call.integer("LINE"))
            or message.direction is not Direction.OPERATOR
        ):
            raise _wrong(call, f"no outgoing message {row['im']} of this connector and line")
        found.append((message, row))
    return found


def _check(call: Call, row: Any) -> None:
    if not isinstance(row, dict) or set(row) != set(BLOCKS):
        raise _wrong(call, "an element needs im, message and chat")
    for block, names in BLOCKS.items():
        if not isinstance(row[block], dict) or set(row[block]) - names:
            raise _wrong(call, f"{block} may hold {', '.join(sorted(names))} only")
    if not all(str(row["im"].get(name, "")).isdigit() for name in ("chat_id", "message_id")):
        raise _wrong(call, "im.chat_id and im.message_id must be numbers")
    if not isinstance(row["message"].get("id"), list) or not row["message"]["id"]:
        raise _wrong(call, "message.id must be an array of ids, even for one message")
    if not str(row["message"].get("date", 0)).isdigit():
        raise _wrong(call, "message.date must be a unix timestamp in seconds")
    if call.method.endswith("reading") and "date" in row["message"]:
        raise _wrong(call, "message.date is not a field of this method")


def _wrong(call: Call, text: str) -> RestError:
    call.portal.violation(f"{call.method}: {text}")
    return RestError("ERROR_ARGUMENT", text, argument="MESSAGES")


@method("imconnector.chat.name.set")
def chat_name_set(call: Call) -> dict[str, Any]:
    """A new name for a dialog; connectors without group chats must name the client too."""
    connector, line = channel(call)
    person = "0" if connector.flag("CHAT_GROUP", False) else str(call.get("USER_ID") or "")
    if not person:
        raise RestError("ERROR_ARGUMENT", "Argument 'USER_ID' is null or empty", argument="USER_ID")
    code = f"{connector.id}|{line.id}|{call.get('CHAT_ID')}|{person}"
    dialog = call.portal.open_lines.by_code.get(code)
    if dialog is None:
        raise RestError("CHAT_RENAMING_FAILED", "Failed to rename the chat")
    dialog.name = str(call.get("NAME"))
    return {"SUCCESS": True, "DATA": {"RESULT": {}}}
