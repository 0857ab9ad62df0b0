"""Whether messages whose answer was lost are in their dialogs. Bitrix24: imopenlines.session.history.get.

A message that passed a connector carries the connector's id of it (`params.connectorMid`). A dialog whose first
message is in doubt has no number here yet: `imopenlines.session.open` finds it by its user code.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.domain.mail import Delivered, Delivery, Kind, Letter
from app.domain.plan import Unknown
from app.storage.models import LineDialog
from bitrix_app.batch import MAX_COMMANDS
from bitrix_app.client import PortalClient
from bitrix_app.encoding import ResultOf, command
from bitrix_app.manifest import CONNECTOR_ID

HISTORY = "imopenlines.session.history.get"
PER_DIALOG = 3


def look_up(
    client: PortalClient, letters: Sequence[Letter], dialogs: Mapping[int, LineDialog]
) -> list[Delivery]:
    """Per letter Delivered when it is there, else Unknown. Raises BitrixError."""
    known = {
        letter.body["dialog"]: dialogs[letter.body["dialog"]]
        for letter in letters
        if letter.body["dialog"] in dialogs
    }
    histories: dict[int, list[Mapping[str, Any]]] = {number: [] for number in known}
    some = list(known.values())
    for start in range(0, len(some), MAX_COMMANDS // PER_DIALOG):
        part = some[start : start + MAX_COMMANDS // PER_DIALOG]
        commands = {key: text for dialog in part for key, text in _commands(dialog)}
        answer = client.batch(commands)
        for dialog in part:
            keys = (f"c{dialog.id}", f"s{dialog.id}")
            held = [answer.results[key] for key in keys if isinstance(answer.results.get(key), Mapping)]
            histories[dialog.id] += held
    return [_verdict(letter, histories.get(letter.body["dialog"], [])) for letter in letters]


def _commands(dialog: LineDialog) -> Iterator[tuple[str, str]]:
    """The last session of the chat, and the one that we know of."""
    chat: int | ResultOf | None = dialog.im_chat_id
    if chat is None:
        code = f"{CONNECTOR_ID}|{dialog.line_id}|{dialog.chat_key}|{dialog.user_key}"
        yield f"o{dialog.id}", command("imopenlines.session.open", {"USER_CODE": code})
        chat = ResultOf(f"o{dialog.id}", ("chatId",))
    yield f"c{dialog.id}", command(HISTORY, {"CHAT_ID": chat})
    if dialog.session_id is not None:
        yield f"s{dialog.id}", command(HISTORY, {"SESSION_ID": dialog.session_id})


def _verdict(letter: Letter, histories: Sequence[Mapping[str, Any]]) -> Delivery:
    for history in histories:
        for message in _map(history.get("message")).values():
            if isinstance(message, Mapping) and _is_that(letter, message):
                known = {"session_id": history.get("sessionId"), "im_chat_id": history.get("chatId")}
                return Delivered({name: int(value) for name, value in known.items() if value})
    return Unknown("not in the dialog")


def _is_that(letter: Letter, message: Mapping[str, Any]) -> bool:
    params = _map(message.get("params"))
    mids = params.get("connectorMid") or params.get("CONNECTOR_MID") or []
    held = {str(mid) for mid in (mids.values() if isinstance(mids, Mapping) else mids)}
    if letter.kind == Kind.NOTICE:
        return f"notice-{letter.id}" in held or message.get("text") == letter.body["text"]
    return str(letter.body["element"]["message"]["id"]) in held


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
