"""Rehearsal of draft settings on real conversations, and preview of a title; nothing is written, nothing asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.base.texts import text
from app.domain.settings import Communication, FieldError, SettingsError, defaults, parse
from app.domain.templates import problem_of
from app.pipeline.rehearsal import latest, rehearse_latest
from app.pipeline.snapshots import snapshots
from app.pipeline.view import load, with_fields
from app.rules.titles import TitleError, render
from app.storage.database import reading
from app.storage.models import Conversation
from app.web.api.journal import CrmLink, Line
from app.web.api.spec import Told, call
from app.web.caller import caller, services
from app.web.clients import client_of
from app.web.journal import rehearsed as words
from app.web.journal.invented import sample_facts
from app.web.problems import Problem, field_messages

SECTIONS = {"chats": "chat", "offline": "offline"}
MOST = 1_000
MOST_PREVIEWED = 50
Outcome = Literal["creates", "adds", "nothing", "filtered", "waits"]
_SIDE: dict[str, Any] = {
    "outcome": "creates",
    "text": "Создаётся: лид, дело",
    "communication": "first",
    "creates": [
        {"entity": "lead", "title": "Чат: Гость", "category_id": None, "stage_id": "NEW", "stage": "Новый"}
    ],
    "into": [],
    "responsible": {"id": 7, "name": "Ответственный Первый"},
    "transcript": ["lead"],
    "notified": True,
}
_ITEM: dict[str, Any] = {
    "id": 5,
    "conversation": "chat-2045",
    "client": "Покупатель, +7 900 000-00-01",
    "at": "2026-01-12T07:24:00+00:00",
    "asked": True,
    "draft": _SIDE,
    "published": _SIDE,
    "differences": [{"what": "stage", "title": "Стадия", "published": "NEW", "draft": "IN_PROCESS"}],
    "explanation": [{"kind": "first", "text": "Первое обращение"}],
}


class RehearseDraft(Told):
    """The draft, a whole document of the section, and on how many of the latest conversations to try it."""

    settings: dict[str, Any]
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50


class Creation(BaseModel):
    """Something that would be made. Of an activity only the kind is told. `stage`: what people call it."""

    entity: Literal["lead", "deal", "contact", "activity"]
    title: str | None
    category_id: int | None
    stage_id: str | None
    stage: str | None


class Assigned(BaseModel):
    """A user of the portal."""

    id: int
    name: str


class Side(BaseModel):
    """What would become of one conversation. `into`: what is found and used."""

    outcome: Outcome
    text: str
    communication: Literal["first", "repeat"] | None
    creates: list[Creation]
    into: list[CrmLink]
    responsible: Assigned | None
    transcript: list[str]
    notified: bool


class Changed(BaseModel):
    """One thing that the draft does otherwise, in words."""

    what: str
    title: str
    published: str
    draft: str


class RehearsedItem(BaseModel):
    """One conversation. `asked` false: the CRM was never asked about this client, so only earlier conversations
    tell whether it is a first one. `explanation` is that of the draft."""

    id: int
    conversation: str
    client: str | None
    at: datetime
    asked: bool
    draft: Side
    published: Side
    differences: list[Changed]
    explanation: list[Line]


class Rehearsals(BaseModel):
    """Newest first, with how many the draft treats otherwise and how many come to which outcome."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "total": 1,
                    "changed": 1,
                    "draft": {"creates": 1},
                    "published": {"creates": 1},
                    "items": [_ITEM],
                }
            ]
        }
    )

    total: int
    changed: int
    draft: dict[str, int]
    published: dict[str, int]
    items: list[RehearsedItem]


class PreviewTemplate(Told):
    """A Liquid template of a title and on how many of the latest conversations to show it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"template": 'Чат: {{ visitor.name | default: "Гость" }}', "limit": 5}]
        }
    )

    template: Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]
    limit: Annotated[int, Field(ge=1, le=MOST_PREVIEWED)] = 5


class Rendered(BaseModel):
    """The title of one conversation; with a problem the default title would be taken. `sample`: there is none yet,
    so an invented one (id 0) stands for it."""

    id: int
    sample: bool
    conversation: str | None
    client: str | None
    title: str | None
    problem: str | None


class Preview(BaseModel):
    """Newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "id": 5,
                            "sample": False,
                            "conversation": "chat-2045",
                            "client": "Покупатель",
                            "title": "Чат: Покупатель",
                            "problem": None,
                        }
                    ]
                }
            ]
        }
    )

    items: list[Rendered]


def _rehearse(section: str, json: RehearseDraft) -> dict[str, Any]:
    house, who = services(), caller()
    draft = _draft(section, json.settings)
    with house.sessions() as session:
        portal = load(reading(session), who.installation_id, house.config.settle, house.clock.now())
        assert portal is not None
        kind = SECTIONS[section]
        portal = with_fields(session, portal, (portal.settings_of(kind), draft))
        found = rehearse_latest(session, portal, kind, draft, json.limit, house.clock.now())
        stages = words.stage_titles(session, portal.id)
    items = [words.item(one, portal, stages, who.lang) for one in found]
    return {
        "total": len(items),
        "changed": sum(bool(one.differences) for one in found),
        "draft": words.counts(one.draft for one in found),
        "published": words.counts(one.published for one in found),
        "items": items,
    }


def _draft(section: str, given: Mapping[str, Any]) -> Communication:
    """The draft as if its section were on: it is rehearsed before it is switched on. Raises Problem (422)."""
    try:
        model = parse(section, dict(given))
    except SettingsError as error:
        raise Problem(422, "settings_refused", errors=field_messages(error.errors)) from None
    assert isinstance(model, Communication)
    return model.model_copy(update={"enabled": True})


def _preview(section: str, json: PreviewTemplate) -> dict[str, Any]:
    house, who = services(), caller()
    wrong = problem_of(json.template)
    if wrong is not None:
        params = {"line": wrong.line, "column": wrong.column, "reason": wrong.reason}
        errors = field_messages([FieldError("template", "template", params)])
        place = {"line": wrong.line, "column": wrong.column}
        raise Problem(422, "settings_refused", errors=errors, more={"place": place})
    with house.sessions() as session:
        portal = load(reading(session), who.installation_id, house.config.settle, house.clock.now())
        assert portal is not None
        rows = latest(session, portal.id, SECTIONS[section], json.limit)
        looks = snapshots(session, portal, rows)
    if not rows:
        return {"items": [_SAMPLE | _rendered(json.template, sample_facts(who.lang), who.lang)]}
    return {"items": [_of(row) | _rendered(json.template, looks[row.id].facts, who.lang) for row in rows]}


_SAMPLE: dict[str, Any] = {"id": 0, "sample": True, "conversation": None, "client": None}


def _of(row: Conversation) -> dict[str, Any]:
    named = f"{row.kind}-{row.source_id}"
    return {"id": row.id, "sample": False, "conversation": named, "client": client_of(row)}


def _rendered(template: str, facts: Mapping[str, Any], lang: str) -> dict[str, Any]:
    title, problem = None, None
    try:
        title = render(template, facts) or None
    except TitleError as error:
        problem = text("rehearsal.title_failed", lang, problem=error)
    if title is None and problem is None:
        problem = text("rehearsal.title_empty", lang)
    return {"title": title, "problem": problem}


def _declare(section: str) -> None:
    example: dict[str, Any] = {"settings": defaults(section), "limit": 50}
    config = ConfigDict(json_schema_extra={"examples": [example]})
    draft = type(f"Rehearse_{section}", (RehearseDraft,), {"model_config": config, "__module__": __name__})

    def rehearse(json: RehearseDraft) -> Any:
        return _rehearse(section, json)

    def preview(json: PreviewTemplate) -> Any:
        return _preview(section, json)

    rehearse.__annotations__["json"] = draft
    call("POST", f"/settings/{section}/rehearse", answer=Rehearsals)(rehearse)
    call("POST", f"/settings/{section}/preview", answer=Preview)(preview)


for _section in SECTIONS:
    _declare(_section)
