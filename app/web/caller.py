"""Who calls the API: the page session in `Authorization: Bearer`, checked against its installation."""

from dataclasses import dataclass
from typing import cast

from flask import current_app, g, request

from app.base.sessions import PageSession, PageSessions, SessionExpired, SessionInvalid
from app.storage.database import reading
from app.storage.models import Installation, InstallationState
from app.storage.services import Services
from app.web.portals import Portals
from app.web.problems import Problem

OUT_OF_USE = (InstallationState.DISABLED, InstallationState.REMOVED)


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified session and the installation that it belongs to, as read at the beginning of the request."""

    session: PageSession
    installation: Installation

    @property
    def installation_id(self) -> int:
        return self.session.installation_id

    @property
    def lang(self) -> str:
        return self.session.lang

    @property
    def admin(self) -> bool:
        return self.session.admin


def services() -> Services:
    """What the application was built with."""
    return cast(Services, current_app.extensions["omni"])


def portals() -> Portals:
    """Clients of the portals."""
    return cast(Portals, current_app.extensions["omni.portals"])


def page_sessions() -> PageSessions:
    """Makes and reads session tokens."""
    built = services()
    return PageSessions(built.config.secret_keys, built.clock)


def caller() -> Caller:
    """The caller of this request; only after `authenticate`."""
    return cast(Caller, g.caller)


def authenticate() -> None:
    """Verify the session. Raises Problem: 401 (`session_expired` when it was ours and is over)."""
    watch()
    session = page_session()
    g.caller = Caller(session, living_installation(session))


def _token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(401, "no_session")
    return token.strip()


def watch() -> None:
    """Only the signature of the session is verified: for calls that ask no database. Raises Problem (401)."""
    g.page_session = read_session(_token())
    g.lang = page_session().lang


def page_session() -> PageSession:
    """The session of this request; only after `authenticate` or `watch`."""
    return cast(PageSession, g.page_session)


def require_admin() -> None:
    """Raises Problem (403) unless the user is an administrator of the portal."""
    if not caller().admin:
        raise Problem(403, "admin_only")


def read_session(token: str, *, allow_expired: bool = False) -> PageSession:
    """What a token says. Raises Problem (401)."""
    try:
        return page_sessions().read(token, allow_expired=allow_expired)
    except SessionExpired:
        raise Problem(401, "session_expired") from None
    except SessionInvalid:
        raise Problem(401, "wrong_session") from None


def living_installation(session: PageSession) -> Installation:
    """The installation of a session. Raises Problem (401) when it is gone or was made anew since."""
    with services().sessions() as database:
        found = reading(database).get(Installation, session.installation_id)
    if found is None or found.generation != session.generation or found.state in OUT_OF_USE:
        raise Problem(401, "session_of_the_past")
    return found
