"""Manual synchronization of directories and employees."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.storage.database import reading
from app.web import synchronize
from app.web.api.spec import Accepted, call
from app.web.caller import caller, portals, services
from bitrix_app.runtime import in_background


class Part(BaseModel):
    """One list: how many rows it has now, or why it could not be read."""

    name: str
    title: str
    side: Literal["bitrix24", "uis", "both"]
    count: int | None
    problem: str | None


class Sync(BaseModel):
    """The last run. `parts` grow while it is running; times are ISO 8601."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "done",
                    "percent": 100,
                    "started_at": "2026-01-12T07:24:00+00:00",
                    "finished_at": "2026-01-12T07:24:02+00:00",
                    "parts": [
                        {
                            "name": "users",
                            "title": "Пользователи",
                            "side": "bitrix24",
                            "count": 12,
                            "problem": None,
                        }
                    ],
                }
            ]
        }
    )

    state: Literal["never", "running", "done", "failed"]
    percent: int = Field(ge=0, le=100, description="how far a run is that is under way")
    started_at: str | None
    finished_at: str | None
    parts: list[Part]


@call("POST", "/sync", answer=Accepted, status=202)
def start() -> Any:
    """Begin a run; one that is under way goes on."""
    installation_id = caller().installation_id
    house, client = services(), portals().client(installation_id)
    if synchronize.begin(house, installation_id):
        in_background(lambda: synchronize.run(house, client))
    return {"state": "running"}, 202


@call("GET", "/sync", answer=Sync)
def progress() -> Any:
    """How the last run went."""
    house, who = services(), caller()
    with house.sessions() as session:
        return synchronize.progress(reading(session), who.installation_id, house.clock.now(), who.lang)
