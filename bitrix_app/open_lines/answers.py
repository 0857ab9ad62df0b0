"""What an open line answers, element by element. Bitrix24: imconnector.send.messages ("Response Handling").

A request that is wrong as a whole is an error; what is wrong with one element stands in its `ERRORS`, and the others
went through.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.base.problems import stored
from app.domain.mail import Delivered, Delivery, Kind, Letter
from app.domain.plan import Failed, Retry
from bitrix_app.errors import BitrixError, Later, NoAnswer, Parked, Rejected
from bitrix_app.open_lines.calls import Call
from bitrix_app.refusals import lost, of_error

NOT_ACTIVE = "not_active_line"
ELEMENT = "line_refused"


def read(call: Call, result: Any) -> list[Delivery]:
    """A delivery per letter of a call that was answered."""
    kind = call.letters[0].kind
    if kind == Kind.FINISH:
        return [Delivered({"finished": result is True})]
    if kind == Kind.NOTICE:
        return [Delivered({"im_message_id": result} if isinstance(result, int) else {})]
    if kind == Kind.DELIVERY:
        return [Delivered() for _ in call.letters]
    rows = _rows(result)
    by_id = {str(_inner(row, "message").get("id")): row for row in rows}
    found = [
        by_id.get(_message_id(letter)) or (rows[at] if len(rows) == len(call.letters) else None)
        for at, letter in enumerate(call.letters)
    ]
    return [
        _element(letter, row) if row is not None else lost(letter, "no answer for this message")
        for letter, row in zip(call.letters, found, strict=True)
    ]


def refused(call: Call, error: BitrixError) -> list[Delivery]:
    """A delivery per letter of a call that was refused as a whole: nothing was done, unless no answer came."""
    return [_refusal(letter, call, error) for letter in call.letters]


def _refusal(letter: Letter, call: Call, error: BitrixError) -> Delivery:
    if letter.kind == Kind.FINISH and not isinstance(error, NoAnswer | Later | Parked):
        return Delivered(
            {"finished": False}
        )  # somebody in the portal has to: see `app.pipeline.letters.aftermath`
    if isinstance(error, Rejected) and error.code.upper() == "NOT_ACTIVE_LINE":
        return Failed(stored(NOT_ACTIVE, {"line": call.line}))
    return of_error(letter, error)


def in_order(letters: Sequence[Letter], deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Behind a letter that is to be tried again no refusal of its thread counts: it may have missed the first one."""
    waiting: dict[str, Retry] = {}
    made: list[Delivery] = []
    for letter, delivery in zip(letters, deliveries, strict=True):
        first = waiting.get(letter.thread)
        if first is not None and isinstance(delivery, Failed):
            delivery = Retry(first.after, first.reason, counts=False)
        if isinstance(delivery, Retry):
            waiting.setdefault(letter.thread, delivery)
        made.append(delivery)
    return made


def _element(letter: Letter, row: Mapping[str, Any]) -> Delivery:
    if row.get("SUCCESS") is False:
        said = row.get("ERRORS") or []
        errors = said.values() if isinstance(said, Mapping) else said
        return Failed(stored(ELEMENT, {"words": "; ".join(_words(error) for error in errors) or "?"}))
    session = _inner(row, "session")
    known = {"session_id": _number(session.get("ID")), "im_chat_id": _number(session.get("CHAT_ID"))}
    return Delivered({name: value for name, value in known.items() if value})


def _words(error: Any) -> str:
    if isinstance(error, Mapping):
        return str(error.get("message") or error.get("error_description") or error.get("code") or "?")
    return str(error)


def _rows(result: Any) -> list[Mapping[str, Any]]:
    data = result.get("DATA") if isinstance(result, Mapping) else None
    rows = data.get("RESULT") if isinstance(data, Mapping) else None
    held = rows.values() if isinstance(rows, Mapping) else rows or []
    return [row for row in held if isinstance(row, Mapping)]


def _inner(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = row.get(name)
    return found if isinstance(found, Mapping) else {}


def _message_id(letter: Letter) -> str:
    return str((letter.body.get("element") or {}).get("message", {}).get("id"))


def _number(value: Any) -> int | None:
    text = str(value if value is not None else "")
    return int(text) if text.isascii() and text.isdecimal() else None
