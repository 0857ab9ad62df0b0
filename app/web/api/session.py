"""Renewing a page session."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.base.sessions import LIFETIME
from app.web.api.spec import Told, call
from app.web.caller import living_installation, page_sessions, portals, read_session, services
from app.web.problems import Problem
from bitrix_app.app_info import ServerUnknown
from bitrix_app.verify import Refused, verify_user

Token = Annotated[str, Field(min_length=1, max_length=4096)]


class Renewal(Told):
    """The user's access token from BX24.getAuth, and the session that is over or soon will be."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"access_token": "4d5a", "session": "eyJpbnN0"}]}
    )

    access_token: Token
    session: Token


class Renewed(Told):
    """A new session token; seconds of its life."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"session": "eyJpbnN0", "expires_in": 600}]})

    session: str
    expires_in: int


@call("POST", "/session", answer=Renewed, open_to="anyone", fails=(401, 403, 503))
def renew(json: Renewal) -> Any:
    """Renew a session.

    The access token is verified in full again; page, card and opened conversation stay those of the old session.
    """
    old = read_session(json.session, allow_expired=True)
    installation = living_installation(old)
    try:
        user = verify_user(services(), portals().limiter, installation.oauth_url, json.access_token)
    except ServerUnknown:
        raise Problem(503, "portal_away") from None
    except Refused as error:
        raise Problem(error.status, "refused" if error.status != 503 else "portal_away") from None
    if user.info.member_id != installation.member_id or user.info.user_id != old.user_id:
        raise Problem(403, "other_user")
    fresh = replace(old, admin=user.admin)
    return {"session": page_sessions().make(fresh), "expires_in": int(LIFETIME.total_seconds())}
