"""What a CRM holds, and how it changes: creation, update, deletion, conversion, merge."""

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.bitrix import table
from sandbox.bitrix.crm import communications, conversion
from sandbox.bitrix.crm.checks import check_required, check_values
from sandbox.bitrix.crm.dictionaries import (
    Category,
    Status,
    default_categories,
    default_statuses,
    pipeline_stages,
)
from sandbox.bitrix.crm.fields import (
    COMPANY,
    CONTACT,
    DEAL,
    DYNAMIC_READ_ONLY,
    LEAD,
    OWNER_TYPES,
    READ_ONLY,
    CustomField,
    blank,
    coerce,
)
from sandbox.bitrix.crm.timeline import Timeline
from sandbox.bitrix.errors import not_found

if TYPE_CHECKING:
    from sandbox.bitrix.state import PortalState


@dataclass(slots=True, kw_only=True)
class Item:
    """A lead, deal, contact, company or element of a smart process; `fields` as `crm.item.get` names them."""

    entity_type: int
    id: int
    fields: dict[str, Any]
    fm: dict[int, dict[str, str]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What a list shows."""
        name = " ".join(str(self.fields[key]) for key in ("name", "lastName") if self.fields.get(key))
        return str(
            self.fields.get("title") or name or f"{OWNER_TYPES.get(self.entity_type, ('#',))[0]} #{self.id}"
        )


class Crm:
    """The CRM of one portal. Methods that change take the acting user; None means a robot.

    `required[(entity_type, stage or None)]` is a set of fields that the portal made required; `closed` holds
    (user, entity_type, id) of what a user may not read. `invoices`: the deal of each old invoice, by its id.
    """

    def __init__(self, portal: "PortalState", simple: bool) -> None:
        self.portal = portal
        self.simple = simple
        self.items: dict[int, dict[int, Item]] = {key: {} for key in (LEAD, DEAL, CONTACT, COMPANY)}
        self.types: dict[int, str] = {}
        self.statuses: list[Status] = default_statuses()
        self.categories: list[Category] = default_categories()
        self.custom: dict[int, dict[str, CustomField]] = defaultdict(dict)
        self.required: dict[tuple[int, str | None], set[str]] = {}
        self.closed: set[tuple[int, int, int]] = set()
        self.timeline = Timeline(self)
        self.traces: list[dict[str, Any]] = []
        self.invoices: dict[int, int] = {}
        self._ids: dict[int, itertools.count[int]] = defaultdict(lambda: itertools.count(1))
        self._fm_ids = itertools.count(101)
        self._origins: dict[tuple[int, str], set[int]] = defaultdict(set)
        self._comms: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)

    # --- what there is

    def field_types(self, entity_type: int) -> dict[str, str]:
        """Names and types of all fields of an entity type, read-only ones included; raises NOT_FOUND."""
        return {**self._read_only(entity_type), **self.writable(entity_type)}

    def writable(self, entity_type: int) -> dict[str, str]:
        """Names and types of the fields that may be written."""
        self.check_type(entity_type)
        known = table.table()["crm.item.add"]["fieldsByEntityType"]
        rows = known.get(str(entity_type), known["dynamic"])
        types = {name: str(about["type"]) for name, about in rows.items() if not name.endswith("...")}
        return types | {custom.camel: "crm_userfield" for custom in self.custom[entity_type].values()}

    def check_type(self, entity_type: int) -> None:
        """Raises NOT_FOUND for a type that this portal does not have."""
        if entity_type not in self.items:
            raise not_found("SPA not found")

    def get(self, entity_type: int, item_id: int) -> Item:
        """An item; raises NOT_FOUND."""
        self.check_type(entity_type)
        found = self.items[entity_type].get(item_id)
        if found is None:
            raise not_found("Item not found")
        return found

    def by_origin(self, entity_type: int, origin_id: str) -> list[Item]:
        """Items with this `originId`, by an index."""
        rows = self.items[entity_type]
        return [rows[number] for number in sorted(self._origins.get((entity_type, origin_id), ()))]

    def by_communication(self, kind: str, value: str) -> list[Item]:
        """Items with this phone or e-mail, by an index over the stored normal form."""
        keys = sorted(self._comms.get((kind, communications.normal(kind, value)), ()))
        return [self.items[entity_type][number] for entity_type, number in keys]

    def semantics(self, entity_type: int, stage: str | None) -> str:
        """`P`, `S` or `F` of a stage."""
        found = self.stage(entity_type, stage or "")
        return (found.semantics if found else "") or "P"

    # --- changes

    def add(
        self, entity_type: int, values: dict[str, Any], user_id: int | None, source: str = "fields"
    ) -> Item:
        """Create; raises RestError for values that the portal refuses. In simple mode a lead is converted at once."""
        types = self.field_types(entity_type)
        values = self._checked(entity_type, values, source)
        fm = values.pop("fm", None)
        item = self._blank(entity_type, user_id)
        item.fields |= {name: coerce(types[name], value) for name, value in values.items()}
        self._set_stage(item)
        check_values(self, item, values)
        check_required(self, item, fm)
        communications.write(item, fm, self._fm_ids)
        self._number(item)
        self._emit(item, "ADD", user_id)
        if self.simple and entity_type == LEAD:
            self.convert_lead(item.id, user_id)
        return item

    def update(
        self,
        entity_type: int,
        item_id: int,
        values: dict[str, Any],
        user_id: int | None,
        source: str = "fields",
    ) -> Item:
        """Change some fields; raises NOT_FOUND and what `add` raises."""
        item = self.get(entity_type, item_id)
        types = self.field_types(entity_type)
        values = self._checked(entity_type, values, source)
        fm = values.pop("fm", None)
        before = dict(item.fields)
        changed = Item(entity_type=entity_type, id=item.id, fields=dict(item.fields), fm=dict(item.fm))
        changed.fields |= {name: coerce(types[name], value) for name, value in values.items()}
        if (
            "categoryId" in values
            and "stageId" not in values
            and before["categoryId"] != changed.fields["categoryId"]
        ):
            changed.fields["stageId"] = None
        self._set_stage(changed)
        check_values(self, changed, values)
        communications.write(changed, fm, self._fm_ids)
        self._unindex(item)
        item.fields, item.fm = changed.fields, changed.fm
        self._index(item)
        now = self.portal.iso()
        item.fields |= {"updatedTime": now, "updatedBy": user_id or 1}
        if before.get("stageId") != item.fields.get("stageId"):
            item.fields |= {"movedTime": now, "movedBy": user_id or 1}
        self._emit(item, "UPDATE", user_id)
        if entity_type == DEAL and before["categoryId"] != item.fields["categoryId"]:
            data = {
                "ID": item.id,
                "CATEGORY_ID": item.fields["categoryId"],
                "STAGE_ID": item.fields["stageId"],
            }
            self.portal.events.emit("ONCRMDEALMOVETOCATEGORY", {"FIELDS": data}, user_id)
        return item

    def delete(self, entity_type: int, item_id: int, user_id: int | None = 1) -> None:
        """Delete with its timeline; raises NOT_FOUND."""
        item = self.get(entity_type, item_id)
        self._unindex(item)
        del self.items[entity_type][item_id]
        self.timeline.forget(entity_type, item_id)
        self._emit(item, "DELETE", user_id)

    def convert_lead(self, lead_id: int, user_id: int | None = 1) -> dict[str, int]:
        """Convert a lead; returns the ids of `contact` and `deal`. Raises NOT_FOUND."""
        with self.portal.lock:
            return conversion.convert(self, self.get(LEAD, lead_id), user_id)

    def merge(self, entity_type: int, ids: list[int], user_id: int | None = 1) -> Item:
        """Merge duplicates into the first; the others are deleted. Raises NOT_FOUND."""
        with self.portal.lock:
            keep, *rest = [self.get(entity_type, number) for number in ids]
            self._unindex(keep)
            for item in rest:
                conversion.absorb(self, keep, item)
            self._index(keep)
            for item in rest:
                self.delete(entity_type, item.id, user_id)
            return keep

    # --- settings of the portal

    def add_custom_field(
        self,
        entity_type: int,
        name: str,
        kind: str = "string",
        title: str = "",
        *,
        multiple: bool = False,
        required: bool = False,
        items: dict[int, str] | None = None,
    ) -> CustomField:
        """A custom field, `name` as `UF_CRM_1234567890`."""
        custom = CustomField(
            name=name, kind=kind, title=title or name, multiple=multiple, required=required, items=items or {}
        )
        self.custom[entity_type][name] = custom
        return custom

    def add_category(self, category_id: int, name: str) -> Category:
        """One more deal pipeline with the usual stages."""
        category = Category(id=category_id, entity_type=DEAL, name=name)
        self.categories.append(category)
        self.statuses += pipeline_stages(category_id, 101 + len(self.statuses))
        return category

    def add_smart_process(self, entity_type: int, title: str) -> None:
        """A smart process without stages and pipelines."""
        self.types[entity_type] = title
        self.items[entity_type] = {}

    # --- inside

    def _blank(self, entity_type: int, user_id: int | None) -> Item:
        """An item that nobody filled in, stamped with now and its author."""
        types = self.field_types(entity_type)
        now, author = self.portal.iso(), user_id or 1
        stamps = {"createdTime": now, "updatedTime": now, "movedTime": now, "lastActivityTime": now}
        authors = dict.fromkeys(
            ("createdBy", "updatedBy", "movedBy", "lastActivityBy", "assignedById"), author
        )
        known = {**stamps, **authors, "opened": "Y", "isNew": "Y"}
        fields = {name: known.get(name, blank(kind, name)) for name, kind in types.items() if name != "fm"}
        return Item(entity_type=entity_type, id=0, fields=fields)

    def _number(self, item: Item) -> None:
        item.id = item.fields["id"] = next(self._ids[item.entity_type])
        if not item.fields.get("title") and "title" in item.fields:
            item.fields["title"] = item.title
        self.items[item.entity_type][item.id] = item
        self._index(item)

    def _read_only(self, entity_type: int) -> dict[str, str]:
        self.check_type(entity_type)
        return READ_ONLY.get(entity_type, DYNAMIC_READ_ONLY)

    def _checked(self, entity_type: int, values: dict[str, Any], source: str) -> dict[str, Any]:
        known = table.table()["crm.item.add"]["fieldsByEntityType"]
        rows = known.get(str(entity_type), known["dynamic"])
        extra = frozenset(custom.camel for custom in self.custom[entity_type].values())
        if source != "conversion":
            where = f"{source} of {OWNER_TYPES.get(entity_type, ('', str(entity_type)))[1]}"
            table.check_fields(self.portal, where, rows, values, extra=extra)
        return dict(values)

    def _set_stage(self, item: Item) -> None:
        fields = item.fields
        if item.entity_type == LEAD:
            fields["stageId"] = fields.get("stageId") or "NEW"
        elif item.entity_type == DEAL:
            category = fields["categoryId"] = fields.get("categoryId") or 0
            fields["stageId"] = fields.get("stageId") or (f"C{category}:NEW" if category else "NEW")
        else:
            return
        semantics = self.semantics(item.entity_type, fields["stageId"])
        fields["stageSemanticId"] = semantics
        if item.entity_type == DEAL:
            fields["closed"] = "N" if semantics == "P" else "Y"
        elif semantics != "P" and not fields.get("dateClosed"):
            fields["dateClosed"] = self.portal.iso()

    def stage(self, entity_type: int, code: str) -> Status | None:
        prefix = "STATUS" if entity_type == LEAD else "DEAL_STAGE"
        return next(
            (row for row in self.statuses if row.code == code and row.entity.startswith(prefix)), None
        )

    def _index(self, item: Item) -> None:
        if item.fields.get("originId"):
            self._origins[(item.entity_type, str(item.fields["originId"]))].add(item.id)
        for key in communications.keys(item):
            self._comms[key].add((item.entity_type, item.id))

    def _unindex(self, item: Item) -> None:
        if item.fields.get("originId"):
            self._origins[(item.entity_type, str(item.fields["originId"]))].discard(item.id)
        for key in communications.keys(item):
            self._comms[key].discard((item.entity_type, item.id))

    def _emit(self, item: Item, change: str, user_id: int | None) -> None:
        names = {LEAD: "LEAD", DEAL: "DEAL", CONTACT: "CONTACT", COMPANY: "COMPANY"}
        if item.entity_type in names:
            data: dict[str, Any] = {"FIELDS": {"ID": item.id}}
            self.portal.events.emit(f"ONCRM{names[item.entity_type]}{change}", data, user_id)
            return
        data = {"FIELDS": {"ID": item.id, "ENTITY_TYPE_ID": item.entity_type}}
        self.portal.events.emit(f"ONCRMDYNAMICITEM{change}", data, user_id)
        self.portal.events.emit(f"ONCRMDYNAMICITEM{change}_{item.entity_type}", data, user_id)
