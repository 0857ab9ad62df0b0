"""Steps of a plan as REST commands, and where the id stands in their answers.

Bitrix24: crm/universal/crm-item-add, crm-item-update; crm/timeline/activities/configurable;
crm/timeline/comments; chats/notifications/im-notify-system-add;
crm/tracking/crm-tracking-trace-add.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from app.domain.crm import ENTITY_TYPE_ID, ORIGINATOR, Kind
from app.domain.plan import Ref, StepKind, StepState
from app.pipeline.crm_side import Order
from bitrix_app.encoding import ResultOf, command

RESULT_PATHS: dict[StepKind, tuple[str, ...]] = {
    StepKind.CREATE_LEAD: ("item", "id"),
    StepKind.CREATE_DEAL: ("item", "id"),
    StepKind.CREATE_CONTACT: ("item", "id"),
    StepKind.ADD_ACTIVITY: ("activity", "id"),
    StepKind.ADD_COMMENT: (),
    StepKind.UPDATE_ITEM: ("item", "id"),
}
"""Where the id of what was made stands in the answer of its command."""

TRACED = ("lead", "deal", "contact")

CREATED = {
    StepKind.CREATE_LEAD: Kind.LEAD,
    StepKind.CREATE_DEAL: Kind.DEAL,
    StepKind.CREATE_CONTACT: Kind.CONTACT,
}


def command_of(order: Order) -> tuple[str, str]:
    """Method and ready command of an order."""
    method, params = _built(order)
    return method, command(method, params)


def method_of(order: Order) -> str:
    """The method that an order calls."""
    return _built(order)[0]


def _built(order: Order) -> tuple[str, dict[str, Any]]:
    if order.step.state == StepState.REPAIR:
        return _repair(order)
    return BUILDERS[order.step.kind](order, _resolved(order))


def _resolved(order: Order) -> dict[str, Any]:
    """The step's values with its links: an id that is known, else a link into this batch."""
    return {name: _value(order, value) for name, value in order.step.params.items()}


def _value(order: Order, value: Any) -> Any:
    if not isinstance(value, Ref):
        return value
    if value.step in order.known:
        return order.known[value.step]
    key, kind = order.links[value.step]
    return ResultOf(key, RESULT_PATHS[kind])


def _fm(params: Mapping[str, Any]) -> list[dict[str, str]]:
    """Phones and e-mails as multiple fields (`fm`)."""
    phones = [{"typeId": "PHONE", "valueType": "WORK", "value": phone} for phone in params.get("phones", [])]
    mails = [{"typeId": "EMAIL", "valueType": "WORK", "value": mail} for mail in params.get("emails", [])]
    return phones + mails


def _item(kind: Kind, order: Order, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    marked = {"originatorId": ORIGINATOR, "originId": order.step.marker}
    given = {name: value for name, value in (fields | marked).items() if value not in (None, [], "")}
    return "crm.item.add", {"entityTypeId": ENTITY_TYPE_ID[kind], "fields": given}


def _contact(order: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    fields = {
        "name": p["name"],
        "fm": _fm(p),
        "assignedById": p["assigned_by"],
        "companyId": p.get("company_id"),
    }
    return _item(Kind.CONTACT, order, fields | p.get("extra", {}))


def _lead(order: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    fields = {
        "title": p["title"], "name": p.get("name"), "fm": _fm(p), "assignedById": p["assigned_by"],
        "stageId": p["stage_id"], "contactId": p.get("contact_id"), "companyId": p.get("company_id"),
    }  # fmt: skip
    return _item(Kind.LEAD, order, fields | p.get("extra", {}))


def _deal(order: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    fields = {
        "title": p["title"], "assignedById": p["assigned_by"], "categoryId": p["category_id"],
        "stageId": p["stage_id"], "contactId": p.get("contact_id"), "companyId": p.get("company_id"),
    }  # fmt: skip
    return _item(Kind.DEAL, order, fields | p.get("extra", {}))


def _activity(order: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    fields = {
        "completed": "Y" if p["completed"] else "N", "isIncomingChannel": "Y",
        "responsibleId": p["responsible"], "originatorId": ORIGINATOR, "originId": order.step.marker,
    }  # fmt: skip
    return "crm.activity.configurable.add", {
        "ownerTypeId": p["owner_type"], "ownerId": p["owner"], "fields": fields | _mapped(p), "layout": p["layout"],
    }  # fmt: skip


def _mapped(p: Mapping[str, Any]) -> dict[str, Any]:
    """Mapped fields of an activity. An incoming one cannot have a deadline."""
    extra = dict(p.get("extra", {}))
    return extra | ({"isIncomingChannel": "N"} if "deadline" in extra else {})


def _activity_update(_: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    fields = {"completed": "Y" if p["completed"] else "N"} | _mapped(p)
    return "crm.activity.configurable.update", {"id": p["activity"], "fields": fields, "layout": p["layout"]}


def _comment(_: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    fields = {"ENTITY_ID": p["entity_id"], "ENTITY_TYPE": p["entity"], "COMMENT": p["text"]}
    return "crm.timeline.comment.add", {"fields": fields}


def _comment_update(_: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "crm.timeline.comment.update", {"id": p["comment"], "fields": {"COMMENT": p["text"]}}


def _update_item(_: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = ENTITY_TYPE_ID[Kind(p["entity"])]
    return "crm.item.update", {"entityTypeId": kind, "id": p["entity_id"], "fields": p["fields"]}


def _communication(_: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A further phone or e-mail: a key of its own adds a record, those that are there stay."""
    fm = {"n0": {"typeId": p["type"], "valueType": "WORK", "value": p["value"]}}
    kind = ENTITY_TYPE_ID[Kind(p["entity"])]
    return "crm.item.update", {"entityTypeId": kind, "id": p["entity_id"], "fields": {"fm": fm}}


def _notify(order: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    path = f"/crm/{p['entity']}/details/{p['entity_id']}/"
    text = f"{p['text']} [URL={path}]#{p['entity_id']}[/URL]"
    return "im.notify.system.add", {"USER_ID": p["user"], "MESSAGE": text, "TAG": f"OMNI|{order.step.marker}"}


def _trace(order: Order, p: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    entities = [{"TYPE": kind.upper(), "ID": p[kind]} for kind in TRACED if p.get(kind)]
    trace = json.dumps({"tags": {"list": p["tags"]}}, ensure_ascii=False)
    return "crm.tracking.trace.add", {"TRACE": trace, "ENTITIES": entities}


def _repair(order: Order) -> tuple[str, dict[str, Any]]:
    """What was made with a link that did not resolve: its links are written again, or it is removed.

    An activity or a comment cannot be moved to another owner, so it is deleted and then made again.
    """
    step = order.step
    if step.kind == StepKind.ADD_ACTIVITY:
        return "crm.activity.delete", {"id": step.result}
    if step.kind == StepKind.ADD_COMMENT:
        return "crm.timeline.comment.delete", {"id": step.result}
    names = {"contact_id": "contactId", "company_id": "companyId"}
    links = {names[name]: _value(order, held) for name, held in step.params.items() if isinstance(held, Ref)}
    return "crm.item.update", {
        "entityTypeId": ENTITY_TYPE_ID[CREATED[step.kind]], "id": step.result, "fields": links,
    }  # fmt: skip


BUILDERS: dict[StepKind, Callable[[Order, dict[str, Any]], tuple[str, dict[str, Any]]]] = {
    StepKind.CREATE_LEAD: _lead,
    StepKind.CREATE_DEAL: _deal,
    StepKind.CREATE_CONTACT: _contact,
    StepKind.ADD_ACTIVITY: _activity,
    StepKind.UPDATE_ACTIVITY: _activity_update,
    StepKind.ADD_COMMENT: _comment,
    StepKind.UPDATE_COMMENT: _comment_update,
    StepKind.UPDATE_ITEM: _update_item,
    StepKind.ADD_COMMUNICATION: _communication,
    StepKind.NOTIFY: _notify,
    StepKind.ADD_TRACE: _trace,
}
