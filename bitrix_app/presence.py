"""Who is away: vacation, sick leave and the like, as the portal's absence chart has it.

Bitrix24: chats/users/im-user-list-get (`absent`: the end of the absence or false).
"""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from bitrix_app.batch import MAX_COMMANDS
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command

log = structlog.get_logger()
AT_ONCE = 50
"""Users in one command; a batch of them reaches 2,500. Of further ones nothing is known, so they count as there."""


def absences(client: PortalClient, user_ids: Iterable[int]) -> dict[int, str]:
    """User -> end of the absence (ISO 8601) of those who are away now. Raises BitrixError.

    A portal that does not tell (no such method, no right to it) has nobody away: that is no reason to read nothing.
    """
    wanted = sorted(user_ids)[: AT_ONCE * MAX_COMMANDS]
    if not wanted:
        return {}
    chunks = [wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)]
    answer = client.batch(
        {
            f"a{number}": command("im.user.list.get", {"ID": chunk, "RESULT_TYPE": "array"})
            for number, chunk in enumerate(chunks)
        }
    )
    for error in answer.errors.values():
        log.warning("absences_unread", portal=client.installation_id, code=error.code)
    return {
        int(row["id"]): str(row["absent"])
        for rows in answer.results.values()
        for row in _rows(rows)
        if row.get("absent")
    }


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    rows = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [row for row in rows if isinstance(row, Mapping) and str(row.get("id") or "").isdecimal()]
