"""The import of history: chats and offline requests of the last days, rehearsed or for real."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from app.storage.database import reading
from app.uis.errors import UisError
from app.uis.reports import history
from app.web.api.spec import Accepted, Told, call
from app.web.api.uis import refusal
from app.web.caller import caller, services

EXAMPLE: JsonDict = {
    "state": "done",
    "rehearse": True,
    "days": 7,
    "started_at": "2026-01-12T07:24:00+00:00",
    "finished_at": "2026-01-12T07:24:02+00:00",
    "percent": 100,
    "chats": {"found": 12, "known": 11},
    "requests": {"found": 3, "known": 3},
    "items": [
        {
            "kind": "chat",
            "number": 23514,
            "began_at": "2026-01-11T12:00:00+00:00",
            "place": "Чат на сайте",
            "closed": True,
        }
    ],
    "problem": None,
}


class Counted(BaseModel):
    """`known`: those of `found` that are there already and are left alone."""

    found: int
    known: int


class Item(BaseModel):
    """One communication that comes in: `place` is its channel or form."""

    kind: Literal["chat", "offline"]
    number: int
    began_at: str | None
    place: str | None
    closed: bool


class History(BaseModel):
    """The last import. `items`: the newest hundred of what comes in; times are ISO 8601."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    state: Literal["never", "running", "done", "failed"]
    rehearse: bool
    days: int | None
    started_at: str | None
    finished_at: str | None
    percent: int
    chats: Counted
    requests: Counted
    items: list[Item]
    problem: str | None


class Wish(Told):
    """How many days back; `rehearse` only counts and lists."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 7, "rehearse": True}]})

    days: Annotated[int, Field(ge=1, le=365)]
    rehearse: bool = False


@call("POST", "/history", answer=Accepted, status=202, fails=(404,))
def start(json: Wish) -> Any:
    """Begin an import; one that is under way goes on."""
    try:
        history.begin(services(), caller().installation_id, json.days, rehearse=json.rehearse)
    except UisError as error:
        raise refusal(error) from None
    return {"state": "running"}, 202


@call("GET", "/history", answer=History, open_to="admin")
def progress() -> Any:
    """How the last import goes or went."""
    who = caller()
    with services().sessions() as session:
        return history.progress(reading(session), who.installation_id, who.lang)
