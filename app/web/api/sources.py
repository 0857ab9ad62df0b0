"""Sources of the CRM for the channels of UIS: what a lead or deal says it came from."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from app.base.texts import catalogue, text
from app.rules.advertising import OFFLINE_SOURCE, source_of_type
from app.storage.database import reading
from app.storage.models import UisChannel, UisConnection
from app.web.api.spec import call
from app.web.caller import caller, portals, services
from app.web.problems import Problem
from bitrix_app.errors import BitrixError
from bitrix_app.sources import known, make_sources
from bitrix_app.words import problem_of, words_of


class SourceRow(BaseModel):
    """One source: its code, its name, whether the portal has it, and why it could not be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "UIS_WHATSAPP", "title": "UIS: WhatsApp", "made": True, "problem": None}]
        }
    )

    id: str
    title: str
    made: bool
    problem: str | None


@call("GET", "/sources", answer=list[SourceRow])
def sources() -> Any:
    """A source per type of joined channel and one for offline requests; the CRM uses those that are made."""
    return _rows(_wanted(), {})


@call("POST", "/sources", answer=list[SourceRow], fails=(503,))
def make() -> Any:
    """Make those that are missing. Nothing is made twice; what the portal refuses is said at its source."""
    house, wanted = services(), _wanted()
    try:
        refused = make_sources(house, portals().client(caller().installation_id), wanted)
    except BitrixError as error:
        raise Problem(503, "portal_away", detail=words_of(problem_of(error), caller().lang)) from None
    return _rows(wanted, refused)


def _wanted() -> dict[str, str]:
    """Code -> name in the portal's language."""
    lang = caller().installation.lang
    query = (
        select(UisChannel.type)
        .join(UisConnection, UisConnection.id == UisChannel.connection_id)
        .where(UisConnection.installation_id == caller().installation_id, UisChannel.joined)
        .distinct()
        .order_by(UisChannel.type)
    )
    with services().sessions() as session:
        types = reading(session).scalars(query).all()
    return {source_of_type(type_): _name(type_, lang) for type_ in types} | {
        OFFLINE_SOURCE: _name("offline", lang)
    }


def _name(type_: str, lang: str) -> str:
    key = f"sources.{type_}"
    return f"UIS: {text(key, lang) if key in catalogue('en') else type_}"


def _rows(wanted: dict[str, str], refused: dict[str, str]) -> list[dict[str, Any]]:
    there = known(services(), caller().installation_id)
    return [
        {"id": code, "title": name, "made": code in there, "problem": refused.get(code)}
        for code, name in wanted.items()
    ]
