"""Health of the integration in words, and repairs."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.storage.database import reading
from app.web import synchronize
from app.web.api.spec import Accepted, Told, call
from app.web.caller import caller, portals, services
from app.web.checks import health as checks
from app.web.problems import Problem
from bitrix_app.runtime import in_background, match_in_background

State = Literal["ok", "warning", "broken"]


class Check(BaseModel):
    """One check; `repair` is the label of its button."""

    name: str
    state: State
    text: str
    repair: str | None


class Health(BaseModel):
    """The worst of the checks, and all of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "warning",
                    "checks": [
                        {"name": "uis", "state": "warning", "text": "UIS не подключён", "repair": None}
                    ],
                }
            ]
        }
    )

    state: State
    checks: list[Check]


class Repair(Told):
    """The check to repair."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "handlers"}]})

    name: Annotated[str, Field(min_length=1, max_length=64)]


@call("GET", "/health", answer=Health)
def read() -> Any:
    """Health of the integration."""
    who = caller()
    with services().sessions() as session:
        return checks.health(reading(session), who.installation, services(), who.lang)


@call("POST", "/health/repair", answer=Accepted, status=202, fails=(404,))
def repair(json: Repair) -> Any:
    """Begin a repair; its outcome shows in the checks."""
    if json.name not in checks.REPAIRS:
        raise Problem(404, "no_repair")
    house, installation_id = services(), caller().installation_id
    client = portals().client(installation_id)
    if json.name == "directories":
        if synchronize.begin(house, installation_id):
            in_background(lambda: synchronize.run(house, client))
    else:
        match_in_background(installation_id)
    return {"state": "running"}, 202
