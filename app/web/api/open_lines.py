"""Open lines: their state, making one, repairs, letters that need a person."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.mail import LetterState
from app.storage.database import reading
from app.storage.models import OpenLine
from app.storage.queries import lines as rows
from app.web import lines_work
from app.web import open_lines as words
from app.web.api.spec import Accepted, Told, call
from app.web.caller import caller, portals, services
from app.web.problems import Problem
from bitrix_app.errors import BitrixError, Later, NoAnswer, Parked
from bitrix_app.open_lines.repair import make_line
from bitrix_app.words import problem_of, words_of

LineId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Repair = Literal["switch_on", "line_on", "crm_off", "repeat_off", "own_line"]
_PROBLEM: dict[str, Any] = {
    "code": "repeat_leads",
    "level": "warning",
    "text": "Линия создаёт повторные лиды",
    "repair": "repeat_off",
    "repair_text": "Выключить повторные лиды",
}
_LINE: dict[str, Any] = {
    "id": 3,
    "name": "Поддержка",
    "active": True,
    "state": "on",
    "state_text": "Работает",
    "channels": [{"id": 740805, "name": "WhatsApp"}],
    "others": [],
    "problems": [_PROBLEM],
    "checked_at": "2026-01-12T07:24:00+00:00",
}
_OVERVIEW: dict[str, Any] = {
    "enabled": True,
    "state": "idle",
    "checked_at": "2026-01-12T07:24:00+00:00",
    "problem": None,
    "lines": [_LINE],
    "channels": [{"id": 740805, "name": "WhatsApp", "type": "whatsapp", "joined": True, "line_id": 3}],
    "letters": {"waiting": 0, "failed": 0, "in_doubt": 0},
}


class Finding(BaseModel):
    """What is wrong with a line; `repair` goes into POST /open_lines/repair, `repair_text` labels its button."""

    code: str
    level: Literal["notice", "warning", "broken"]
    text: str
    repair: Repair | None
    repair_text: str | None


class ChannelName(BaseModel):
    """A channel of UIS that is in a line."""

    id: int
    name: str


class Line(BaseModel):
    """An open line. `state`: where our connector stands there; `others`: connectors that are on beside it."""

    id: int
    name: str
    active: bool
    state: Literal["off", "joining", "on", "stopped", "leaving", "gone"]
    state_text: str
    channels: list[ChannelName]
    others: list[str]
    problems: list[Finding]
    checked_at: str | None


class Channel(BaseModel):
    """A channel of UIS, and the line that it is joined to. `joined`: whether it is connected to the application."""

    id: int
    name: str
    type: str
    joined: bool
    line_id: int | None


class Letters(BaseModel):
    """Messages between UIS and lines: on their way, refused, and those of which nobody knows whether they arrived."""

    waiting: int
    failed: int
    in_doubt: int


class Overview(BaseModel):
    """All lines. `state`: whether they are just being compared with the settings; times are ISO 8601."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OVERVIEW]})

    enabled: bool
    state: Literal["idle", "running"]
    checked_at: str | None
    problem: str | None
    lines: list[Line]
    channels: list[Channel]
    letters: Letters


class NewLine(Told):
    """A line to be made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Чаты UIS"}]})

    name: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]


class MadeLine(BaseModel):
    """The line of that name. `made`: false when there was one already."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": 3, "name": "Чаты UIS", "made": True}]})

    id: int
    name: str
    made: bool


class Repairing(Told):
    """Which repair of which line; the codes stand with the problems of the lines."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"line_id": 3, "repair": "repeat_off"}]})

    line_id: LineId
    repair: Repair


class Again(Told):
    """Letters to be sent again. Those in doubt only when `doubts` says that a person has asked the client."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": [81], "doubts": False}]})

    ids: Annotated[list[LineId], Field(min_length=1, max_length=1000)]
    doubts: bool = False


class Count(BaseModel):
    """How many letters leave again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 1}]})

    count: int


@call("GET", "/open_lines", answer=Overview)
def read() -> Any:
    """Lines with channels and problems as they were seen last; what is older than a minute is looked at anew."""
    who = caller()
    lines_work.look(who.installation_id)
    with services().sessions() as session:
        return words.overview(reading(session), who.installation, who.lang)


@call("POST", "/open_lines/lines", answer=MadeLine, status=201, fails=(502, 503))
def make(json: NewLine) -> Any:
    """Make a line, or take the one of exactly this name."""
    who, name = caller(), json.name.strip()
    try:
        number, made = make_line(services(), portals().client(who.installation_id), name, who.session.user_id)
    except BitrixError as error:
        raise _refused(error) from None
    with services().sessions.begin() as session:
        rows.remember(session, who.installation_id, number, name)
    lines_work.begin(who.installation_id)
    return {"id": number, "name": name, "made": made}, 201


@call("POST", "/open_lines/repair", answer=Accepted, status=202, fails=(404,))
def repair(json: Repairing) -> Any:
    """Begin a repair; its outcome shows in the lines."""
    who = caller()
    with services().sessions() as session:
        known = session.query(OpenLine.id).filter_by(
            installation_id=who.installation_id, line_id=json.line_id
        )
        if known.first() is None:
            raise Problem(404, "http_404")
    lines_work.repair(who.installation_id, json.line_id, json.repair, who.session.user_id)
    return {"state": "running"}, 202


@call("POST", "/open_lines/letters/again", answer=Count)
def again(json: Again) -> Any:
    """Send letters again, in the order in which they were written. Repeating the call changes nothing."""
    states = {LetterState.FAILED, *((LetterState.IN_DOUBT,) if json.doubts else ())}
    return {"count": lines_work.send_again(caller().installation_id, json.ids, states)}


def _refused(error: BitrixError) -> Problem:
    said = words_of(problem_of(error), caller().lang)
    away = isinstance(error, Later | NoAnswer | Parked)
    return Problem(503 if away else 502, "portal_away" if away else "portal_refused", detail=said)
