"""What became of steps whose answer was lost: looked up by their markers.

Bitrix24: crm/universal/crm-item-list, activity-base/crm-activity-list, crm.timeline.comment.list.
"""

from collections.abc import Sequence
from typing import Any

from app.domain.crm import ENTITY_TYPE_ID, ORIGINATOR, Kind
from app.domain.plan import Done, Outcome, Ref, Retry, StepKind
from app.pipeline.crm_side import Order
from bitrix_app.client import PortalClient
from bitrix_app.commands import CREATED
from bitrix_app.encoding import command
from bitrix_app.read_many import read_many

AGAIN = Retry(0.0, "not found by its marker: sent again")
HARMLESS = {StepKind.NOTIFY, StepKind.UPDATE_ACTIVITY, StepKind.UPDATE_COMMENT, StepKind.UPDATE_ITEM}
"""A repeat of these has the same effect: a TAG replaces, an update sets."""


def find(client: PortalClient, orders: Sequence[Order]) -> list[Outcome]:
    """Per order Done when it is there, else Retry. Raises CrmAway."""
    commands = {order.key: _search(order) for order in orders if _searchable(order)}
    found = read_many(client, commands) if commands else {}
    return [_verdict(order, found.get(order.key)) for order in orders]


def _last_line(text: Any) -> str:
    return str(text or "").rstrip().rsplit("\n", 1)[-1].strip()


def _searchable(order: Order) -> bool:
    """A comment whose entity was never made cannot be there."""
    if order.step.kind in HARMLESS:
        return False
    return order.step.kind != StepKind.ADD_COMMENT or _owner(order) is not None


def _owner(order: Order) -> int | None:
    value = order.step.params.get("entity_id")
    return order.known.get(value.step) if isinstance(value, Ref) else value


def _search(order: Order) -> str:
    step = order.step
    if step.kind == StepKind.ADD_ACTIVITY:
        wanted: dict[str, Any] = {"ORIGINATOR_ID": ORIGINATOR, "ORIGIN_ID": step.marker}
        select = ["ID", "ORIGIN_ID", "OWNER_ID"]
        return command("crm.activity.list", {"filter": wanted, "select": select, "order": {"ID": "ASC"}})
    if step.kind == StepKind.ADD_COMMENT:
        wanted = {"ENTITY_ID": _owner(order), "ENTITY_TYPE": step.params["entity"]}
        newest = {"filter": wanted, "select": ["ID", "COMMENT"], "order": {"ID": "DESC"}}
        return command("crm.timeline.comment.list", newest)
    kind = CREATED[step.kind]
    select = ["id", "originId", *(["contactId"] if kind == Kind.DEAL else [])]
    wanted = {"=originatorId": ORIGINATOR, "=originId": step.marker}
    params = {
        "entityTypeId": ENTITY_TYPE_ID[kind],
        "filter": wanted,
        "select": select,
        "order": {"id": "ASC"},
    }
    return command("crm.item.list", params)


def _verdict(order: Order, result: Any) -> Outcome:
    if order.step.kind in HARMLESS or result is None:
        return AGAIN
    if order.step.kind == StepKind.ADD_COMMENT:
        return _comment(order, result)
    if order.step.kind == StepKind.ADD_ACTIVITY:
        rows = [row for row in result or [] if row.get("ORIGIN_ID") == order.step.marker]
        return Done(int(rows[0]["ID"]), linked=bool(int(rows[0].get("OWNER_ID") or 0))) if rows else AGAIN
    rows = [row for row in result.get("items") or [] if row.get("originId") == order.step.marker]
    return Done(int(rows[0]["id"]), linked=_linked(order, rows[0])) if rows else AGAIN


def _linked(order: Order, row: dict[str, Any]) -> bool:
    """Whether the link to the contact resolved when the row was made."""
    return not isinstance(order.step.params.get("contact_id"), Ref) or bool(int(row.get("contactId") or 0))


def _comment(order: Order, result: Any) -> Outcome:
    """The reference line is the last line of the text; a page of the newest comments is enough to see it.

    It is compared whole: that of a further part (`OMNI-.../2`) begins like that of the first.
    """
    line = _last_line(order.step.params["text"])
    for row in result or []:
        if _last_line(row.get("COMMENT")) == line:
            return Done(int(row["ID"]))
    return AGAIN
