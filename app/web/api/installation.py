"""Progress of the installation, for the installer page."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.storage.database import reading
from app.web.api.spec import Accepted, call
from app.web.caller import caller, services
from bitrix_app import steps
from bitrix_app.runtime import match_in_background

State = Literal["waiting", "running", "done", "failed"]


class InstallationStep(BaseModel):
    """One step; `text` says what is wrong and what to do about it."""

    name: str
    title: str
    state: State
    text: str


class Progress(BaseModel):
    """How far the portal matches what the application needs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "installing",
                    "steps": [
                        {"name": "tokens", "title": "Доступ к порталу", "state": "done", "text": ""},
                        {"name": "events", "title": "События", "state": "running", "text": ""},
                    ],
                    "can_install": True,
                }
            ]
        }
    )

    state: Literal["installing", "done", "failed"]
    steps: list[InstallationStep]
    can_install: bool


@call("GET", "/installation", answer=Progress)
def progress() -> Any:
    """Progress of the installation."""
    who = caller()
    with services().sessions() as session:
        found = steps.progress(reading(session), who.installation_id, who.lang)
    return {**found, "can_install": who.admin}


@call("POST", "/installation/retry", answer=Accepted, status=202)
def retry() -> Any:
    """Run all steps again; each finds what is there already."""
    match_in_background(caller().installation_id)
    return {"state": "running"}, 202
