"""What became of steps whose answer was lost: looked up by their markers.

Bitrix24: crm/universal/crm-item-list, activity-base/crm-activity-list, crm.timeline.comment.list.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.crm import ENTITY_TYPE_ID, ORIGINATOR, Kind
from app.domain.plan import Done, Outcome, Ref, Retry, StepKind
from app.pipeline.crm_side import Order
from app.rules.identity import normalise
from bitrix_app.client import PortalClient
from bitrix_app.commands import CREATED
from bitrix_app.encoding import command
from bitrix_app.read_many import read_many

AGAIN = Retry(0.0, "not found by its marker: sent again")
HARMLESS = {StepKind.NOTIFY, StepKind.UPDATE_ACTIVITY, StepKind.UPDATE_COMMENT, StepKind.UPDATE_ITEM}
"""A repeat of these has the same effect: a TAG replaces, an update sets."""
CARD_GONE = frozenset({"OWNER_NOT_FOUND"})
"""The card of a comment was deleted meanwhile: it holds up nobody else, and sent again it is refused in words."""


def find(client: PortalClient, orders: Sequence[Order]) -> list[Outcome]:
    """Per order Done when it is there, else Retry. Raises CrmAway.

    A comment is looked up at its entity, which may have been lost with it: entities come first.
    """
    owners: dict[str, int | None] = {order.key: _owner(order) for order in orders}
    first = [order for order in orders if _is_comment(order) is False or owners[order.key]]
    outcomes = _look(client, first, owners)
    rest = [order for order in orders if order.key not in outcomes]
    for order in rest:
        target = outcomes.get(_link(order))
        owners[order.key] = target.result if isinstance(target, Done) else None
    outcomes |= _look(client, [order for order in rest if owners[order.key]], owners)
    return [outcomes.get(order.key, AGAIN) for order in orders]


def _look(
    client: PortalClient, orders: Sequence[Order], owners: Mapping[str, int | None]
) -> dict[str, Outcome]:
    searched = [order for order in orders if order.step.kind not in HARMLESS]
    commands = {order.key: _search(order, owners[order.key]) for order in searched}
    found = read_many(client, commands, gone=CARD_GONE) if commands else {}
    return {order.key: _verdict(order, found.get(order.key)) for order in orders}


def _is_comment(order: Order) -> bool:
    return order.step.kind == StepKind.ADD_COMMENT


def _owner(order: Order) -> int | None:
    value = order.step.params.get("entity_id")
    return order.known.get(value.step) if isinstance(value, Ref) else value


def _link(order: Order) -> str:
    """Key of the order that makes the entity of a comment."""
    value = order.step.params.get("entity_id")
    return order.links[value.step][0] if isinstance(value, Ref) and value.step in order.links else ""


def _search(order: Order, owner: int | None) -> str:
    step = order.step
    if step.kind == StepKind.ADD_ACTIVITY:
        wanted: dict[str, Any] = {"ORIGINATOR_ID": ORIGINATOR, "ORIGIN_ID": step.marker}
        select = ["ID", "ORIGIN_ID", "OWNER_ID"]
        return command("crm.activity.list", {"filter": wanted, "select": select, "order": {"ID": "ASC"}})
    if step.kind == StepKind.ADD_COMMENT:
        wanted = {"ENTITY_ID": owner, "ENTITY_TYPE": step.params["entity"]}
        newest = {"filter": wanted, "select": ["ID", "COMMENT"], "order": {"ID": "DESC"}}
        return command("crm.timeline.comment.list", newest)
    if step.kind == StepKind.ADD_COMMUNICATION:
        kind = Kind(step.params["entity"])
        row: dict[str, Any] = {"filter": {"=id": owner}, "select": ["*"]}  # `fm` comes with all fields only
        return command("crm.item.list", {"entityTypeId": ENTITY_TYPE_ID[kind]} | row)
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
    if order.step.kind == StepKind.ADD_COMMUNICATION:
        return Done() if _has(order, result.get("items") or []) else AGAIN
    rows = [row for row in result.get("items") or [] if row.get("originId") == order.step.marker]
    return Done(int(rows[0]["id"]), linked=_linked(order, rows[0])) if rows else AGAIN


def _linked(order: Order, row: dict[str, Any]) -> bool:
    """Whether the link to the contact resolved when the row was made."""
    return not isinstance(order.step.params.get("contact_id"), Ref) or bool(int(row.get("contactId") or 0))


def _comment(order: Order, result: Any) -> Outcome:
    """The reference line is the last line of the text; a page of the newest comments is enough to see it.

    It is compared whole: that of a further part (`OMNI-.../2`) begins like that of the first.
    """
    line = last_line(order.step.params["text"])
    for row in result or []:
        if last_line(row.get("COMMENT")) == line:
            return Done(int(row["ID"]))
    return AGAIN


def last_line(text: Any) -> str:
    return str(text or "").rstrip().rsplit("\n", 1)[-1].strip()


def _has(order: Order, rows: Sequence[dict[str, Any]]) -> bool:
    """Whether the card has this phone or e-mail already, however it is spelt."""
    wanted = order.step.params["value"]
    values = {str(record.get("value") or "") for row in rows for record in row.get("fm") or []}
    return wanted in {normalise(value) or value.strip().lower() for value in values}
