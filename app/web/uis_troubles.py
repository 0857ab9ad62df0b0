"""When UIS stops giving what the integration lives on, administrators are told in the portal; when it is over, too.

A key that expired, an address that is not allowed, a component that is off: such a thing waits for a person, who
is told once a day for each reason, and when it is over. What may be gone at the next attempt is told to nobody.

Bitrix24: chats/notifications/im-notify-system-add. The TAG makes a repeat replace the first, so a notification whose
answer was lost is simply sent again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.texts import text
from app.storage.database import reading
from app.storage.models import Directory, Installation, InstallationState, UisConnection
from app.storage.queries import chains, directory
from app.storage.services import Services
from app.uis.errors import PASSING
from app.uis.problem import problem_words
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.errors import BitrixError

log = structlog.get_logger()
KEPT_AS = "uis_told"
AGAIN = timedelta(days=1)
Told = list[dict[str, Any]]
"""`[{"problem": its code, "at": when, ISO 8601}]`; empty: nothing, or that all is well again."""


def tell_uis_troubles(services: Services, client_of: Callable[[int], PortalClient]) -> int:
    """Tell of what is wrong and was not told within a day, and of what is over; how many portals were told."""
    now = services.clock.now()
    with services.sessions() as session:
        found = [one for one in _news(reading(session), now) if one[1]]
    return sum(_tell(services, client_of, *one) for one in found)


def _news(session: Session, now: datetime) -> list[tuple[int, dict[str, dict[str, Any]], Told]]:
    """Portals with something to tell: its id, notifications by a key of their own, what is kept as told then."""
    query = (
        select(Installation, UisConnection.data_api)
        .join(UisConnection, UisConnection.installation_id == Installation.id)
        .where(Installation.state == InstallationState.ACTIVE, UisConnection.state == "connected")
    )
    told = {
        row.installation_id: row.items
        for row in session.execute(
            select(Directory.installation_id, Directory.items).where(Directory.name == KEPT_AS)
        )
    }
    news = []
    for portal, data_api in session.execute(query):
        words, kept = _said(portal.lang, data_api.get("problem"), told.get(portal.id) or [], now)
        if words:
            news.append((portal.id, _letters(session, portal.id, words), kept))
    return news


def _said(lang: str, problem: str | None, told: Told, now: datetime) -> tuple[str | None, Told]:
    """What to say, if anything, and what has been told then."""
    if not problem:
        return (text("uis.told.well", lang), []) if told else (None, told)
    code = problem.partition(" ")[0]
    lately = [one for one in told if datetime.fromisoformat(one["at"]) > now - AGAIN]
    if code in PASSING or any(one["problem"] == code for one in lately):
        return None, told
    words = text("uis.told.trouble", lang, problem=problem_words(problem, lang))
    return words, [*lately, {"problem": code, "at": now.isoformat()}]


def _letters(session: Session, installation_id: int, words: str) -> dict[str, dict[str, Any]]:
    administrators = [chain.user_id for chain in chains.usable(session, installation_id) if chain.is_admin]
    return {
        f"u{user}": {"USER_ID": user, "MESSAGE": words, "TAG": "OMNI|uis"}
        for user in sorted(set(administrators))
    }


def _tell(
    services: Services, client_of: Callable[[int], PortalClient], installation_id: int,
    letters: dict[str, dict[str, Any]], kept: Told,
) -> bool:  # fmt: skip
    """A portal that cannot be called now is told by a later call."""
    if not letters:
        return False  # nobody is left to be told; health says it to whoever comes
    commands = {key: command("im.notify.system.add", letter) for key, letter in letters.items()}
    try:
        client_of(installation_id).batch(commands)
    except BitrixError as error:
        log.warning("uis_trouble_not_told", portal=installation_id, problem=str(error))
        return False
    with services.sessions.begin() as session:
        directory.put(session, installation_id, KEPT_AS, kept, services.clock.now())
    return True
