"""Records of an item's timeline for its card. Every function wants the lock of the portal to be held."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.crm.timeline import Activity, Comment
from sandbox.bitrix.lines.tracker import PROVIDER
from sandbox.pages.crm_views import kind_of_type, user_name
from sandbox.pages.line_views import chat_url

if TYPE_CHECKING:
    from sandbox.bitrix.crm.store import Item
    from sandbox.bitrix.portal import Portal

APP_PAGE = "/marketplace/app/"
Row = dict[str, Any]


def timeline_rows(portal: "Portal", item: "Item") -> list[Row]:
    """Newest first, open activities on top."""
    entries = reversed(portal.crm.timeline.of(item.entity_type, item.id))
    rows = [
        _activity(portal, item, each) if isinstance(each, Activity) else _comment(portal, each)
        for each in entries
    ]
    return sorted(rows, key=lambda row: row.get("completed") is not False)


def press(portal: "Portal", activity_id: int, action_id: str, params: Row, user_id: int) -> str | None:
    """A click on an action `restEvent`: tells the application and answers the address of the card.

    None when the activity is gone or has no such action (Bitrix24: configurable activity, action).
    """
    found = portal.crm.timeline.activities.get(activity_id)
    if found is None or not any(_is_event(each, action_id, params) for each in _nested(found.layout)):
        return None
    entity_type, item_id = found.owners[0]
    data = {
        **params,
        "id": action_id,
        "entityTypeId": entity_type,
        "entityId": item_id,
        "activityId": activity_id,
        "userId": user_id,
    }
    portal.events.emit("ONCRMTIMELINEITEMACTION", data, user_id)
    kind = kind_of_type(portal, entity_type)
    return kind.url(item_id) if kind else "/"


def _comment(portal: "Portal", entry: Comment) -> Row:
    return {
        "kind": "comment",
        "id": entry.id,
        "icon": "note" if entry.log else "chat",
        "title": entry.log["title"] if entry.log else "Комментарий",
        "author": user_name(portal, entry.author_id),
        "at": entry.created,
        "text": entry.text,
        "files": [name for name, _ in entry.files],
    }


def _activity(portal: "Portal", item: "Item", entry: Activity) -> Row:
    fields = entry.fields
    return {
        "kind": "activity",
        "id": entry.id,
        "icon": "check",
        "title": fields["SUBJECT"],
        "text": fields["DESCRIPTION"] or _chat_link(portal, entry),
        "at": fields["CREATED"],
        "completed": fields["COMPLETED"] == "Y",
        "responsible": user_name(portal, fields["RESPONSIBLE_ID"]),
        "layout": entry.layout,
        "context": {
            "deadline": fields["DEADLINE"],
            "open_url": APP_PAGE,
            "event_url": f"/crm/activity/{entry.id}/press/",
            "params": {"entityTypeId": item.entity_type, "entityId": item.id, "activityId": entry.id},
        },
    }


def _chat_link(portal: "Portal", entry: Activity) -> str:
    """The way from the activity of a session of Open Lines into its dialog."""
    if entry.fields["PROVIDER_ID"] != PROVIDER:
        return ""
    chat = portal.open_lines.sessions[int(entry.fields["ASSOCIATED_ENTITY_ID"])].chat_id
    return f"[URL={chat_url(chat)}]Открыть чат[/URL]"


def _nested(value: Any) -> Iterator[Row]:
    """Every map inside a layout."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nested(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nested(inner)


def _is_event(action: Row, action_id: str, params: Row) -> bool:
    return (
        action.get("type") == "restEvent"
        and action.get("id") == action_id
        and (action.get("actionParams") or {}) == params
    )
