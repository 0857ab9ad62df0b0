"""A portal's fields for tests of the mapping: one of every type of the CRM."""

from typing import Any

from app.domain.conversation import PortalView
from app.domain.fields import FieldInfo
from app.domain.settings.mapping import MappingRule

COLOURS = {"44": "Красный", "45": "Синий"}
TYPES = (
    "string", "text", "char", "boolean", "integer", "double", "money", "date", "datetime", "enumeration", "crm_status",
    "crm_currency", "user", "employee", "url", "crm", "crm_contact", "crm_company", "crm_lead", "crm_deal", "crm_quote",
    "crm_entity", "crm_category", "iblock_element", "iblock_section", "hlblock", "file", "diskfile", "crm_multifield",
    "resourcebooking", "address", "location", "video",
)  # fmt: skip


def info(kind: str, *, multiple: bool = False, **more: Any) -> FieldInfo:
    """A custom field of a lead."""
    items = COLOURS if kind in ("enumeration", "crm_status") else {}
    given: dict[str, Any] = {"name": f"ufCrm_{kind}", "entity": "lead", "title": kind, "custom": True}
    return FieldInfo(type=kind, multiple=multiple, **(given | {"items": items} | more))


def view(*fields: FieldInfo, read: bool = True) -> PortalView:
    """Moscow; user 7 works and is joined to the UIS employee 367852, user 9 is dismissed, 11 and 12 are namesakes."""
    return PortalView(
        member_id="m", portal_url="https://portal.example", lang="ru", timezone="Europe/Moscow", crm_mode="classic",
        users={7: ("Ответственный Первый", True), 9: ("Ответственный Второй", False),
               11: ("Тёзка", True), 12: ("Тёзка", True)},
        operators={367852: 7}, operator_names={367852: "Оператор Чата", 5: "Оператор Без Пары"}, channel_names={},
        fields={"lead": {field.name: field for field in fields}} if read else {},
    )  # fmt: skip


def rule(field: str, mode: str = "always", **origin: Any) -> MappingRule:
    """A row of a lead."""
    return MappingRule.model_validate({"entity": "lead", "field": field, "mode": mode, **origin})
