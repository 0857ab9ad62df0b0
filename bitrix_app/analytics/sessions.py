"""Sessions of open lines as activities tell of them.

Bitrix24: crm/timeline/activities/activity-base/crm-activity-list, main-entities-fields (activity). An activity of the
provider IMOPENLINES_SESSION is one session: ASSOCIATED_ENTITY_ID is its number, ORIGIN_ID is `IMOL_<number>`,
PROVIDER_PARAMS holds the user code, COMPLETED says that it is closed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain.crm import ENTITY_TYPE_ID, Kind
from app.domain.dialogs import Found
from bitrix_app.encoding import command
from bitrix_app.values import moment
from bitrix_app.values import number as number_of
from bitrix_app.values import rows as rows_of

PROVIDER = "IMOPENLINES_SESSION"
PAGE = 50
SELECT = [
    "ID", "OWNER_TYPE_ID", "OWNER_ID", "ASSOCIATED_ENTITY_ID", "ORIGIN_ID", "PROVIDER_PARAMS", "COMPLETED", "CREATED",
]  # fmt: skip
KIND_OF = {number: kind for kind, number in ENTITY_TYPE_ID.items()}


def of_card(kind: Kind, number: int) -> str:
    """Sessions of one card, the latest first; a page is more than any card has of them."""
    bindings = [{"OWNER_TYPE_ID": ENTITY_TYPE_ID[kind], "OWNER_ID": number}]
    return _list({"BINDINGS": bindings}, order="DESC")


def since(after: int, moment: datetime, start: int) -> str:
    """A page of the sessions whose activities have a higher number and are not older than `moment`."""
    return _list({">ID": after, ">=CREATED": moment.isoformat(timespec="seconds")}, start=start)


def closed(session_ids: Sequence[int]) -> str:
    """Those of at most a page of sessions that are closed."""
    return _list({"@ASSOCIATED_ENTITY_ID": list(session_ids), "COMPLETED": "Y"})


def found(rows: Any) -> list[Found]:
    """Sessions of a list; an activity that names none is left out."""
    told = (_found(row) for row in rows_of(rows))
    return [one for one in told if one is not None]


def _list(wanted: Mapping[str, Any], order: str = "ASC", start: int = 0) -> str:
    conditions = {"PROVIDER_ID": PROVIDER} | dict(wanted)
    params = {"filter": conditions, "select": SELECT, "order": {"ID": order}, "start": start}
    return command("crm.activity.list", params)


def _found(row: Mapping[str, Any]) -> Found | None:
    origin = str(row.get("ORIGIN_ID") or "").removeprefix("IMOL_")
    number = number_of(row.get("ASSOCIATED_ENTITY_ID")) or number_of(origin)
    if not number:
        return None
    params = row.get("PROVIDER_PARAMS")
    kind = KIND_OF.get(number_of(row.get("OWNER_TYPE_ID")))
    owner = number_of(row.get("OWNER_ID"))
    return Found(
        session_id=number, activity_id=number_of(row.get("ID")), started_at=moment(row.get("CREATED")),
        user_code=str(params.get("USER_CODE") or "") if isinstance(params, Mapping) else "",
        finished=row.get("COMPLETED") == "Y", crm={kind: owner} if kind and owner else {},
    )  # fmt: skip
