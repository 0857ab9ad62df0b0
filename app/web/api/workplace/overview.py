"""The workplace at a glance: who the user is here, what he may see, and where he stands."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.card import card_url
from app.pipeline.view import section
from app.rules.desk.reach import FITS
from app.storage.database import reading
from app.storage.queries import channels
from app.storage.queries import desk as queries
from app.web.api.spec import call
from app.web.api.workplace.shapes import Card, LetterRow
from app.web.caller import caller, services
from app.web.desk import people
from app.web.desk.cards import card_of
from app.web.desk.frame import frame_url
from app.web.desk.rights import Desk
from app.web.desk.starts import starts_of
from app.web.problems import Problem

MANY = 1_000


class Joiner(BaseModel):
    """An administrator who can join a user to an employee of UIS."""

    user_id: int
    name: str
    url: str


class Operator(BaseModel):
    """The employee of UIS in whose name the user writes."""

    employee_id: int
    name: str


class DeskCard(Card):
    """The card that the page stands in; `state` says what became of asking for the user's right to it."""

    state: Literal["open", "refused", "away", "gone"]


class DeskChannel(BaseModel):
    """A channel that is joined. `first`: operators may begin in it; by what is said by its type."""

    id: int
    type: str
    name: str
    first: bool
    templates: bool


class Opens(BaseModel):
    """What the link that was followed opens: a conversation, or the file of one of its messages."""

    chat: int
    message: int | None


class DeskView(BaseModel):
    """Everything that the page needs at its start."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "enabled": True,
                    "working": True,
                    "mode": "own",
                    "frame_url": None,
                    "user_id": 7,
                    "name": "Иван Петров",
                    "admin": False,
                    "operator": {"employee_id": 367852, "name": "Марина"},
                    "joiners": [],
                    "lists": True,
                    "visibility": "all",
                    "card": {
                        "type": "deal",
                        "id": 7,
                        "title": "Заказ",
                        "url": "https://portal.example/crm/deal/details/7/",
                        "state": "open",
                    },
                    "opens": None,
                    "waiting": 3,
                    "channels": [
                        {
                            "id": 740805,
                            "type": "whatsapp",
                            "name": "WhatsApp",
                            "first": True,
                            "templates": False,
                        }
                    ],
                    "starts": [],
                }
            ]
        }
    )

    enabled: bool = Field(
        description="the section is on; while it is off nothing else of the workplace answers"
    )
    working: bool = Field(description="Main is on: what is written leaves at once")
    mode: Literal["own", "uis"]
    frame_url: str | None = Field(description="mode uis: the address of UIS's own workplace, filled in")
    user_id: int
    name: str
    admin: bool
    operator: Operator | None
    joiners: list[Joiner] = Field(description="where there is no operator: who can help")
    lists: bool = Field(description="whether lists beyond the card are open to this user")
    visibility: Literal["own", "department", "all"]
    card: DeskCard | None
    opens: Opens | None
    waiting: int = Field(description=f"chats of this user's lists that wait for an answer, at most {MANY}")
    channels: list[DeskChannel]
    starts: list[LetterRow] = Field(
        description="first messages of this card or user that did not become a chat yet"
    )


@call("GET", "/workplace", answer=DeskView, open_to="user", fails=(503,))
def overview() -> Any:
    """The workplace of this user, here."""
    who = caller()
    card = _card()
    with services().sessions() as session:
        reading(session)
        document = section(session, who.installation_id, "workplace")
        person = people.person(session, who.installation_id, who.session.user_id, admin=who.admin)
        here = Desk(who, person)
        operators = None if person.everything else {*person.operators(), None}
        waiting = queries.waiting_count(session, who.installation_id, operators, MANY) if person.lists else 0
        staff = {row["employee_id"]: row["name"] for row in people.operators(session, who.installation_id)}
        own = person.employee_id
        return {
            "enabled": bool(document.get("enabled", True)),
            "working": bool(section(session, who.installation_id, "main").get("enabled", True)),
            "mode": document.get("mode", "own"),
            "frame_url": frame_url(services(), document, who, person),
            "user_id": person.user_id,
            "name": person.name,
            "admin": person.admin,
            "operator": {"employee_id": own, "name": staff.get(own, person.name)} if own else None,
            "joiners": []
            if own
            else people.joiners(session, who.installation_id, who.installation.portal_url),
            "lists": person.lists,
            "visibility": person.visibility,
            "card": card,
            "opens": _opens(),
            "waiting": waiting,
            "channels": [
                {
                    "id": channel.id,
                    "type": channel.type,
                    "name": channel.name,
                    "first": channel.type in FITS,
                    "templates": bool(channel.templates),
                }
                for channel in channels.joined(session, who.installation_id)
            ],
            "starts": starts_of(session, here),
        }


def _card() -> dict[str, Any] | None:
    """The card of the session with its title; a portal that is away leaves it without one."""
    who = caller()
    kind, number = who.session.entity_type, who.session.entity_id
    if kind is None or number is None:
        refused = who.session.verdict in ("refused", "away") and who.session.page == "workplace"
        empty = {"type": "", "id": 0, "title": None, "url": who.installation.portal_url}
        return empty | {"state": who.session.verdict} if refused else None
    told = {"type": kind, "id": number, "url": card_url(who.installation.portal_url, kind, number)}
    try:
        found = card_of(who)
    except Problem:
        return told | {"title": None, "state": "away"}
    return told | {"title": found.card.title if found else None, "state": "open" if found else "gone"}


def _opens() -> dict[str, Any] | None:
    session = caller().session
    return {"chat": session.chat_id, "message": session.message_id} if session.chat_id else None
