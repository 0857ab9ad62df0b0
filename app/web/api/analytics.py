"""End-to-end analytics of Open Lines: the daily report, its dialogs, and sending again."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.settings import FieldError
from app.pipeline.analytics.view import settings_of
from app.storage.database import reading
from app.storage.queries import analytics
from app.storage.queries.analytics_report import Chosen, page
from app.uis.reports.chat_rows import zone
from app.web.analytics_report import STATES, Names, dialog_row, report
from app.web.api.spec import Told, call
from app.web.caller import Caller, caller, services
from app.web.checks.analytics import notes
from app.web.checks.looks import Look
from app.web.problems import Problem, field_messages

MOST_DAYS = 92
USUAL_DAYS = 7
Code = Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")]
DialogId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Group = Literal["uploaded", "refused", "waiting", "missing", "nothing"]

_COUNTS: dict[str, Any] = {
    "dialogs": 12, "uploaded": 9, "refused": 2, "waiting": 1, "missing": 0, "nothing": 3, "with_session": 7,
    "completeness": 0.75,
}  # fmt: skip
_ROW: dict[str, Any] = {
    "line_id": 1,
    "line": "Открытая линия",
    "connector": "livechat",
    "connector_title": "Онлайн-чат",
} | _COUNTS
_REASON: dict[str, Any] = {
    "reason": "no_contact", "problem": None, "state": "refused", "count": 2,
    "text": "У клиента нет ни телефона, ни почты",
}  # fmt: skip
_DIALOG: dict[str, Any] = {
    "id": 31, "session_id": 321, "day": "2026-01-12", "at": "2026-01-12T07:24:00+00:00", "line": "Открытая линия",
    "connector": "Онлайн-чат", "messages": 6, "state": "uploaded", "reason": None, "problem": None,
    "text": "Источник известен по визиту на сайт", "tier": "session", "uis_chat_id": 53_000_117,
    "uploaded_at": "2026-01-12T08:40:00+00:00",
    "entities": [{"type": "lead", "id": 81, "url": "https://portal.example/crm/lead/details/81/"}],
}  # fmt: skip
_REPORT: dict[str, Any] = {
    "from": "2026-01-12", "to": "2026-01-12", "enabled": True, "totals": _COUNTS,
    "days": [{"day": "2026-01-12"} | _COUNTS | {"rows": [_ROW]}], "reasons": [_REASON],
    "connectors": [
        {"connector": "livechat", "title": "Онлайн-чат", "dialogs": 12, "with_session": 7, "share": 0.58}
    ],
    "notes": [{"state": "warning", "text": "Сессий с сайта стало меньше"}],
}  # fmt: skip


class Period(BaseModel):
    """Days, both inclusive, in the time zone of the UIS account; without `from` the last `days` of them."""

    model_config = ConfigDict(populate_by_name=True)

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = USUAL_DAYS


class Counts(BaseModel):
    """Dialogs by what became of them; `nothing` are beside `dialogs`. `completeness`: share that UIS has."""

    dialogs: int
    uploaded: int
    refused: int
    waiting: int
    missing: int
    nothing: int
    with_session: int
    completeness: float | None


class Row(Counts):
    """One line and channel of a day."""

    line_id: int
    line: str
    connector: str
    connector_title: str


class Day(Counts):
    """One day."""

    day: date
    rows: list[Row]


class ReasonRow(BaseModel):
    """Why dialogs are not in UIS. `reason` and `problem` go into sending again."""

    reason: str
    problem: str | None
    state: Group
    text: str
    count: int


class Capture(BaseModel):
    """How many dialogs of a channel came with the visitor's session."""

    connector: str
    title: str
    dialogs: int
    with_session: int
    share: float


class Note(BaseModel):
    """What is wrong with analytics as a whole."""

    state: Literal["warning", "broken"]
    text: str


class Report(BaseModel):
    """The report of a period; days newest first, every day is there."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [_REPORT]})

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    enabled: bool
    totals: Counts
    days: list[Day]
    reasons: list[ReasonRow]
    connectors: list[Capture]
    notes: list[Note]


class Card(BaseModel):
    """A card of the CRM."""

    type: Literal["lead", "deal", "contact", "company"]
    id: int
    url: str


class Dialog(BaseModel):
    """One session of an open line. `tier`: session, messenger or default; `text` says why it is where it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DIALOG]})

    id: int
    session_id: int
    day: date
    at: datetime
    line: str
    connector: str
    messages: int
    state: Group
    reason: str | None
    problem: str | None
    text: str
    tier: str | None
    uis_chat_id: int | None
    uploaded_at: datetime | None
    entities: list[Card]


class Dialogs(BaseModel):
    """Newest first; `next` is null on the last page."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_DIALOG], "next": None}]})

    items: list[Dialog]
    next: int | None


class Filters(Period):
    """Which dialogs; `next` is that of the page before."""

    line: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    connector: Code | None = None
    state: Group | None = None
    reason: Code | None = None
    next: DialogId | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Again(Told):
    """Dialogs to send again: these, or all with this reason (and problem)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "no_contact"}]})

    ids: Annotated[list[DialogId], Field(max_length=1000)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")] | None = None
    problem: Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00]*$")] | None = None


class Count(BaseModel):
    """How many dialogs are sent again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 2}]})

    count: int


@call("GET", "/analytics/report", answer=Report)
def read_report(query: Period) -> Any:
    """Dialogs per day, line and channel: uploaded, refused and why, waiting, missing."""
    who, house = caller(), services()
    with house.sessions() as session:
        reading(session)
        first, last = _period(query, who)
        look = Look(
            session=session,
            installation=who.installation,
            services=house,
            now=house.clock.now(),
            lang=who.lang,
        )
        told = report(session, who.installation, first, last, who.lang)
        enabled = settings_of(session, who.installation_id).enabled
        return told | {
            "from": first.isoformat(),
            "to": last.isoformat(),
            "enabled": enabled,
            "notes": notes(look),
        }


@call("GET", "/analytics/dialogs", answer=Dialogs)
def read_dialogs(query: Filters) -> Any:
    """Single dialogs behind the figures of the report."""
    who = caller()
    first, last = _period(query, who)
    chosen = Chosen(
        first=first.isoformat(), last=last.isoformat(), line_id=query.line, connector=query.connector,
        states=STATES[query.state] if query.state else (), reason=query.reason,
    )  # fmt: skip
    with services().sessions() as session:
        found = page(reading(session), who.installation_id, chosen, before=query.next, limit=query.limit + 1)
        names = Names(session, who.installation_id, who.lang)
    shown = found[: query.limit]
    items = [dialog_row(row, who.installation, names, who.lang) for row in shown]
    return {"items": items, "next": shown[-1].id if len(found) > query.limit else None}


@call("POST", "/analytics/send_again", answer=Count)
def send_again(json: Again) -> Any:
    """Try refused and missing dialogs once more; what UIS has already is not sent twice. Repeating changes nothing."""
    if (json.ids is None) == (json.reason is None):
        raise Problem(422, "ids_or_reason")
    house, installation_id = services(), caller().installation_id
    with house.sessions.begin() as session:
        count = analytics.send_again(
            session,
            installation_id,
            house.clock.now(),
            ids=json.ids or (),
            reason=json.reason,
            problem=json.problem,
        )
    return {"count": count}


def _period(query: Period, who: Caller) -> tuple[date, date]:
    """Raises Problem (422) for a period that ends before it begins, or is too long."""
    today = services().clock.now().astimezone(zone(who.installation.timezone)).date()
    last = query.last or max(today, query.first or today)
    first = query.first or last - timedelta(days=query.days - 1)
    if first > last:
        raise Problem(422, "not_valid", errors=field_messages([FieldError("to", "period_backwards")]))
    if (last - first).days >= MOST_DAYS:
        error = FieldError("from", "period_too_long", {"days": MOST_DAYS})
        raise Problem(422, "not_valid", errors=field_messages([error]))
    return first, last
