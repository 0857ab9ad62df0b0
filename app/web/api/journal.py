"""The journal: what happened to each conversation, and why. For administrators: it names clients."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update

from app.base.texts import text
from app.pipeline.retry import retry as retry_failed
from app.storage.database import reading
from app.storage.models import Conversation, Installation
from app.storage.queries import journal, outbox
from app.web import letters, why
from app.web.api.spec import Told, call
from app.web.caller import caller, services
from app.web.clients import client_of
from app.web.problems import Problem

State = Literal["waiting", "done", "filtered", "failed", "in_doubt"]
EntryId = Annotated[int, Field(ge=1, le=2**63 - 1)]
_ITEM: dict[str, Any] = {
    "id": 5,
    "conversation": "chat-2045",
    "kind": "chat",
    "state": "done",
    "problem": None,
    "problem_code": None,
    "client": "Покупатель, +79000000001",
    "entities": [
        {"type": "lead", "id": 81, "title": None, "url": "https://portal.example/crm/lead/details/81/"}
    ],
    "at": "2026-01-12T07:24:00+00:00",
}


class Filters(BaseModel):
    """What to show. `next` is that of the page before; `q` a part of the client's name, phone or e-mail."""

    state: list[State] | None = None
    kind: Literal["chat", "offline"] | None = None
    q: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] | None = None
    next: EntryId | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class CrmLink(BaseModel):
    """An entity of the CRM and its address in the portal."""

    type: Literal["lead", "deal", "contact", "company"]
    id: int
    title: str | None
    url: str


class Item(BaseModel):
    """One conversation. `problem_code` goes into a retry of all with this problem."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ITEM]})

    id: int
    conversation: str
    kind: str
    state: State
    problem: str | None
    problem_code: str | None
    client: str | None
    entities: list[CrmLink]
    at: datetime


class Page(BaseModel):
    """Newest first; `next` is null on the last page."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ITEM], "next": None}]})

    items: list[Item]
    next: int | None


class Line(BaseModel):
    """One line of the explanation."""

    text: str
    kind: str


class Step(BaseModel):
    """One order to the CRM and what became of it."""

    method: str
    step: str
    name: str
    state: str
    outcome: str
    result: int | None
    problem: str | None


class Letter(BaseModel):
    """A message between UIS and an open line that did not arrive. `id` goes into POST /open_lines/letters/again."""

    id: int
    to: Literal["line", "client", "portal"]
    kind: str
    state: Literal["waiting", "failed", "in_doubt"]
    text: str
    outcome: str
    problem: str | None
    at: datetime


class Letters(BaseModel):
    """How many messages arrived in the line and at the client, and those that did not."""

    to_line: int
    to_client: int
    open: list[Letter]


class Entry(Item):
    """One conversation in full."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _ITEM
                | {
                    "explanation": [{"kind": "first", "text": "Первое обращение"}],
                    "calls": [],
                    "events": 4,
                    "messages": 2,
                    "letters": {"to_line": 2, "to_client": 1, "open": []},
                }
            ]
        }
    )

    explanation: list[Line]
    calls: list[Step]
    events: int
    messages: int
    letters: Letters


class Again(Told):
    """Which entries to try again: these, or all with this problem."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": [5]}]})

    ids: Annotated[list[EntryId], Field(max_length=1000)] | None = None
    problem: Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")] | None = None


class Count(BaseModel):
    """How many entries were changed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 1}]})

    count: int


@call("GET", "/journal", answer=Page, open_to="admin")
def entries(query: Filters) -> Any:
    """Conversations, newest first."""
    who = caller()
    with services().sessions() as session:
        rows = journal.page(
            reading(session), who.installation_id, before=query.next, limit=query.limit + 1,
            states=query.state or (), kind=query.kind, client=(query.q or "").strip() or None,
        )  # fmt: skip
        shown = rows[: query.limit]
        troubled = outbox.troubled(session, who.installation_id, [row.id for row in shown])
    more = shown[-1].id if len(rows) > query.limit else None
    items = [_item(row, who.installation, who.lang, troubled=troubled) for row in shown]
    return {"items": items, "next": more}


@call("GET", "/journal/<int:entry_id>", answer=Entry, open_to="admin", fails=(404,))
def entry(entry_id: int) -> Any:
    """One conversation with its explanation and its calls."""
    who = caller()
    with services().sessions() as session:
        reading(session)
        row = journal.entry(session, who.installation_id, entry_id) if entry_id < 2**63 else None
        if row is None:
            raise Problem(404, "http_404")
        plans = journal.plans(session, row.id)
        messages = journal.message_count(session, row.id)
        carried = letters.summary(outbox.of_conversations(session, [row.id]), who.lang)
        troubled = outbox.troubled(session, who.installation_id, [row.id])
    return _item(row, who.installation, who.lang, why.made_titles(plans), troubled) | {
        "explanation": why.explanation(row, plans, who.lang),
        "calls": why.calls(plans, who.lang),
        "events": row.changed,
        "messages": messages,
        "letters": carried,
    }


@call("POST", "/journal/retry", answer=Count)
def retry(json: Again) -> Any:
    """Try failed entries again. Repeating the call changes nothing; what is in doubt is never sent again."""
    if (json.ids is None) == (json.problem is None):
        raise Problem(422, "ids_or_problem")
    house, installation_id = services(), caller().installation_id
    with house.sessions.begin() as session:
        ids = json.ids or journal.ids_with_problem(session, installation_id, json.problem or "")
        count = retry_failed(session, installation_id, ids, house.clock.now())
        sent = letters.again(session, installation_id, ids, house.clock.now())
    house.wake(installation_id)
    house.wake.mail(installation_id)
    return {"count": count or sent}


@call("POST", "/journal/set_aside", answer=Count)
def set_aside() -> Any:
    """Leave the backlog that waits now alone: it is not worked through when Main is switched on again."""
    house, installation_id = services(), caller().installation_id
    now = house.clock.now()
    waiting = (Conversation.installation_id == installation_id) & (Conversation.state == "waiting")
    with house.sessions.begin() as session:
        session.get_one(Installation, installation_id).set_aside_at = now
        query = (
            update(Conversation)
            .where(waiting, Conversation.decided < 0)
            .values(state="filtered", reason="set_aside", due_at=None, updated_at=now)
            .returning(Conversation.id)
        )
        count = len(session.scalars(query).all())
        letters.set_aside(session, installation_id, now)
    return {"count": count}


def _item(
    row: Conversation, installation: Installation, lang: str, titles: dict[str, str] | None = None,
    troubled: Mapping[int, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    found = row.ledger.get("entities", {})
    links = [
        {
            "type": kind,
            "id": number,
            "title": (titles or {}).get(kind) or None,
            "url": f"{installation.portal_url}/crm/{kind}/details/{number}/",
        }
        for kind, number in found.items()
    ]
    return {
        "id": row.id,
        "conversation": f"{row.kind}-{row.source_id}",
        "kind": row.kind,
        "state": _state(row, (troubled or {}).get(row.id)),
        "problem": why.problem(row, lang) or _troubled(row, troubled, lang),
        "problem_code": row.problem,
        "client": client_of(row),
        "entities": links,
        "at": (row.started_at or row.created_at).isoformat(),
    }


def _state(row: Conversation, troubled: str | None) -> str:
    """That of the conversation; where nothing is wrong with it, that of its messages between UIS and a line."""
    return row.state if row.state in ("failed", "in_doubt") or troubled is None else troubled


def _troubled(row: Conversation, troubled: Mapping[int, str] | None, lang: str) -> str | None:
    state = (troubled or {}).get(row.id)
    return text(f"letter.trouble.{state}", lang) if state else None
