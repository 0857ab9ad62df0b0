"""What an open line is told of a chat: the messages of a visitor, and of operators who answer elsewhere.

Bitrix24: imconnector.send.messages, update.messages, delete.messages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.conversation import PortalView
from app.domain.facts import fact
from app.domain.letters import Address, Post
from app.domain.mail import Exit, Kind
from app.rules.identity import emails, normalise
from app.rules.markup import neutral
from app.rules.open_lines.names import Name, valid_name
from app.rules.open_lines.quotes import quoted

Say = Callable[..., str]
"""Words of the catalogue in the portal's language: `say(key, **params)`."""

CLIENTS = frozenset({"visitor", "form_text"})
MACHINES = frozenset({"chatbot", "autoinvite", "retention"})
LATE_HOLD = 3.0
"""Seconds that a message waits which took long to reach us: those written before it may be on their way too."""
LONGEST = 20_000
_DAY = "%d.%m.%Y, %H:%M"


class Change(StrEnum):
    """What happened to a message."""

    NEW = "new"
    EDITED = "edited"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """The message that one answers: of the visitor, of an employee, or of nobody known."""

    source: str
    operator_id: int | None
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of a chat. `turn` tells its changes apart; `file` is the name of its file; `late`: see LATE_HOLD.

    `user_id`: the user of the portal who is known to have written it elsewhere.
    """

    chat_id: int
    conversation_id: int
    message_id: int
    source: str
    operator_id: int | None
    text: str
    at: datetime
    user_id: int | None = None
    change: Change = Change.NEW
    turn: int = 0
    file: str | None = None
    quoted: Quoted | None = None
    late: bool = False


def begins_dialog(source: str) -> bool:
    """Whether words of this source are reason enough to open a dialog: a bot's alone are not."""
    return source in CLIENTS or source == "operator"


def belongs(source: str) -> bool:
    """Whether words of this source are shown in a line; those of the system are not."""
    return begins_dialog(source) or source in MACHINES


def post(said: Said, to: Address, facts: Mapping[str, Any], view: PortalView, say: Say) -> Post:
    """The letter that carries one message or its change."""
    body: dict[str, Any] = {
        "line": to.line_id,
        "dialog": to.dialog_id,
        "element": _element(said, to, facts, view, say),
    }
    if said.file and said.change != Change.GONE:
        body["file"] = {"conversation": said.conversation_id, "message": said.message_id, "name": said.file}
    kinds = {Change.NEW: Kind.MESSAGE, Change.EDITED: Kind.EDIT, Change.GONE: Kind.DELETE}
    return Post(
        exit=Exit.LINE, kind=kinds[said.change], thread=to.thread, key=key_of(said), body=body,
        rank=said.message_id, hold=LATE_HOLD if said.late else 0.0,
    )  # fmt: skip


def key_of(said: Said) -> str:
    """A message is carried once, each of its changes once."""
    key = message_key(said.chat_id, said.message_id)
    return key if said.change == Change.NEW else f"{key}:{said.change}{said.turn}"


def message_key(chat_id: int, message_id: int) -> str:
    """Key of the letter that carries a message of a chat into a line."""
    return f"line:{chat_id}:{message_id}"


def _element(said: Said, to: Address, facts: Mapping[str, Any], view: PortalView, say: Say) -> dict[str, Any]:
    if said.change == Change.GONE:
        message: dict[str, Any] = {"id": str(said.message_id)}
        return {"user": {"id": to.user_key}, "message": message, "chat": {"id": to.chat_key}}
    message = {"id": str(said.message_id), "date": int(said.at.timestamp()), "text": _text(said, view, say)}
    message |= _author(said, view)
    chat = {"id": to.chat_key, "name": fact(facts, "chat.channel_name")}
    return {
        "user": {"id": to.user_key} | client(facts, view, say),
        "message": {name: value for name, value in message.items() if value != ""},
        "chat": {name: value for name, value in chat.items() if value},
    }


def _author(said: Said, view: PortalView) -> dict[str, Any]:
    """Who wrote it when it was not the client; such words say nothing to the CRM tracker."""
    if said.source in CLIENTS:
        return {}
    user_id = _writer(said, view)
    return {"disable_crm": "Y"} | ({"user_id": user_id} if user_id else {})


def _writer(said: Said, view: PortalView) -> int | None:
    """The user of the portal who wrote it as an operator."""
    if said.source != "operator":
        return None
    return said.user_id or user_of(said.operator_id, view)


def user_of(operator_id: int | None, view: PortalView) -> int | None:
    """The user whom an employee of UIS is joined to, if he works here still."""
    user_id = view.operators.get(operator_id or 0)
    _, active = view.users.get(user_id or 0, ("", True))
    return user_id if active else None


def _text(said: Said, view: PortalView, say: Say) -> str:
    words = neutral(said.text)[:LONGEST]
    if not words and not said.file:
        words = say("lines.without_text")
    words = _quote(said.quoted, view, say) + words if said.quoted else words
    if said.source in CLIENTS or _writer(said, view):
        return words
    if said.source == "operator":
        name = view.operator_names.get(said.operator_id or 0) or say("lines.operator")
        return f"[b]{neutral(name)}:[/b]\n{words}"
    return f"[b]{say(f'lines.machine.{said.source}')}:[/b]\n{words}"


def _quote(answered: Quoted, view: PortalView, say: Say) -> str:
    name = view.operator_names.get(answered.operator_id or 0, "") if answered.source == "operator" else ""
    author = name or say("lines.operator" if answered.source == "operator" else "lines.client")
    at = answered.at.astimezone(ZoneInfo(view.timezone)).strftime(_DAY)
    return quoted(neutral(author), at, neutral(answered.text))


def client(facts: Mapping[str, Any], view: PortalView, say: Say) -> dict[str, str]:
    """Name, phone and e-mail of a visitor as a line takes them."""
    name = valid_name(_fact(facts, "visitor.name")) or _invented(facts, say)
    found = {"name": name.first, "last_name": name.last, "email": emails(_fact(facts, "visitor.email")) or ""}
    found |= _phone(_fact(facts, "visitor.phone_number"), view)
    return {name: value for name, value in found.items() if value}


def _fact(facts: Mapping[str, Any], name: str) -> str | None:
    value = fact(facts, name)
    return str(value) if value not in (None, "") else None


def _invented(facts: Mapping[str, Any], say: Say) -> Name:
    """ "Гость Telegram": letters only, so that a line takes it; the channel tells guests apart a little."""
    kind = _fact(facts, "chat.channel_type") or ""
    known = kind if kind in CHANNELS else "other"
    return valid_name(say(f"lines.guest.{known}")) or Name(say("lines.client"))


CHANNELS = frozenset(
    {
        "comagic", "telegram", "telegram_private", "whatsapp", "waba", "viber", "avito", "auto_ru", "realty_yandex",
        "sms", "email", "max", "max_bot", "vkontakte_groups", "cian",
    }
)  # fmt: skip


def _phone(raw: str | None, view: PortalView) -> dict[str, str]:
    """A number of the company's own channels is no client's. One that the portal's validator might refuse, but that
    UIS spoke with, passes it by."""
    number = normalise(raw)
    if number is not None:
        return {} if number in view.own_numbers else {"phone": number}
    digits = "".join(sign for sign in raw or "" if sign.isascii() and sign.isdigit())
    if not 10 <= len(digits) <= 15 or len(set(digits)) == 1 or f"+{digits}" in view.own_numbers:
        return {}
    return {"phone": f"+{digits}", "skip_phone_validate": "Y"}
