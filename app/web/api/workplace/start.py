"""Writing first: to whom, through which channel, by which template, and which card the chat will belong to."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app.domain.mail import Kind
from app.rules.desk.reach import FITS
from app.rules.desk.waba import WABA
from app.storage.database import reading
from app.storage.queries import channels
from app.web.api.spec import Told, call
from app.web.api.workplace.answer import Id, Key, TemplateOf, Words
from app.web.api.workplace.shapes import Card, LetterRow
from app.web.caller import caller, services
from app.web.desk import first, rights
from app.web.desk.letters import letter_row
from app.web.desk.posting import Written, post, woken
from app.web.desk.rows import names
from app.web.desk.waba import filled, template_of
from app.web.desk.wrong import wrong

ContactKind = Literal["phone", "email", "username"]


class Reach(BaseModel):
    """One way to the client. `fits`: the channels that can take it."""

    kind: ContactKind
    value: str
    of: str = Field(description="whose it is")
    fits: list[int]


class Template(BaseModel):
    """A template of a WABA channel. `suggested`: what may stand for each variable, as Liquid over the card."""

    id: int
    name: str
    text: str
    header: str | None
    footer: str | None
    buttons: list[str]
    variables: list[str]
    suggested: dict[str, str]


class FirstChannel(BaseModel):
    """A channel in which operators may begin. `only_templates`: free text is not taken there."""

    id: int
    type: str
    name: str
    only_templates: bool
    templates: list[Template]


class Contacts(BaseModel):
    """To whom may be written from here, and the card that the chat will belong to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "card": {
                        "type": "deal",
                        "id": 7,
                        "title": "Заказ",
                        "url": "https://portal.example/crm/deal/details/7/",
                    },
                    "belongs": "Чат будет вестись в сделке «Заказ»",
                    "contacts": [
                        {"kind": "phone", "value": "+79161234567", "of": "Пётр Покупатель", "fits": [740805]}
                    ],
                    "channels": [
                        {
                            "id": 740805,
                            "type": "waba",
                            "name": "WhatsApp Business",
                            "only_templates": True,
                            "templates": [
                                {
                                    "id": 12,
                                    "name": "Привет",
                                    "text": "Здравствуйте, {{1}}!",
                                    "header": None,
                                    "footer": None,
                                    "buttons": [],
                                    "variables": ["1"],
                                    "suggested": {"1": "{{ name }}"},
                                }
                            ],
                        }
                    ],
                }
            ]
        }
    )

    card: Card | None
    belongs: str = Field(description="which card the chat will belong to, in words")
    contacts: list[Reach]
    channels: list[FirstChannel]


class From(BaseModel):
    """Of the card of the session; `chat`: of a conversation, where the page stands in no card."""

    chat: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class Preview(Told):
    """A template and its values."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"channel_id": 740805, "template": {"id": 12, "values": {"1": "{{ name }}"}}}]
        }
    )

    channel_id: Id
    template: TemplateOf
    chat: Id | None = None


class Previewed(BaseModel):
    """The text that the client would get."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Здравствуйте, Пётр!"}]})

    text: str


class Reached(Told):
    """One of the ways that `contacts` gave."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "phone", "value": "+79161234567"}]})

    kind: ContactKind
    value: Annotated[str, Field(min_length=1, max_length=320)]


class First(Told):
    """A first message. `key`: made by the page, once for each message."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "2f1c0a56",
                    "channel_id": 740805,
                    "to": {"kind": "phone", "value": "+79161234567"},
                    "text": "",
                    "template": {"id": 12, "values": {"1": "{{ name }}"}},
                    "chat": None,
                }
            ]
        }
    )

    key: Key
    channel_id: Id
    to: Reached
    text: Words = ""
    template: TemplateOf | None = None
    chat: Id | None = None


@call("GET", "/workplace/contacts", answer=Contacts, open_to="operator", fails=(404, 409, 503))
def contacts(query: From) -> Any:
    """To whom may be written from here, and how."""
    client = first.client(query.chat)
    with services().sessions() as session:
        here = rights.desk(reading(session))
        able = [one for one in channels.joined(session, here.installation_id) if one.type in FITS]
    return {
        "card": first.card_row(client, here.who.installation.portal_url),
        "belongs": first.belongs(client, here.lang),
        "contacts": [
            {"kind": one.kind, "value": one.value, "of": one.of, "fits": first.fitting(one, able)}
            for one in client.contacts
        ],
        "channels": [first.channel_row(channel, client.fields) for channel in able],
    }


@call("POST", "/workplace/preview", answer=Previewed, open_to="operator", fails=(404, 409, 503))
def preview(json: Preview) -> Any:
    """A template with its values, as the client would get it."""
    client = first.client(json.chat)
    with services().sessions() as session:
        channel = channels.one(reading(session), caller().installation_id, json.channel_id)
    if channel is None:
        raise wrong("channel_id", "no_such_channel")
    template_of(channel, json.template.id)
    words, _ = filled(channel, json.template.id, json.template.values, client.fields)
    return {"text": words}


@call("POST", "/workplace/start", answer=LetterRow, status=202, open_to="operator", fails=(404, 409, 503))
def start(json: First) -> Any:
    """Begin a chat. It belongs to the card that was named, whatever else is known of the client."""
    client, house = first.client(json.chat), services()
    with house.sessions.begin() as session:
        rights.operator(session)
        here = rights.desk(session)
        order = _order(session, here, client, json)
        row = post(session, house, here, None, order)
        told = letter_row(row, here, names(session, here.installation_id), None)
    woken(house, caller().installation_id)
    return told, 202


def _order(session: Session, here: rights.Desk, client: first.Client, json: First) -> Written:
    channel = channels.one(session, here.installation_id, json.channel_id)
    if channel is None or channel.type not in FITS:
        raise wrong("channel_id", "no_such_channel")
    contact = first.contact(client, json.to.kind, json.to.value, channel)
    words, template = json.text.strip("\n"), None
    if json.template is not None:
        words, template = filled(channel, json.template.id, json.template.values, client.fields)
    elif channel.type == WABA:
        raise wrong("template", "template_needed")
    if not words.strip():
        raise wrong("text", "nothing_to_say")
    body: dict[str, Any] = {
        "line": None, "dialog": None, "chat": None, "channel": channel.id, "contact": contact, "text": words,
        "files": [], "reply_to": None, "user_id": here.person.user_id, "signature": None, "im": None,
        "card": client.card, **({"template": template} if template else {}),
    }  # fmt: skip
    return Written(kind=Kind.MESSAGE, key=json.key, body=body)
