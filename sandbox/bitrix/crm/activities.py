"""Activities: configurable ones, plain to-dos, lists (Bitrix24: crm/timeline/activities)."""

from typing import TYPE_CHECKING, Any

from sandbox.bitrix.call import Call, as_list, method, page, truth
from sandbox.bitrix.crm.filters import check_filter, matches, order_rows
from sandbox.bitrix.crm.layout import check_layout
from sandbox.bitrix.crm.timeline import Activity
from sandbox.bitrix.errors import RestError, not_found

if TYPE_CHECKING:
    from sandbox.bitrix.state import PortalState

FIELDS = [
    "ID",
    "OWNER_ID",
    "OWNER_TYPE_ID",
    "TYPE_ID",
    "PROVIDER_ID",
    "PROVIDER_TYPE_ID",
    "PROVIDER_GROUP_ID",
    "ASSOCIATED_ENTITY_ID",
    "SUBJECT",
    "CREATED",
    "LAST_UPDATED",
    "START_TIME",
    "END_TIME",
    "DEADLINE",
    "COMPLETED",
    "STATUS",
    "RESPONSIBLE_ID",
    "PRIORITY",
    "NOTIFY_TYPE",
    "NOTIFY_VALUE",
    "DESCRIPTION",
    "DESCRIPTION_TYPE",
    "DIRECTION",
    "LOCATION",
    "SETTINGS",
    "ORIGINATOR_ID",
    "ORIGIN_ID",
    "AUTHOR_ID",
    "EDITOR_ID",
    "PROVIDER_PARAMS",
    "PROVIDER_DATA",
    "RESULT_MARK",
    "RESULT_VALUE",
    "RESULT_STATUS",
    "RESULT_STREAM",
]
EXTRA_SELECT = ("COMMUNICATIONS", "FILES")


def blank(
    portal: "PortalState", user_id: int, provider: str, provider_type: str, subject: str
) -> dict[str, Any]:
    """The fields of a new activity of an employee."""
    now, author = portal.iso(), str(user_id)
    fields: dict[str, Any] = dict.fromkeys(FIELDS)
    return fields | {
        "TYPE_ID": "6",
        "PROVIDER_ID": provider,
        "PROVIDER_TYPE_ID": provider_type,
        "SUBJECT": subject,
        "CREATED": now,
        "LAST_UPDATED": now,
        "START_TIME": now,
        "END_TIME": now,
        "COMPLETED": "N",
        "STATUS": "1",
        "RESPONSIBLE_ID": author,
        "AUTHOR_ID": author,
        "EDITOR_ID": author,
        "PRIORITY": "2",
        "DESCRIPTION": "",
        "DESCRIPTION_TYPE": "1",
        "DIRECTION": "0",
        "SETTINGS": [],
        "PROVIDER_PARAMS": [],
    }


def as_json(entry: Activity) -> dict[str, Any]:
    """The row of `crm.activity.list`."""
    owner = entry.owners[0]
    return {**entry.fields, "ID": str(entry.id), "OWNER_TYPE_ID": str(owner[0]), "OWNER_ID": str(owner[1])}


@method("crm.activity.configurable.add")
def configurable_add(call: Call) -> dict[str, Any]:
    """Application context only; `originatorId` and `originId` are the marker."""
    client_id = _app(call)
    layout = check_layout(call.get("layout"))
    subject = _title(layout)
    fields = blank(call.portal, call.user.id, "CONFIGURABLE_REST_APP", "CONFIGURABLE", subject)
    owner = (call.integer("ownerTypeId"), call.integer("ownerId"))
    entry = Activity(id=0, owners=[owner], fields=fields, client_id=client_id)
    _apply(call, entry, call.object("fields"))
    added = call.portal.crm.timeline.activity(
        owner, fields, layout=layout, client_id=client_id, incoming=entry.incoming, badge=entry.badge
    )
    call.portal.events.emit("ONCRMACTIVITYADD", {"FIELDS": {"ID": added.id}}, call.user.id)
    return {"activity": {"id": added.id}}


@method("crm.activity.configurable.update")
def configurable_update(call: Call) -> dict[str, Any]:
    """Only by the application that made it; both `fields` and `layout` are documented as required."""
    entry = _own(call)
    fields = call.object("fields")
    layout = check_layout(call.get("layout"))
    draft = Activity(id=entry.id, owners=entry.owners, fields=dict(entry.fields), incoming=entry.incoming)
    _apply(call, draft, fields)
    entry.fields, entry.incoming, entry.badge, entry.layout = (
        draft.fields,
        draft.incoming,
        draft.badge,
        layout,
    )
    entry.fields |= {
        "SUBJECT": _title(layout),
        "LAST_UPDATED": call.portal.iso(),
        "EDITOR_ID": str(call.user.id),
    }
    call.portal.events.emit("ONCRMACTIVITYUPDATE", {"FIELDS": {"ID": entry.id}}, call.user.id)
    return {"activity": {"id": entry.id}}


@method("crm.activity.configurable.get")
def configurable_get(call: Call) -> dict[str, Any]:
    """Owner, fields and layout of an own configurable activity."""
    entry = _own(call)
    owner = entry.owners[0]
    fields = {
        "typeId": entry.fields["PROVIDER_TYPE_ID"],
        "completed": entry.fields["COMPLETED"] == "Y",
        "deadline": entry.fields["DEADLINE"],
        "isIncomingChannel": "Y" if entry.incoming else "N",
        "responsibleId": int(entry.fields["RESPONSIBLE_ID"]),
        "badgeCode": entry.badge or None,
        "originatorId": entry.fields["ORIGINATOR_ID"],
        "originId": entry.fields["ORIGIN_ID"],
    }
    activity = {
        "id": entry.id,
        "ownerTypeId": owner[0],
        "ownerId": owner[1],
        "fields": fields,
        "layout": entry.layout,
    }
    return {"activity": activity}


def _app(call: Call) -> str:
    if call.client_id is None:
        raise RestError(
            "ERROR_WRONG_CONTEXT", "Method call is only possible in the context of an application"
        )
    return call.client_id


def _own(call: Call) -> Activity:
    client_id = _app(call)
    entry = call.portal.crm.timeline.activities.get(call.integer("id"))
    if entry is None or not entry.layout:
        raise not_found()
    if entry.client_id != client_id:
        raise RestError(
            "ERROR_WRONG_APPLICATION", "The activity can only be updated by the application that created it"
        )
    return entry


def _title(layout: dict[str, Any]) -> str:
    title = layout["header"]["title"]
    return str(next(iter(title.values()), "")) if isinstance(title, dict) else str(title)


def _apply(call: Call, entry: Activity, fields: dict[str, Any]) -> None:
    """Write the documented fields of a configurable activity; raises for what the page forbids."""
    known = {
        "typeId",
        "completed",
        "deadline",
        "pingOffsets",
        "isIncomingChannel",
        "responsibleId",
        "badgeCode",
    }
    known |= {"originatorId", "originId"}
    for name in fields:
        if name not in known:
            call.portal.violation(f"{call.method}: unknown field {name}")
            raise RestError("WRONG_FIELD_VALUE", f"Unknown field '{name}'")
    if str(fields.get("typeId") or "CONFIGURABLE") != "CONFIGURABLE":
        raise RestError("WRONG_FIELD_VALUE", "Unknown typeId: register it with crm.activity.type.add")
    if "completed" in fields:
        entry.fields["COMPLETED"] = "Y" if truth(fields["completed"]) else "N"
        entry.fields["STATUS"] = "2" if truth(fields["completed"]) else "1"
    entry.incoming = truth(fields.get("isIncomingChannel", entry.incoming))
    if fields.get("deadline"):
        if entry.incoming:
            raise RestError(
                "INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE", "Incoming activity cannot have a deadline"
            )
        entry.fields["DEADLINE"] = fields["deadline"]
    if fields.get("responsibleId"):
        if int(fields["responsibleId"]) not in call.portal.users:
            raise RestError("WRONG_FIELD_VALUE", "responsibleId: no such user")
        entry.fields["RESPONSIBLE_ID"] = str(fields["responsibleId"])
    entry.badge = str(fields.get("badgeCode") or entry.badge)
    for name, upper in (("originatorId", "ORIGINATOR_ID"), ("originId", "ORIGIN_ID")):
        if name in fields:
            entry.fields[upper] = str(fields[name])
    entry.fields["DIRECTION"] = "1" if entry.incoming else "0"


@method("crm.activity.todo.add")
def todo_add(call: Call) -> dict[str, Any]:
    """A universal to-do with a deadline (Bitrix24: activities/todo)."""
    fields = blank(call.portal, call.user.id, "CRM_TODO", "TODO", str(call.get("title") or "Дело"))
    fields |= {"DEADLINE": str(call.get("deadline")), "DESCRIPTION": str(call.get("description", ""))}
    responsible = call.integer("responsibleId", call.user.id)
    if responsible not in call.portal.users:
        raise RestError("ERROR_ARGUMENT", "responsibleId: no such user", argument="responsibleId")
    fields["RESPONSIBLE_ID"] = str(responsible)
    entry = call.portal.crm.timeline.activity((call.integer("ownerTypeId"), call.integer("ownerId")), fields)
    call.portal.events.emit("ONCRMACTIVITYADD", {"FIELDS": {"ID": entry.id}}, call.user.id)
    return {"id": entry.id}


@method("crm.activity.get")
def activity_get(call: Call) -> dict[str, Any]:
    """One activity."""
    entry = call.portal.crm.timeline.activities.get(call.integer("id"))
    if entry is None:
        raise not_found()
    return as_json(entry)


@method("crm.activity.delete")
def activity_delete(call: Call) -> bool:
    """Delete an activity."""
    entry = call.portal.crm.timeline.activities.get(call.integer("id"))
    if entry is None:
        raise not_found()
    call.portal.crm.timeline.remove(entry)
    call.portal.events.emit("ONCRMACTIVITYDELETE", {"FIELDS": {"ID": call.integer("id")}}, call.user.id)
    return True


@method("crm.activity.binding.add")
def binding_add(call: Call) -> bool:
    """Show an activity in one more card."""
    entry = call.portal.crm.timeline.activities.get(call.integer("activityId"))
    if entry is None:
        raise not_found()
    owner = (call.integer("entityTypeId"), call.integer("entityId"))
    call.portal.crm.timeline.check_owner(owner)
    if owner in entry.owners:
        raise RestError("ACTIVITY_IS_ALREADY_BOUND", "The activity is already bound to this element")
    call.portal.crm.timeline.bind(entry, owner)
    return True


@method("crm.activity.list")
def activity_list(call: Call) -> list[dict[str, Any]]:
    """Bitrix24: crm/timeline/activities/activity-base/crm-activity-list; `BINDINGS` filters by cards."""
    conditions = call.object("filter")
    bindings = [row for row in as_list(conditions.pop("BINDINGS", None)) if isinstance(row, dict)]
    check_filter(conditions, FIELDS)
    entries = [row for row in _candidates(call, conditions) if _bound(row, bindings)]
    rows = [row for row in (as_json(entry) for entry in entries) if matches(row, conditions)]
    rows = order_rows(rows, call.object("order") or {"START_TIME": "ASC", "ID": "ASC"}, FIELDS)
    names = [str(name) for name in as_list(call.get("select"))]
    for name in names:
        if name != "*" and name not in FIELDS and name not in EXTRA_SELECT:
            raise RestError("INVALID_ARG_VALUE", f"Invalid select: field '{name}'")
    if names and "*" not in names:
        rows = [{name: row.get(name, []) for name in dict.fromkeys(["ID", *names])} for row in rows]
    else:
        rows = [{name: row[name] for name in row if name not in EXTRA_SELECT} for row in rows]
    return page(call, rows)


def _candidates(call: Call, conditions: dict[str, Any]) -> list[Activity]:
    """All activities, or those of an index when the filter asks for exact `ORIGIN_ID`s."""
    for key in ("ORIGIN_ID", "=ORIGIN_ID", "@ORIGIN_ID"):
        origins = [str(origin) for origin in as_list(conditions.get(key)) if origin]
        if origins:
            return call.portal.crm.timeline.by_origins(origins)
    return [*call.portal.crm.timeline.activities.values()]


def _bound(entry: Activity, bindings: list[dict[str, Any]]) -> bool:
    if not bindings:
        return True
    return any(
        str(row.get("OWNER_TYPE_ID", owner[0])) == str(owner[0])
        and str(row.get("OWNER_ID", owner[1])) == str(owner[1])
        for row in bindings
        for owner in entry.owners
    )
