"""What a robot's message becomes: a letter into the open chat of the card, else one that begins a chat. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.card import Card, as_row
from app.rules.desk import waba_text
from app.rules.desk.reach import FITS, contact_of
from app.rules.desk.waba import WABA, is_closed
from app.rules.desk.waba_text import ValueProblem

Body = Mapping[str, Any]


class RobotRefused(Exception):
    """Nothing can be sent. `code`, `params`: of a text `robot.refused.<code>`."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChat:
    """The chat of the card's client in the robot's channel that is not closed. `id`: in UIS."""

    id: int
    operator_id: int | None
    window_until: datetime | None
    client_wrote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is known when a robot wants to write. `pairs`: user -> employee; `default_employee`: of the settings."""

    card: Card
    channel_type: str
    channel_name: str
    template: Mapping[str, Any] | None
    chat: OpenChat | None
    pairs: Mapping[int, int]
    default_employee: int | None
    now: datetime


def message_of(asked: Body, scene: Scene) -> dict[str, Any]:
    """The body of the letter, see `app.domain.letters`. `asked`: body of the robot's. Raises RobotRefused."""
    words, template = _words(asked, scene)
    body = {
        "line": None, "dialog": None, "chat": scene.chat.id if scene.chat else None, "text": words, "files": [],
        "reply_to": None, "user_id": None, "employee_id": _employee(asked, scene), "signature": None, "im": None,
        "robot": asked["token"],
    }  # fmt: skip
    if template is not None:
        body["template"] = template
    if scene.chat is None:
        body |= {"channel": asked["channel"], "contact": _contact(scene), "card": as_row(scene.card)}
    return body


def _words(asked: Body, scene: Scene) -> tuple[str, dict[str, Any] | None]:
    if scene.template is not None:
        try:
            text = waba_text.filled(waba_text.text_of(scene.template), asked["values"], scene.card.fields)
        except ValueProblem as problem:
            raise RobotRefused(problem.code, name=problem.name) from None
        return text, waba_text.message_template(scene.template, text)
    if not asked["text"].strip():
        raise RobotRefused("nothing_to_say")
    if _only_templates(scene):
        raise RobotRefused("window_closed")
    return asked["text"].strip("\n"), None


def _only_templates(scene: Scene) -> bool:
    if scene.channel_type != WABA:
        return False
    chat = scene.chat
    unheard = chat is None or (not chat.client_wrote and chat.window_until is None)
    return unheard or is_closed(scene.channel_type, chat.window_until if chat else None, scene.now)


def _employee(asked: Body, scene: Scene) -> int:
    """Who writes: the user that is set in the robot, whoever has the chat, the responsible of the card, the default."""
    if asked["user_id"] is not None:
        own = scene.pairs.get(asked["user_id"])
        if own is None:
            raise RobotRefused("no_pair", user=asked["user_id"])
        return own
    responsible = scene.card.fields.get("assignedById", "")
    known = (
        scene.chat.operator_id if scene.chat else None,
        scene.pairs.get(int(responsible)) if responsible.isdecimal() else None,
        scene.default_employee,
    )
    found = next((one for one in known if one is not None), None)
    if found is None:
        raise RobotRefused("no_employee")
    return found


def _contact(scene: Scene) -> dict[str, str]:
    """The first of the card's contacts that the channel takes."""
    if scene.channel_type not in FITS:
        raise RobotRefused("no_open_chat", channel=scene.channel_name)
    found = next((told for one in scene.card.contacts if (told := contact_of(scene.channel_type, one))), None)
    if found is None:
        raise RobotRefused("no_contact", channel=scene.channel_name)
    return found
