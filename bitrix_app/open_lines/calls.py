"""Letters to open lines as REST calls: many messages of many dialogs in one call, in the order of their threads. Pure.

Bitrix24: imopenlines/imconnector (send.messages, update.messages, delete.messages, send.status.delivery),
imopenlines.operator.finish, im.message.add.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.mail import Kind, Letter
from app.storage.models import LineDialog
from bitrix_app.manifest import CONNECTOR_ID

SEND = "imconnector.send.messages"
METHODS = {
    Kind.MESSAGE: SEND,
    Kind.EDIT: "imconnector.update.messages",
    Kind.DELETE: "imconnector.delete.messages",
    Kind.DELIVERY: "imconnector.send.status.delivery",
    Kind.FINISH: "imopenlines.operator.finish",
    Kind.NOTICE: "im.message.add",
}
SINGLE = frozenset({Kind.FINISH, Kind.NOTICE})
"""Methods that take one dialog at a time."""
LONGEST = 60_000
"""Characters of texts in one request: it is written URL-encoded when several calls ride together."""


@dataclass(slots=True)
class Call:
    """One call and the letters that ride in it, an element each."""

    method: str
    line: int
    letters: list[Letter] = field(default_factory=list)


def pack(runs: Sequence[Sequence[Letter]], most: int) -> list[list[Letter]]:
    """Leading letters of many threads, at most `most` together, those of a line beside each other.

    The portal fetches a file while it works on the request, so a letter with one rides alone.
    """
    groups: list[list[Letter]] = []
    open_, size = list[Letter](), 0
    for run in sorted(runs, key=lambda run: (int(run[0].body["line"]), run[0].id)):
        for letter in _leading(run, most):
            if letter.body.get("file"):
                groups.append([letter])
                break
            if open_ and (len(open_) >= most or size + _weight(letter) > LONGEST):
                groups.append(open_)
                open_, size = [], 0
                if letter is not run[0]:
                    break  # of a thread only one group may be on its way
            open_.append(letter)
            size += _weight(letter)
    return [*groups, open_] if open_ else groups


def _leading(run: Sequence[Letter], most: int) -> Iterable[Letter]:
    """Up to the first letter with a file; that one alone when it is the head."""
    if run[0].body.get("file"):
        return run[:1]
    place = next((at for at, letter in enumerate(run) if letter.body.get("file")), len(run))
    return run[: min(place, most)]


def _weight(letter: Letter) -> int:
    element = letter.body.get("element") or {}
    return 500 + len(str(element.get("message", {}).get("text", "")))


def calls_of(group: Sequence[Letter]) -> list[Call]:
    """Calls in which every thread keeps its order: a letter joins the last call of its kind unless another call has
    taken a letter of its thread since."""
    calls: list[Call] = []
    places: dict[str, int] = {}
    for letter in group:
        kind, line = Kind(letter.kind), int(letter.body["line"])
        fitting = (
            at
            for at in range(len(calls) - 1, places.get(letter.thread, 0) - 1, -1)
            if (calls[at].method, calls[at].line) == (METHODS[kind], line) and kind not in SINGLE
        )
        place = next(fitting, len(calls))
        if place == len(calls):
            calls.append(Call(METHODS[kind], line))
        calls[place].letters.append(letter)
        places[letter.thread] = place
    return calls


def params_of(
    call: Call, dialogs: Mapping[int, LineDialog], files: Mapping[int, str], now: int
) -> dict[str, Any]:
    """Parameters of a call. `files`: link by letter; `now`: unix seconds."""
    letter = call.letters[0]
    if letter.kind == Kind.FINISH:
        return {"CHAT_ID": _chat(letter, dialogs)}
    if letter.kind == Kind.NOTICE:
        text = {"MESSAGE": letter.body["text"], "SYSTEM": "Y", "URL_PREVIEW": "N"}
        return {"DIALOG_ID": f"chat{_chat(letter, dialogs)}", **text}
    elements = [_element(one, files, now) for one in call.letters]
    return {"CONNECTOR": CONNECTOR_ID, "LINE": call.line, "MESSAGES": elements}


def _chat(letter: Letter, dialogs: Mapping[int, LineDialog]) -> int:
    dialog = dialogs.get(letter.body["dialog"])
    return (dialog.im_chat_id or 0) if dialog else 0


def _element(letter: Letter, files: Mapping[int, str], now: int) -> dict[str, Any]:
    if letter.kind == Kind.DELIVERY:
        body = letter.body
        return {"im": body["im"], "message": {"id": body["ids"], "date": now}, "chat": {"id": body["chat"]}}
    element: dict[str, Any] = letter.body["element"]
    if letter.id not in files:
        return element
    attached = [{"url": files[letter.id], "name": letter.body["file"]["name"]}]
    return element | {"message": element["message"] | {"files": attached}}


def notice_element(letter: Letter, dialog: LineDialog, *, as_user: bool) -> dict[str, Any]:
    """A notice as a message of the channel: the last way to show it, where no employee's token may write."""
    message: dict[str, Any] = {"id": f"notice-{letter.id}", "disable_crm": "Y", "text": letter.body["text"]}
    if as_user:
        message["user_id"] = letter.body["user_id"]
    return {"user": {"id": dialog.user_key}, "message": message, "chat": {"id": dialog.chat_key}}
