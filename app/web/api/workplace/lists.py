"""Lists of conversations: of the card's client, of the operator, of everybody, of those who wait, of a search."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app.rules.search_words import sought
from app.storage.database import reading
from app.storage.models import Conversation
from app.storage.queries import desk as queries
from app.storage.queries import desk_search
from app.storage.queries.desk import Place
from app.web.api.spec import call
from app.web.api.workplace.shapes import Box, ChatPage, Who
from app.web.caller import services
from app.web.desk import people, rights
from app.web.desk.rows import rows
from app.web.problems import Problem

ChatId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Wanted(BaseModel):
    """What to show. `q`: a name, a phone, an e-mail, the number of a chat, or words that were said in it, in the lists
    that are of no card; of words their beginnings, in any order, capitals or not.

    `ids`: just these again, as far as the list may show them; `next` is that of the page before.
    """

    box: Box = "all"
    q: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] | None = None
    ids: Annotated[list[ChatId], Field(max_length=200)] | None = None
    next: Annotated[str, Field(max_length=40, pattern=r"^\d{1,17}-\d{1,18}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class Colleague(Who):
    """An operator to whom a chat can be handed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Марина",
                    "user_id": 7,
                    "employee_id": 367852,
                    "photo": None,
                    "position": "Менеджер",
                    "me": True,
                }
            ]
        }
    )

    position: str | None
    me: bool


@call("GET", "/workplace/chats", answer=ChatPage, open_to="user", fails=(403, 503))
def chats(query: Wanted) -> Any:
    """One page of a list. The card's client has conversations of every kind, all other lists are of chats."""
    keys = rights.card_keys() if query.box == "card" else frozenset[str]()
    now = services().clock.now()
    with services().sessions() as session:
        here = rights.desk(reading(session)) if query.box == "card" else rights.lists(reading(session))
        wanted = sought(_asked(query))
        if query.ids is not None:
            found = _again(session, here, keys, query.ids)
            return {"items": rows(session, here, found, now, wanted), "next": None}
        page = _page(session, here, keys, query)
        shown = page[: query.limit]
        more = _place(query, shown[-1]) if len(page) > query.limit else None
        return {"items": rows(session, here, shown, now, wanted), "next": more}


def _page(session: Session, here: rights.Desk, keys: frozenset[str], query: Wanted) -> list[Conversation]:
    after, most = _after(query.next), query.limit + 1
    if query.box == "card":
        return list(queries.of_keys(session, here.installation_id, keys, after, most))
    operators: set[int | None] | None = None
    if query.box == "mine":
        operators = {here.person.employee_id} - {None}
    elif not here.person.everything:
        operators = {*here.person.operators(), None}
    if asked := _asked(query):
        wanted = desk_search.Wanted(
            words=sought(asked), number=_number(asked), operators=operators, waiting=query.box == "unanswered"
        )
        return list(desk_search.found(session, here.installation_id, wanted, after, most))
    read = queries.unanswered if query.box == "unanswered" else queries.newest
    return list(read(session, here.installation_id, operators, after, most))


def _asked(query: Wanted) -> str:
    """What is looked for; a card is not searched."""
    return (query.q or "").strip() if query.box != "card" else ""


def _number(asked: str) -> int | None:
    """The number of a chat, where it can be one."""
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else None


def _again(session: Session, here: rights.Desk, keys: frozenset[str], ids: list[int]) -> list[Conversation]:
    found = queries.by_ids(session, here.installation_id, ids)
    if not keys:
        return [row for row in found if row.kind == "chat" and here.person.sees(row.operator_id)]
    held = queries.keys_of(session, [row.id for row in found])
    return [row for row in found if held[row.id] & keys]


def _after(cursor: str | None) -> Place | None:
    """A cursor is the moment in microseconds and the number of the last row."""
    if cursor is None:
        return None
    moment, _, number = cursor.partition("-")
    try:
        at = datetime.fromtimestamp(int(moment) / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        raise Problem(422, "not_valid") from None
    return Place(at, int(number))


def _place(query: Wanted, row: Conversation) -> str:
    moment = row.waits_since if query.box == "unanswered" else row.last_at
    assert moment is not None
    return f"{round(moment.timestamp() * 1_000_000)}-{row.id}"


@call("GET", "/workplace/colleagues", answer=list[Colleague], open_to="user", fails=(403,))
def colleagues() -> Any:
    """Operators to whom a chat can be handed."""
    with services().sessions() as session:
        here = rights.desk(reading(session))
        return [
            row | {"me": row["employee_id"] == here.person.employee_id}
            for row in people.operators(session, here.installation_id)
        ]
