"""Conversion of leads and merge of duplicates: what people and robots do, not REST.

Bitrix24: crm/leads (there is no conversion method), crm/duplicates/crm-entity-merge-batch.
"""

from typing import TYPE_CHECKING, Any

from sandbox.bitrix.crm import communications
from sandbox.bitrix.crm.fields import COMPANY, CONTACT, DEAL, LEAD

if TYPE_CHECKING:
    from sandbox.bitrix.crm.store import Crm, Item

_LINKS = {CONTACT: "contactId", COMPANY: "companyId", LEAD: "leadId"}


def convert(crm: "Crm", lead: "Item", user_id: int | None) -> dict[str, int]:
    """Contact (unless the lead has one) and deal out of a lead, which stays as CONVERTED. Returns their ids."""
    contact_id = lead.fields["contactId"] or _contact_of(crm, lead, user_id).id
    deal = crm.add(
        DEAL,
        _present(
            {key: lead.fields.get(key) for key in ("title", "assignedById", "sourceId", "sourceDescription")}
        )
        | {"leadId": lead.id, "contactId": contact_id},
        user_id,
        "conversion",
    )
    crm.update(LEAD, lead.id, {"stageId": "CONVERTED", "contactId": contact_id}, user_id, "conversion")
    crm.timeline.copy(LEAD, lead.id, DEAL, deal.id)
    return {"contact": contact_id, "deal": deal.id}


def _contact_of(crm: "Crm", lead: "Item", user_id: int | None) -> "Item":
    names = ("name", "secondName", "lastName", "sourceId", "assignedById")
    values = _present({key: lead.fields.get(key) for key in names})
    fm = [dict(row) for row in lead.fm.values()]
    return crm.add(CONTACT, {**values, "leadId": lead.id, "fm": fm}, user_id, "conversion")


def absorb(crm: "Crm", keep: "Item", item: "Item") -> None:
    """Give everything of one item to another of its kind: communications, empty fields, timeline, links."""
    known = {(row["typeId"], communications.normal(row["typeId"], row["value"])) for row in keep.fm.values()}
    for number, row in item.fm.items():
        if (row["typeId"], communications.normal(row["typeId"], row["value"])) not in known:
            keep.fm[number] = row
    keep.fields |= {key: value for key, value in item.fields.items() if keep.fields.get(key) in (None, "", 0)}
    crm.timeline.move(item.entity_type, item.id, keep.id)
    _relink(crm, item.entity_type, item.id, keep.id)


def _relink(crm: "Crm", entity_type: int, old_id: int, new_id: int) -> None:
    name = _LINKS.get(entity_type, "")
    for item in [item for rows in crm.items.values() for item in rows.values()]:
        if item.fields.get(name) == old_id:
            item.fields[name] = new_id
        if entity_type == CONTACT and old_id in (item.fields.get("contactIds") or []):
            linked = [new_id if number == old_id else number for number in item.fields["contactIds"]]
            item.fields["contactIds"] = [*dict.fromkeys(linked)]


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "")}
