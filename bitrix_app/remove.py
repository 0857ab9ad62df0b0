"""Removing what we made: items and activities, in one request.

Bitrix24: crm/universal/crm-item-delete, crm/timeline/activities/activity-base/crm-activity-delete. Comments go with
their cards.
"""

from collections.abc import Mapping

from app.domain.crm import ENTITY_TYPE_ID, Kind
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.errors import BitrixError
from bitrix_app.execute import away

ACTIVITY = "activity"
ORDER = (ACTIVITY, Kind.DEAL, Kind.LEAD, Kind.CONTACT, Kind.COMPANY)
"""A card is removed before the one that it points to."""
GONE = "NOT_FOUND"


def remove(client: PortalClient, found: Mapping[str, int]) -> dict[str, str]:
    """Remove things by kind and id. Returns what was refused: kind -> the vendor's words. Raises CrmAway."""
    commands = {str(kind): _delete(str(kind), found[kind]) for kind in ORDER if kind in found}
    if not commands:
        return {}
    try:
        answer = client.batch(commands)
    except BitrixError as error:
        raise away(error) from None
    return {
        kind: str(error.meaning())
        for kind, error in answer.errors.items()
        if error.code.upper() != GONE  # somebody was quicker, that is all
    }


def _delete(kind: str, number: int) -> str:
    if kind == ACTIVITY:
        return command("crm.activity.delete", {"id": number})
    return command("crm.item.delete", {"entityTypeId": ENTITY_TYPE_ID[Kind(kind)], "id": number})
