"""What the portal refuses: unknown stages, sources, users and linked cards, required fields that are empty."""

from typing import TYPE_CHECKING, Any

from sandbox.bitrix.crm.fields import COMPANY, CONTACT, DEAL, LEAD
from sandbox.bitrix.errors import RestError

if TYPE_CHECKING:
    from sandbox.bitrix.crm.store import Crm, Item


def invalid(name: str) -> RestError:
    """A value that the portal does not take."""
    return RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{name}"', argument=name)


def check_values(crm: "Crm", item: "Item", written: dict[str, Any]) -> None:
    """Check the values of an item; of links and dictionaries only those that were written now. Raises RestError."""
    fields = item.fields
    if item.entity_type in (LEAD, DEAL):
        _check_stage(crm, item)
    source = fields.get("sourceId")
    if (
        source
        and "sourceId" in written
        and not any(s.entity == "SOURCE" and s.code == source for s in crm.statuses)
    ):
        raise invalid("sourceId")
    if "assignedById" in written and fields["assignedById"] not in crm.portal.users:
        raise invalid("assignedById")
    for name, entity_type in (("contactId", CONTACT), ("companyId", COMPANY), ("leadId", LEAD)):
        if name in written and fields.get(name) and fields[name] not in crm.items[entity_type]:
            raise invalid(name)
    _check_contacts(crm, item, written)


def _check_contacts(crm: "Crm", item: "Item", written: dict[str, Any]) -> None:
    fields = item.fields
    if "contactIds" in written and "contactIds" in fields:
        if any(number not in crm.items[CONTACT] for number in fields["contactIds"]):
            raise invalid("contactIds")
        if "contactId" in fields:
            fields["contactId"] = fields["contactIds"][0] if fields["contactIds"] else 0
    elif "contactId" in written and "contactIds" in fields:
        fields["contactIds"] = [fields["contactId"]] if fields["contactId"] else []


def _check_stage(crm: "Crm", item: "Item") -> None:
    stage = crm.stage(item.entity_type, str(item.fields["stageId"]))
    if stage is None:
        raise invalid("stageId")
    if item.entity_type != DEAL:
        return
    if item.fields["categoryId"] not in {row.id for row in crm.categories if row.entity_type == DEAL}:
        raise invalid("categoryId")
    if (stage.category_id or 0) != item.fields["categoryId"]:
        raise invalid("stageId")


def check_required(crm: "Crm", item: "Item", fm: Any) -> None:
    """Fields that the portal made required, for every stage or for this one, and the name in simple mode."""
    if crm.simple and item.entity_type == LEAD and not item.fields.get("name"):
        raise RestError("ERROR_CORE", "В простом режиме CRM у лида должно быть имя")
    stage = item.fields.get("stageId")
    needed = crm.required.get((item.entity_type, None), set()) | crm.required.get(
        (item.entity_type, stage), set()
    )
    needed = needed | {row.camel for row in crm.custom[item.entity_type].values() if row.required}
    for name in sorted(needed):
        if (fm if name == "fm" else item.fields.get(name)) in (None, "", [], 0):
            raise RestError("CRM_FIELD_ERROR_REQUIRED", f'Поле "{name}" обязательно для заполнения')
