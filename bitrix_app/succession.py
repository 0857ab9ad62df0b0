"""When an administrator's authorization is over and another one's takes over, the others are told.

Bitrix24: chats/notifications/im-notify-system-add. The TAG makes a repeat replace the first, so a
notification whose answer was lost is simply sent again.
"""

from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.base.texts import text
from app.storage.database import reading
from app.storage.models import Chain, Installation
from app.storage.queries import chains, directory
from app.storage.services import Services
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.errors import BitrixError

log = structlog.get_logger()


def tell_successions(services: Services, client_of: Callable[[int], PortalClient]) -> int:
    """Tell of every authorization that is over since the last call; how many were told of.

    A portal that cannot be called now is told by a later call; where nobody is left to be told, health says it.
    """
    with services.sessions() as session:
        found = [(chain, _letters(session, chain)) for chain in chains.untold(reading(session))]
    return sum(_tell(services, client_of, chain, letters) for chain, letters in found if letters)


def _letters(session: Session, dead: Chain) -> dict[str, dict[str, Any]]:
    """Notifications for the administrators who are left, by a key of their own."""
    portal = session.get_one(Installation, dead.installation_id)
    left = [chain for chain in chains.usable(session, portal.id) if chain.is_admin]
    users = {row["id"]: str(row["title"]) for row in directory.items(session, portal.id, "users") or []}
    if not left:
        return {}
    words = text(
        "succession.told", portal.lang,
        name=users.get(dead.user_id, f"#{dead.user_id}"), heir=users.get(left[0].user_id, f"#{left[0].user_id}"),
    )  # fmt: skip
    spare = "" if len(left) > 1 else " " + text("succession.last", portal.lang)
    tag = f"OMNI|succession|{dead.user_id}"
    return {
        f"u{chain.user_id}": {"USER_ID": chain.user_id, "MESSAGE": words + spare, "TAG": tag}
        for chain in left
    }


def _tell(
    services: Services, client_of: Callable[[int], PortalClient], dead: Chain, letters: dict[str, dict[str, Any]]
) -> bool:  # fmt: skip
    commands = {key: command("im.notify.system.add", letter) for key, letter in letters.items()}
    try:
        client_of(dead.installation_id).batch(commands)
    except BitrixError as error:
        log.warning("succession_not_told", portal=dead.installation_id, problem=str(error))
        return False
    with services.sessions.begin() as session:
        values = {"told_at": services.clock.now()}
        return chains.replace_pair(session, dead.id, dead.refresh_hash, values)
