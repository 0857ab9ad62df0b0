"""Who is away: for them the substitute is responsible."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app.domain.settings import FieldError
from app.storage.queries import absences, directory
from app.web.api.spec import Told, call
from app.web.caller import caller, services
from app.web.problems import Problem, field_messages


class Absence(BaseModel):
    """A user and the last day on which he is away, null: he is there."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user_id": 7, "until": "2026-12-05"}]})

    user_id: int
    until: str | None


class Away(Told):
    """The last day of the absence in the portal's calendar; null ends it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"until": "2026-12-05"}]})

    until: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None


@call("PUT", "/users/<int:user_id>/absence", answer=Absence, fails=(404,))
def away(user_id: int, json: Away) -> Any:
    """Say that a user is away until a day, or back."""
    day = _day(json.until)
    installation_id = caller().installation_id
    with services().sessions.begin() as session:
        _known(session, installation_id, user_id)
        days = {
            number: last
            for number, last in absences.until(session, installation_id).items()
            if number != user_id
        }
        if day is not None:
            days[user_id] = day
        absences.keep(session, installation_id, days, services().clock.now())
    return {"user_id": user_id, "until": json.until}


def _day(given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise Problem(
            422, "not_valid", errors=field_messages([FieldError("until", "not_a_day", {})])
        ) from None


def _known(session: Session, installation_id: int, user_id: int) -> None:
    users = directory.items(session, installation_id, "users") or []
    if all(int(user["id"]) != user_id for user in users):
        raise Problem(404, "http_404")
