"""One conversation in full: its time line, and the same as lists of reasons and of calls."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.storage.database import reading
from app.storage.models import Installation
from app.storage.queries import directory, inbox, journal, outbox
from app.uis.keys import beginnings
from app.web import letters
from app.web.api.journal import ITEM, CrmLink, Item, Line, card, item
from app.web.api.spec import call
from app.web.caller import caller, services
from app.web.journal import why
from app.web.journal.timeline import Moment, Story, decided, in_order
from app.web.journal.timeline_events import heard
from app.web.problems import Problem

MOST_MESSAGES = 300
MOST_EVENTS = 1_000
_MOMENT: dict[str, Any] = {
    "at": "2026-01-12T07:24:02+00:00",
    "said_at": "2026-01-12T07:24:00+00:00",
    "kind": "message",
    "source": "callback",
    "title": "Клиент",
    "text": "Здравствуйте",
    "author": "visitor",
    "state": "done",
    "problem": None,
    "method": None,
    "lines": [],
    "link": None,
}


class Step(BaseModel):
    """One order to the CRM and what became of it."""

    method: str
    step: str
    name: str
    state: str
    outcome: str
    result: int | None
    problem: str | None


class Point(BaseModel):
    """One point of the time line, which is in the order of what happened. `at`: when we heard of it or did it;
    `said_at`: when it happened.

    `lines` are the reasons of a decision, `state` the outcome of a call, `link` what a call made.
    """

    at: datetime
    said_at: datetime | None
    kind: Literal["event", "message", "decision", "call"]
    source: Literal["callback", "report", "rules", "crm"]
    title: str
    text: str
    author: Literal["visitor", "operator", "system"] | None
    state: str
    problem: str | None
    method: str | None
    lines: list[Line]
    link: CrmLink | None


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
                ITEM
                | {
                    "explanation": [{"kind": "first", "text": "Первое обращение"}],
                    "calls": [],
                    "events": 4,
                    "messages": 2,
                    "letters": {"to_line": 2, "to_client": 1, "open": []},
                    "timeline": [_MOMENT],
                }
            ]
        }
    )

    explanation: list[Line]
    calls: list[Step]
    events: int
    messages: int
    letters: Letters
    timeline: list[Point]


@call("GET", "/journal/<int:entry_id>", answer=Entry, open_to="admin", fails=(404,))
def entry(entry_id: int) -> Any:
    """One conversation: what came in, the decision with its reasons, the calls with their answers."""
    story, messages, sent, troubled = _story(entry_id)
    row, plans, installation = story.row, story.plans, caller().installation
    moments = in_order([*heard(story), *decided(story)])
    return item(row, installation, story.lang, why.made_titles(plans), troubled) | {
        "explanation": why.explanation(row, plans, story.lang),
        "calls": why.calls(plans, story.lang),
        "events": row.changed,
        "messages": messages,
        "letters": sent,
        "timeline": [_point(moment, installation) for moment in moments],
    }


def _story(entry_id: int) -> tuple[Story, int, dict[str, Any], dict[int, str]]:
    """What is told of an entry, how many messages it has, what became of its letters. Raises Problem (404)."""
    who = caller()
    with services().sessions() as session:
        reading(session)
        row = journal.entry(session, who.installation_id, entry_id) if entry_id < 2**63 else None
        if row is None:
            raise Problem(404, "http_404")
        said = journal.messages(session, row.id, MOST_MESSAGES)
        keys = beginnings(row.kind, row.source_id, row.visitor_id, [one.message_id for one in said])
        story = Story(
            row=row, plans=journal.plans(session, row.id), messages=said,
            arrived=inbox.beginning(session, who.installation_id, keys, MOST_EVENTS),
            operators={one.uis_id: one.full_name for one in directory.employees(session, who.installation_id)},
            lang=who.lang,
        )  # fmt: skip
        sent = letters.summary(outbox.of_conversations(session, [row.id]), who.lang)
        troubled = outbox.troubled(session, who.installation_id, [row.id])
        return story, journal.message_count(session, row.id), sent, troubled


def _point(moment: Moment, installation: Installation) -> dict[str, Any]:
    link = None
    if moment.made:
        kind, number = moment.made
        link = {"type": kind, "id": number, "title": None, "url": card(installation, kind, number)}
    return {
        "at": moment.at.isoformat(),
        "said_at": moment.said_at.isoformat() if moment.said_at else None,
        "kind": moment.kind,
        "source": moment.source,
        "title": moment.title,
        "text": moment.text,
        "author": moment.author,
        "state": moment.state,
        "problem": moment.problem,
        "method": moment.method,
        "lines": list(moment.lines),
        "link": link,
    }
