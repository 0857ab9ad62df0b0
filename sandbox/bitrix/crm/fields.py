"""Fields of CRM entities: names in both spellings, types, what an item answers with.

Bitrix24: crm/universal/object-fields, crm/universal/crm-item-fields.
"""

import re
from dataclasses import dataclass, field
from typing import Any

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
OWNER_TYPES = {
    LEAD: ("Лид", "LEAD", "L"),
    DEAL: ("Сделка", "DEAL", "D"),
    CONTACT: ("Контакт", "CONTACT", "C"),
    COMPANY: ("Компания", "COMPANY", "CO"),
    7: ("Предложение", "QUOTE", "Q"),
    8: ("Реквизиты", "REQUISITE", "RQ"),
    31: ("Счёт", "SMART_INVOICE", "SI"),
}
SYSTEM = {
    "id": "integer",
    "createdTime": "datetime",
    "updatedTime": "datetime",
    "createdBy": "user",
    "updatedBy": "user",
    "lastActivityBy": "user",
    "lastActivityTime": "datetime",
}
MOVED = {"movedBy": "user", "movedTime": "datetime", "stageSemanticId": "string"}
COMM = {"hasPhone": "boolean", "hasEmail": "boolean", "hasImol": "boolean"}
# What the portal sets by itself, by entity type, beyond what can be written.
READ_ONLY: dict[int, dict[str, str]] = {
    LEAD: {**SYSTEM, **MOVED, **COMM, "isReturnCustomer": "boolean", "dateClosed": "datetime"},
    DEAL: {**SYSTEM, **MOVED, "closed": "boolean", "isNew": "boolean", "isReturnCustomer": "boolean"}
    | {"isRepeatedApproach": "boolean"},
    CONTACT: {**SYSTEM, **COMM},
    COMPANY: {**SYSTEM, **COMM},
}
DYNAMIC_READ_ONLY = {**SYSTEM, "movedBy": "user", "movedTime": "datetime", "previousStageId": "crm_status"}

LEGACY_NAMES = {
    "createdTime": "DATE_CREATE",
    "updatedTime": "DATE_MODIFY",
    "createdBy": "CREATED_BY_ID",
    "updatedBy": "MODIFY_BY_ID",
    "movedBy": "MOVED_BY_ID",
}
FM_TYPES = ("PHONE", "EMAIL", "WEB", "IM", "LINK")
FM_VALUE_TYPES = {
    "WORK",
    "MOBILE",
    "FAX",
    "HOME",
    "PAGER",
    "MAILING",
    "OTHER",
    "FACEBOOK",
    "TELEGRAM",
    "VK",
} | {
    "SKYPE",
    "VIBER",
    "WHATSAPP",
    "INSTAGRAM",
    "OPENLINE",
    "IMOL",
    "JABBER",
    "ICQ",
    "MSN",
    "BITRIX24",
    "USER",
}


@dataclass(slots=True, kw_only=True)
class CustomField:
    """A custom field of an entity type; `items` are the values of a list: id → text."""

    name: str
    kind: str
    title: str
    multiple: bool = False
    required: bool = False
    items: dict[int, str] = field(default_factory=dict)

    @property
    def camel(self) -> str:
        """The name in `crm.item.*`: `UF_CRM_123` → `ufCrm_123`, `UF_CRM_2_163` → `ufCrm2_163`."""
        return camel(self.name)


def camel(name: str) -> str:
    """A name of the old methods as `crm.item.*` spells it (Bitrix24: crm/universal)."""
    match = re.fullmatch(r"UF_CRM_(\d+)_(\w+)", name)
    if match:
        return f"ufCrm{match[1]}_{match[2]}"
    if re.fullmatch(r"UF_CRM_\d+", name):
        return "ufCrm_" + name.removeprefix("UF_CRM_")
    first, *rest = name.lower().split("_")
    return first + "".join(part.capitalize() for part in rest)


def upper(name: str, entity_type: int) -> str:
    """A name of `crm.item.*` as the old methods spell it."""
    if name in LEGACY_NAMES:
        return LEGACY_NAMES[name]
    if entity_type == LEAD and name in ("stageId", "stageSemanticId"):
        return {"stageId": "STATUS_ID", "stageSemanticId": "STATUS_SEMANTIC_ID"}[name]
    if entity_type == COMPANY and name == "typeId":
        return "COMPANY_TYPE"
    if name.startswith("ufCrm"):
        return re.sub(r"^ufCrm(\d*)_", lambda m: f"UF_CRM_{m[1]}_" if m[1] else "UF_CRM_", name)
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()


def blank(kind: str, name: str) -> Any:
    """What a field holds that nobody filled in."""
    if name in ("observers", "contactIds", "companyIds"):
        return []
    if name in ("companyId", "contactId", "webformId"):
        return 0
    if kind == "boolean":
        return "N"
    return 0 if kind == "double" else None


def coerce(kind: str, value: Any) -> Any:
    """A written value as the portal gives it back: numbers as numbers, flags as Y and N, the empty text as null."""
    if value is None or value == "":
        return None if kind not in ("double",) else 0
    if kind == "boolean":
        return "Y" if str(value).lower() in ("y", "1", "true") else "N"
    if kind in ("integer", "user", "crm_company", "crm_contact", "crm_lead", "crm_category"):
        return int(value)
    if kind == "double":
        return float(value)
    if kind.endswith("[]"):
        rows = [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else [value]
        return [int(row) for row in rows if str(row).isdigit()]
    return value if isinstance(value, dict | list) else str(value)
