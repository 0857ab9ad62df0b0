"""Whose authorizations the application works with: administrators of the portal, one in use, others in reserve."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.storage.database import reading
from app.storage.queries import chains, directory
from app.web.api.directory import profile
from app.web.api.spec import call
from app.web.caller import caller, services

Role = Literal["used", "reserve", "over"]


class Authorization(BaseModel):
    """One user's authorization. `used`: requests go out in this user's name now."""

    user_id: int
    name: str
    url: str
    role: Role
    installer: bool = Field(description="installed the application")
    admin: bool = Field(description="was an administrator when last seen")
    seen_at: datetime = Field(description="opened the application last")


class Access(BaseModel):
    """Authorizations, the one in use first. `succeeded`: it is not the installer's, which is over."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "succeeded": False,
                    "items": [
                        {
                            "user_id": 1,
                            "name": "Администратор портала",
                            "url": "https://portal.example/company/personal/user/1/",
                            "role": "used",
                            "installer": True,
                            "admin": True,
                            "seen_at": "2026-01-12T07:24:00+00:00",
                        }
                    ],
                }
            ]
        }
    )

    succeeded: bool
    items: list[Authorization]


@call("GET", "/access", answer=Access, open_to="admin")
def access() -> Any:
    """Whose authorizations are kept, who is in use, and whose is over."""
    who = caller()
    with services().sessions() as session:
        kept = chains.in_succession(reading(session), who.installation_id)
        users = directory.items(session, who.installation_id, "users") or []
    names = {int(user["id"]): str(user["title"]) for user in users}
    living = [chain for chain in kept if chain.state != "dead"]
    items = [
        {
            "user_id": chain.user_id,
            "name": names.get(chain.user_id, f"№ {chain.user_id}"),
            "url": profile(who.installation, chain.user_id),
            "role": "over" if chain.state == "dead" else "used" if chain is living[0] else "reserve",
            "installer": chain.is_installer,
            "admin": chain.is_admin,
            "seen_at": chain.seen_at.isoformat(),
        }
        for chain in kept
    ]
    return {"succeeded": chains.succeeded(kept), "items": items}
