"""Page sessions: what our pages in the frame carry in memory instead of a cookie."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from app.base.clock import Clock

LIFETIME = timedelta(minutes=10)


class SessionInvalid(Exception):
    """The token was not made by us, or not for this purpose."""


class SessionExpired(Exception):
    """The token was ours and is over: the page renews it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSession:
    """Who looks at which page. `entity_*`: the CRM card that it stands in, where the user may read that.

    `verdict`: what became of asking for it (open | refused | away); `chat_id`, `message_id`: the conversation, and the
    message with the file, that a link opens.
    """

    installation_id: int
    generation: int
    user_id: int
    admin: bool
    page: str  # installer | app | workplace | connector
    placement: str
    lang: str
    entity_type: str | None = None
    entity_id: int | None = None
    verdict: str | None = None
    chat_id: int | None = None
    message_id: int | None = None
    jti: str = ""


class PageSessions:
    """Makes and reads session tokens: signed, readable by the page, at most ten minutes old."""

    def __init__(self, secret_keys: Sequence[str], clock: Clock) -> None:
        # itsdangerous signs with the last key of the list and accepts all of them.
        self._serializer = URLSafeSerializer(list(reversed(secret_keys)), salt="page-session")
        self._clock = clock

    def make(self, session: PageSession) -> str:
        """A token with a `jti` and ten minutes of its own."""
        fresh = replace(session, jti=secrets.token_urlsafe(12))
        until = int((self._clock.now() + LIFETIME).timestamp())
        return str(self._serializer.dumps(asdict(fresh) | {"exp": until}))

    def read(self, token: str, *, allow_expired: bool = False) -> PageSession:
        """What the token says. Raises SessionInvalid, and SessionExpired unless `allow_expired`."""
        try:
            payload: dict[str, Any] = self._serializer.loads(token)
            until = int(payload.pop("exp"))
            session = PageSession(**payload)
        except (BadData, TypeError, ValueError, KeyError, AttributeError):
            raise SessionInvalid("not a session of ours") from None
        if not allow_expired and self._clock.now().timestamp() >= until:
            raise SessionExpired("the session is over")
        return session
