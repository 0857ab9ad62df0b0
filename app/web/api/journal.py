"""The journal: what happened to each conversation. For administrators: it names clients."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app.base.texts import text
from app.domain.facts import fact
from app.rules.search_words import sought
from app.storage.database import reading
from app.storage.models import Conversation, Installation
from app.storage.queries import journal, outbox
from app.uis.reports.chat_rows import zone
from app.web.api.spec import call
from app.web.caller import Caller, caller, services
from app.web.clients import client_of
from app.web.journal import why

State = Literal["waiting", "done", "filtered", "failed", "in_doubt"]
EntryId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Code = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(9998, 1, 1)
ITEM: dict[str, Any] = {
    "id": 5,
    "conversation": "chat-2045",
    "kind": "chat",
    "state": "done",
    "problem": None,
    "problem_code": None,
    "client": "Покупатель, +7 900 000-00-01",
    "channel": "WhatsApp отдела продаж",
    "entities": [
        {"type": "lead", "id": 81, "title": None, "url": "https://portal.example/crm/lead/details/81/"}
    ],
    "at": "2026-01-12T07:24:00+00:00",
}


class Filters(BaseModel):
    """What to show. `next` is that of the page before.

    `q`: words of the client's name, a phone or an e-mail by their beginnings, the last digits of a phone, the
    number of a chat. `since` and `until` are days of the portal's time zone, both included.
    """

    state: list[State] | None = None
    kind: Literal["chat", "offline"] | None = None
    channel: EntryId | None = None
    problem: Code | None = Field(default=None, description="`problem_code` of an entry")
    q: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] | None = None
    since: date | None = None
    until: date | None = None
    ids: Annotated[list[EntryId], Field(max_length=200)] | None = None
    next: Annotated[str, Field(pattern=r"^\d{1,16}\.\d{1,18}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class CrmLink(BaseModel):
    """An entity of the CRM and its address in the portal."""

    type: Literal["lead", "deal", "contact", "company"]
    id: int
    title: str | None
    url: str


class Item(BaseModel):
    """One conversation. `problem_code` goes into a retry of all with this problem; `at` is when it began."""

    model_config = ConfigDict(json_schema_extra={"examples": [ITEM]})

    id: int
    conversation: str
    kind: Literal["chat", "offline"]
    state: State
    problem: str | None
    problem_code: str | None
    client: str | None
    channel: str | None
    entities: list[CrmLink]
    at: datetime


class Page(BaseModel):
    """Those that began last come first; `next` is null on the last page."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [ITEM], "next": None}]})

    items: list[Item]
    next: str | None


class Line(BaseModel):
    """One line of the explanation."""

    text: str
    kind: str


class Trouble(BaseModel):
    """A problem and how many conversations wait for a person because of it."""

    code: str
    text: str
    count: int


class Troubles(BaseModel):
    """Problems, the most frequent first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {"code": "0b4f6c1d9a7e2f35", "text": "Лид: Заполните поле «Источник»", "count": 12}
                    ]
                }
            ]
        }
    )

    items: list[Trouble]


@call("GET", "/journal", answer=Page, open_to="admin")
def entries(query: Filters) -> Any:
    """Conversations, those that began last first."""
    who = caller()
    with services().sessions() as session:
        wanted = _wanted(reading(session), who, query)
        rows = journal.page(
            session, who.installation_id, wanted, after=_place(query.next), limit=query.limit + 1
        )
        shown = rows[: query.limit]
        troubled = outbox.troubled(session, who.installation_id, [row.id for row in shown])
    more = _cursor(shown[-1]) if len(rows) > query.limit else None
    return {
        "items": [item(row, who.installation, who.lang, troubled=troubled) for row in shown],
        "next": more,
    }


def _wanted(session: Session, who: Caller, asked: Filters) -> journal.Wanted:
    text = (asked.q or "").strip()
    timezone, day_after = (
        who.installation.timezone,
        asked.until and min(asked.until, LAST_DAY) + timedelta(days=1),
    )
    return journal.Wanted(
        ids=asked.ids, states=asked.state or (), kind=asked.kind, channel_id=asked.channel,
        words=sought(text) if text else None,
        number=int(text) if text.isdecimal() and len(text) < 19 else None,
        problems=stored(session, who, asked.problem) if asked.problem else None,
        since=begins(asked.since, timezone) if asked.since else None,
        until=begins(day_after, timezone) if day_after else None,
    )  # fmt: skip


def begins(day: date, timezone: str) -> datetime:
    """The first moment of a day, as that time zone counts days. Days that no calendar of ours has are brought near."""
    near = min(max(day, FIRST_DAY), LAST_DAY)
    return datetime(near.year, near.month, near.day, tzinfo=zone(timezone)).astimezone(UTC)


def _cursor(row: Conversation) -> str:
    """`next`: microseconds since 1970 and the id."""
    return f"{(began(row) - EPOCH) // timedelta(microseconds=1)}.{row.id}"


def _place(cursor: str | None) -> journal.Place | None:
    if cursor is None:
        return None
    moment, _, number = cursor.partition(".")
    return journal.Place(EPOCH + timedelta(microseconds=int(moment)), int(number))


def stored(session: Session, who: Caller, code: str) -> Collection[str]:
    """The stored problems of a code."""
    return [text for text in journal.problems(session, who.installation_id) if why.problem_code(text) == code]


@call("GET", "/journal/problems", answer=Troubles, open_to="admin")
def problems() -> Any:
    """What is wrong with those that wait for a person, and with how many."""
    who = caller()
    with services().sessions() as session:
        told = journal.problems(reading(session), who.installation_id)
    found: dict[str, dict[str, Any]] = {}
    for stored_text, count in told.items():
        code = why.problem_code(stored_text)
        words = why.problem(stored_text, who.lang)
        found.setdefault(code, {"code": code, "text": words, "count": 0})["count"] += count
    return {"items": sorted(found.values(), key=lambda one: (-one["count"], one["text"]))}


def began(row: Conversation) -> datetime:
    """When a conversation began, as far as it is known."""
    return row.started_at or row.created_at


def item(
    row: Conversation, installation: Installation, lang: str, titles: dict[str, str] | None = None,
    troubled: Mapping[int, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One row of the list. `troubled`: conversations with letters that need a person (`outbox.troubled`)."""
    found = row.ledger.get("entities", {})
    channel = (
        fact(row.facts, "chat.channel_name") if row.kind == "chat" else fact(row.facts, "request.form_name")
    )
    return {
        "id": row.id,
        "conversation": f"{row.kind}-{row.source_id}",
        "kind": row.kind,
        "state": _state(row, (troubled or {}).get(row.id)),
        "problem": why.problem(row.problem, lang) or _troubled(row, troubled, lang),
        "problem_code": why.problem_code(row.problem) if row.problem else None,
        "client": client_of(row),
        "channel": str(channel) if channel else None,
        "entities": [
            {
                "type": kind,
                "id": number,
                "title": (titles or {}).get(kind) or None,
                "url": card(installation, kind, number),
            }
            for kind, number in found.items()
        ],
        "at": began(row).isoformat(),
    }


def card(installation: Installation, kind: str, number: int) -> str:
    """The address of a card in the portal."""
    return f"{installation.portal_url}/crm/{kind}/details/{number}/"


def _state(row: Conversation, troubled: str | None) -> str:
    """That of the conversation; where nothing is wrong with it, that of its messages between UIS and a line."""
    return row.state if row.state in ("failed", "in_doubt") or troubled is None else troubled


def _troubled(row: Conversation, troubled: Mapping[int, str] | None, lang: str) -> str | None:
    state = (troubled or {}).get(row.id)
    return text(f"letter.trouble.{state}", lang) if state else None
