"""The client's visits of the site, asked of UIS when somebody wants to see them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.storage.database import reading
from app.web.api.spec import call
from app.web.caller import services
from app.web.desk import rights
from app.web.desk.visits import visits_of
from app.web.problems import Problem


class Visit(BaseModel):
    """One visit, with the pages that were seen."""

    at: datetime
    source: str | None
    campaign: str | None
    query: str | None = Field(description="what was searched for")
    entrance: str | None
    referrer: str | None
    city: str | None
    device: str | None
    pages: list[str]


class Visits(BaseModel):
    """Visits of the last 90 days, the latest first. `problem`: why they cannot be had now, in words."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "at": "2026-01-12T07:20:00+00:00",
                            "source": "Яндекс.Директ",
                            "campaign": "Ёлки",
                            "query": "купить ёлку",
                            "entrance": "https://shop.example/",
                            "referrer": None,
                            "city": "Казань",
                            "device": "mobile",
                            "pages": ["https://shop.example/"],
                        }
                    ],
                    "problem": None,
                }
            ]
        }
    )

    items: list[Visit]
    problem: str | None


@call("GET", "/workplace/chats/<int:chat_id>/visits", answer=Visits, open_to="user", fails=(403, 404, 503))
def visits(chat_id: int) -> Any:
    """Visits of the client of a conversation."""
    keys = rights.card_keys()
    with services().sessions() as session:
        chat = rights.visible(reading(session), chat_id, keys)
        here = rights.desk(session)
    if chat.visitor_id is None:
        raise Problem(404, "no_visits")
    return visits_of(services(), here.installation_id, chat.visitor_id, here.lang)
