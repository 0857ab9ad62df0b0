"""Who the session belongs to."""

from typing import Any, Literal

from pydantic import ConfigDict, Field
from sqlalchemy import select

from app.storage.database import reading
from app.storage.models import UisConnection
from app.storage.queries import directory
from app.web.api.spec import Told, call
from app.web.caller import caller, services

VERSION = "0.1.0"


class Me(Told):
    """The user, the portal, and what the page needs to know of the application."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": 1,
                    "name": "Администратор",
                    "admin": True,
                    "portal": "https://portal.example",
                    "crm_mode": "classic",
                    "lang": "ru",
                    "version": "0.1.0",
                    "cabinet_url": None,
                }
            ]
        }
    )

    user_id: int
    name: str
    admin: bool
    portal: str
    crm_mode: Literal["classic", "simple"]
    lang: Literal["ru", "en"]
    version: str
    cabinet_url: str | None = Field(description="the UIS personal account, for 'Finish in UIS'")


@call("GET", "/me", answer=Me)
def me() -> Any:
    """Who the session belongs to."""
    who = caller()
    with services().sessions() as session:
        users = directory.items(reading(session), who.installation_id, "users") or []
        own = select(UisConnection.project).where(UisConnection.installation_id == who.installation_id)
        project = session.scalar(own) or "uis2"  # until it is connected, most are clients of uiscom.ru
    name = next((str(u.get("title") or "") for u in users if int(u["id"]) == who.session.user_id), "")
    return {
        "user_id": who.session.user_id,
        "name": name,
        "admin": who.admin,
        "portal": who.installation.portal_url,
        "crm_mode": who.installation.crm_mode or "classic",
        "lang": who.lang,
        "version": VERSION,
        "cabinet_url": services().config.uis_hosts(project).cabinet or None,
    }
