"""The timeline of CRM cards: comments, log entries and activities, with what they are bound to.

Bitrix24: crm/timeline. A record may be bound to several cards; conversion and merge carry it over.
"""

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.call import Call, as_list, method, page
from sandbox.bitrix.crm.fields import OWNER_TYPES
from sandbox.bitrix.crm.filters import check_filter, matches, order_rows
from sandbox.bitrix.errors import RestError, not_found

if TYPE_CHECKING:
    from sandbox.bitrix.crm.store import Crm

Owner = tuple[int, int]
COMMENT_FIELDS = ("ID", "ENTITY_ID", "ENTITY_TYPE", "CREATED", "COMMENT", "AUTHOR_ID", "FILES")


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment (or, with `log`, an entry of the journal that an application wrote)."""

    id: int
    text: str
    author_id: int
    created: str
    owners: list[Owner]
    files: list[tuple[str, str]] = field(default_factory=list)
    log: dict[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class Activity:
    """An activity; `fields` as `crm.activity.list` names them, `layout` of a configurable one."""

    id: int
    owners: list[Owner]
    fields: dict[str, Any]
    layout: dict[str, Any] = field(default_factory=dict)
    client_id: str | None = None
    incoming: bool = False
    badge: str = ""


class Timeline:
    """Everything that hangs on the cards of one portal."""

    def __init__(self, crm: "Crm") -> None:
        self._crm = crm
        self.comments: dict[int, Comment] = {}
        self.activities: dict[int, Activity] = {}
        self._by_owner: dict[Owner, list[Comment | Activity]] = {}
        self._by_origin: dict[str, list[Activity]] = {}
        self._comment_ids = itertools.count(1)
        self._activity_ids = itertools.count(1)

    def comment(self, owner: Owner, text: str, author_id: int, **more: Any) -> Comment:
        """Add a comment to a card; raises OWNER_NOT_FOUND."""
        self.check_owner(owner)
        number = next(self._comment_ids)
        created = self._crm.portal.iso()
        entry = Comment(id=number, text=text, author_id=author_id, created=created, owners=[], **more)
        self.comments[number] = entry
        self.bind(entry, owner)
        return entry

    def activity(self, owner: Owner, fields: dict[str, Any], **more: Any) -> Activity:
        """Add an activity to a card; raises OWNER_NOT_FOUND."""
        self.check_owner(owner)
        entry = Activity(id=next(self._activity_ids), owners=[], fields=fields, **more)
        self.activities[entry.id] = entry
        self.bind(entry, owner)
        self._by_origin.setdefault(str(fields.get("ORIGIN_ID")), []).append(entry)
        return entry

    def bind(self, entry: Comment | Activity, owner: Owner) -> None:
        """Show an entry in a card (too)."""
        if owner not in entry.owners:
            entry.owners.append(owner)
            self._by_owner.setdefault(owner, []).append(entry)

    def unbind(self, entry: Comment | Activity, owner: Owner) -> None:
        """Take an entry out of a card; one that hangs nowhere any more is gone."""
        entry.owners.remove(owner)
        self._by_owner[owner].remove(entry)
        if not entry.owners:
            (self.comments if isinstance(entry, Comment) else self.activities).pop(entry.id, None)

    def remove(self, entry: Comment | Activity) -> None:
        """Delete an entry everywhere."""
        for owner in [*entry.owners]:
            self.unbind(entry, owner)

    def by_origins(self, origins: list[str]) -> list[Activity]:
        """Activities with one of these `ORIGIN_ID`s, by an index."""
        rows = [entry for origin in dict.fromkeys(origins) for entry in self._by_origin.get(origin, ())]
        return [entry for entry in rows if entry.id in self.activities]

    def of(self, entity_type: int, item_id: int) -> list[Comment | Activity]:
        """What a card shows, oldest first."""
        found = self._by_owner.get((entity_type, item_id), ())
        return sorted(
            found, key=lambda entry: entry.created if isinstance(entry, Comment) else entry.fields["CREATED"]
        )

    def copy(self, from_type: int, from_id: int, to_type: int, to_id: int) -> None:
        """Show the entries of one card in another one too (conversion)."""
        for entry in self.of(from_type, from_id):
            self.bind(entry, (to_type, to_id))

    def move(self, entity_type: int, old_id: int, new_id: int) -> None:
        """Merge: the entries of one card go over to another of its kind."""
        for entry in self.of(entity_type, old_id):
            first = entry.owners[0] == (entity_type, old_id)
            self.bind(entry, (entity_type, new_id))
            self.unbind(entry, (entity_type, old_id))
            if first:
                entry.owners.sort(key=lambda owner: owner != (entity_type, new_id))

    def forget(self, entity_type: int, item_id: int) -> None:
        """A card is deleted: its entries go with it unless they hang elsewhere too."""
        for entry in self.of(entity_type, item_id):
            self.unbind(entry, (entity_type, item_id))

    def check_owner(self, owner: Owner) -> None:
        """Raises OWNER_NOT_FOUND when there is no such card."""
        if owner[1] not in self._crm.items.get(owner[0], {}):
            raise RestError("OWNER_NOT_FOUND", "Owner of the item not found")


def owner_type(name: Any) -> int:
    """`deal` or `dynamic_1046` as a number; raises for anything else."""
    text = str(name).lower()
    if text.startswith("dynamic_") and text[8:].isdigit():
        return int(text[8:])
    found = next((number for number, (_, code, _) in OWNER_TYPES.items() if code.lower() == text), None)
    if found is None:
        raise RestError("INVALID_ARG_VALUE", f"Unknown ENTITY_TYPE '{name}'", argument="ENTITY_TYPE")
    return found


def type_name(entity_type: int) -> str:
    """The contrary of `owner_type`."""
    return OWNER_TYPES[entity_type][1].lower() if entity_type in OWNER_TYPES else f"dynamic_{entity_type}"


@method("crm.timeline.comment.add")
def comment_add(call: Call) -> int:
    """A comment with files (`[name, base64]`); answers its id."""
    fields = call.object("fields")
    if not str(fields.get("COMMENT", "")).strip():
        raise RestError("INVALID_ARG_VALUE", "Empty comment")
    owner = (owner_type(fields["ENTITY_TYPE"]), int(fields["ENTITY_ID"]))
    files = files_of(fields.get("FILES"))
    entry = call.portal.crm.timeline.comment(owner, str(fields["COMMENT"]), call.user.id, files=files)
    call.portal.events.emit("ONCRMTIMELINECOMMENTADD", {"FIELDS": {"ID": entry.id}}, call.user.id)
    return entry.id


def files_of(value: Any) -> list[tuple[str, str]]:
    """Attached files as pairs of name and base64; raises for another shape."""
    rows = [as_list(row) for row in as_list(value)]
    if any(len(row) != 2 or not all(isinstance(part, str) for part in row) for row in rows):
        raise RestError("INVALID_ARG_VALUE", "FILES must be a list of [name, base64]", argument="FILES")
    return [(row[0], row[1]) for row in rows]


@method("crm.timeline.comment.update")
def comment_update(call: Call) -> bool:
    """Replace text and files; with `ownerTypeId` and `ownerId` the comment must hang there."""
    entry = _comment(call)
    fields = call.object("fields")
    if "COMMENT" in fields:
        if not str(fields["COMMENT"]).strip():
            raise RestError("INVALID_ARG_VALUE", "Empty comment")
        entry.text = str(fields["COMMENT"])
    if "FILES" in fields:
        entry.files = files_of(fields["FILES"])
    call.portal.events.emit("ONCRMTIMELINECOMMENTUPDATE", {"FIELDS": {"ID": entry.id}}, call.user.id)
    return True


@method("crm.timeline.comment.delete")
def comment_delete(call: Call) -> bool:
    """Delete a comment."""
    entry = _comment(call)
    call.portal.crm.timeline.remove(entry)
    call.portal.events.emit("ONCRMTIMELINECOMMENTDELETE", {"FIELDS": {"ID": entry.id}}, call.user.id)
    return True


def _comment(call: Call) -> Comment:
    entry = call.portal.crm.timeline.comments.get(call.integer("id"))
    if entry is None or entry.log is not None:
        raise not_found()
    owner = (call.integer("ownerTypeId"), call.integer("ownerId"))
    if any(owner) and owner not in entry.owners:
        raise RestError("OWNER_NOT_FOUND", "Owner of the item not found")
    return entry


@method("crm.timeline.comment.list")
def comment_list(call: Call) -> list[dict[str, Any]]:
    """Comments of one card: the filter must name ENTITY_ID and ENTITY_TYPE."""
    conditions = call.object("filter")
    check_filter(conditions, COMMENT_FIELDS)
    owner_id = conditions.get("ENTITY_ID", conditions.get("=ENTITY_ID"))
    kind = conditions.get("ENTITY_TYPE", conditions.get("=ENTITY_TYPE"))
    if not kind or owner_id in (None, ""):
        raise RestError("100", "Could not find value for parameter {filter}: ENTITY_ID and ENTITY_TYPE")
    owner = (owner_type(kind), int(owner_id))
    call.portal.crm.timeline.check_owner(owner)
    rest = {
        key: value for key, value in conditions.items() if key.lstrip("=") not in ("ENTITY_ID", "ENTITY_TYPE")
    }
    entries = [
        row for row in call.portal.crm.timeline.of(*owner) if isinstance(row, Comment) and row.log is None
    ]
    rows = [row for row in (_comment_json(entry, owner) for entry in entries) if matches(row, rest)]
    rows = order_rows(rows, call.object("order") or {"ID": "ASC"}, COMMENT_FIELDS)
    return [_only(row, call) for row in page(call, rows)]


def _comment_json(entry: Comment, owner: Owner) -> dict[str, Any]:
    return {
        "ID": str(entry.id),
        "ENTITY_ID": owner[1],
        "ENTITY_TYPE": type_name(owner[0]),
        "CREATED": entry.created,
        "COMMENT": entry.text,
        "AUTHOR_ID": str(entry.author_id),
        "FILES": {str(index): {"id": index, "name": name} for index, (name, _) in enumerate(entry.files, 1)}
        or [],
    }


def _only(row: dict[str, Any], call: Call) -> dict[str, Any]:
    names = [str(name) for name in as_list(call.get("select"))]
    return row if not names or "*" in names else {name: row[name] for name in names if name in row}


@method("crm.timeline.logmessage.add")
def logmessage_add(call: Call) -> dict[str, Any]:
    """An entry of the journal (Bitrix24: crm/timeline/logmessage)."""
    fields = call.object("fields")
    owner = (int(fields["entityTypeId"]), int(fields["entityId"]))
    log = {"title": fields["title"], "iconCode": fields["iconCode"]}
    entry = call.portal.crm.timeline.comment(owner, str(fields["text"]), call.user.id, log=log)
    return {
        "logMessage": {
            "id": entry.id,
            "created": entry.created,
            "authorId": entry.author_id,
            "text": entry.text,
            **log,
        }
    }


@method("crm.timeline.bindings.bind")
def bindings_bind(call: Call) -> bool:
    """Show a comment in one more card."""
    fields = call.object("fields")
    entry = call.portal.crm.timeline.comments.get(int(fields["OWNER_ID"]))
    if entry is None:
        raise not_found()
    owner = (owner_type(fields["ENTITY_TYPE"]), int(fields["ENTITY_ID"]))
    call.portal.crm.timeline.check_owner(owner)
    call.portal.crm.timeline.bind(entry, owner)
    return True
