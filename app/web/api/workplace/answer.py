"""What an operator does in a conversation: everything becomes a letter, and is answered at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session

from app.domain.mail import Kind
from app.domain.settings.base import no_nul
from app.storage.models import Conversation
from app.storage.queries import channels, conversations
from app.storage.queries.channels import Channel
from app.web.api.spec import Told, call
from app.web.api.workplace.shapes import LetterRow
from app.web.caller import caller, services
from app.web.desk import first, people, rights
from app.web.desk.attachment import opened
from app.web.desk.cards import card_of
from app.web.desk.letters import letter_row
from app.web.desk.may import refuse, why_not
from app.web.desk.posting import Written, post, woken
from app.web.desk.rows import names
from app.web.desk.waba import filled
from app.web.desk.wrong import wrong

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Words = Annotated[str, Field(max_length=4_000), AfterValidator(no_nul)]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
FAILS = (404, 409, 503)


class TemplateOf(Told):
    """A template of the channel, and what stands for its variables: texts, or Liquid over the fields of the card."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": 12, "values": {"1": "Пётр"}}]})

    id: Id
    values: Annotated[dict[str, Words], Field(max_length=50)] = {}


class Answer(Told):
    """What to say: a text, a file (of an upload), or a template. `key`: made by the page, once for each message."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"key": "2f1c0a52", "text": "Добрый день!", "reply_to": None, "file": None, "template": None}
            ]
        }
    )

    key: Key
    text: Words = ""
    reply_to: Id | None = None
    file: Annotated[str, Field(max_length=4_000)] | None = None
    template: TemplateOf | None = None


class Order(Told):
    """An order without words."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"key": "2f1c0a53"}]})

    key: Key


class Transfer(Told):
    """To whom the chat is handed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"key": "2f1c0a54", "employee_id": 367853}]})

    key: Key
    employee_id: Id


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an operator acts: his employee, the conversation, its channel."""

    session: Session
    here: rights.Desk
    employee_id: int
    chat: Conversation
    channel: Channel | None


@contextmanager
def _acting(chat_id: int) -> Iterator[_Place]:
    """A transaction in which the caller acts in a conversation; those who carry letters are woken after it."""
    keys, house = rights.card_keys(), services()
    with house.sessions.begin() as session:
        employee_id = rights.operator(session)
        chat = rights.visible(session, chat_id, keys)
        here = rights.desk(session)
        channel = channels.one(session, here.installation_id, chat.channel_id)
        yield _Place(session, here, employee_id, chat, channel)
    woken(house, caller().installation_id)


@call(
    "POST", "/workplace/chats/<int:chat_id>/messages", answer=LetterRow, status=202, open_to="operator", fails=FAILS
)  # fmt: skip
def say(chat_id: int, json: Answer) -> Any:
    """Say something to the client. It leaves in the order in which it was said; its state is told with the chat."""
    # The same card as in the preview, so that the client gets what the operator has read.
    fields = first.client(None if card_of(caller()) else chat_id).fields if json.template else {}
    with _acting(chat_id) as place:
        why = why_not(place.here, place.chat, place.channel, services().clock.now())
        if place.channel is None or (why and not (json.template and why == "window_closed")):
            raise refuse(place.here, why or "channel_left")
        body = _body(place, place.channel, json, fields)
        return _ordered(place, Written(kind=Kind.MESSAGE, key=json.key, body=body))


def _body(place: _Place, channel: Channel, said: Answer, fields: Mapping[str, str]) -> dict[str, Any]:
    """The body of the letter: see `app.domain.letters`."""
    words, template = said.text.strip("\n"), None
    if said.template is not None:
        words, template = filled(channel, said.template.id, said.template.values, fields)
    file = opened(services(), said.file, place.here.installation_id, channel.id) if said.file else None
    if not words.strip() and file is None:
        raise wrong("text", "nothing_to_say")
    if said.reply_to is not None:
        _check_quote(place, said.reply_to)
    return {
        "line": None, "dialog": None, "chat": place.chat.source_id, "text": words, "files": [file] if file else [],
        "reply_to": said.reply_to, "user_id": place.here.person.user_id, "signature": None, "im": None,
    } | ({"template": template} if template else {})  # fmt: skip


def _check_quote(place: _Place, message_id: int) -> None:
    if not conversations.some_messages(place.session, [place.chat.id], [message_id]):
        raise wrong("reply_to", "no_such_quote")


@call(
    "POST", "/workplace/chats/<int:chat_id>/transfer", answer=LetterRow, status=202, open_to="operator", fails=FAILS
)  # fmt: skip
def transfer(chat_id: int, json: Transfer) -> Any:
    """Hand the chat to a colleague."""
    with _acting(chat_id) as place:
        able = people.operators(place.session, place.here.installation_id)
        if json.employee_id not in {row["employee_id"] for row in able}:
            raise wrong("employee_id", "no_such_employee")
        return _hand_over(place, json.key, json.employee_id)


@call(
    "POST",
    "/workplace/chats/<int:chat_id>/take",
    answer=LetterRow,
    status=202,
    open_to="operator",
    fails=FAILS,
)
def take(chat_id: int, json: Order) -> Any:
    """Take the chat over from a colleague. Nobody's chat is taken by the first answer."""
    with _acting(chat_id) as place:
        return _hand_over(place, json.key, place.employee_id)


@call(
    "POST",
    "/workplace/chats/<int:chat_id>/close",
    answer=LetterRow,
    status=202,
    open_to="operator",
    fails=FAILS,
)
def close(chat_id: int, json: Order) -> Any:
    """End the chat, behind everything that was said in it."""
    with _acting(chat_id) as place:
        _check_open(place)
        return _ordered(place, Written(kind=Kind.CLOSE, key=json.key, body=_of_chat(place)))


def _hand_over(place: _Place, key: str, employee_id: int) -> Any:
    _check_open(place)
    if place.chat.operator_id is None:
        raise refuse(place.here, "nobody_has_it")
    if place.chat.operator_id == employee_id:
        raise refuse(place.here, "has_it_already")
    body = _of_chat(place) | {"to": employee_id}
    return _ordered(place, Written(kind=Kind.TRANSFER, key=key, body=body))


def _check_open(place: _Place) -> None:
    if place.chat.kind != "chat":
        raise refuse(place.here, "not_a_chat")
    if place.channel is None:
        raise refuse(place.here, "channel_left")
    if place.chat.closed_at is not None:
        raise refuse(place.here, "is_closed")


def _of_chat(place: _Place) -> dict[str, Any]:
    return {"dialog": None, "chat": place.chat.source_id, "user_id": place.here.person.user_id}


def _ordered(place: _Place, order: Written) -> Any:
    row = post(place.session, services(), place.here, place.chat, order)
    return letter_row(row, place.here, names(place.session, place.here.installation_id), None), 202
