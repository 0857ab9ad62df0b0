"""Dictionaries of a new portal: statuses, stages of pipelines, pipelines, and the methods that read them."""

from dataclasses import dataclass
from typing import Any

from sandbox.bitrix.call import Call, as_map, method, page
from sandbox.bitrix.crm.fields import OWNER_TYPES
from sandbox.bitrix.crm.filters import check_filter, matches, order_rows
from sandbox.bitrix.errors import RestError

STATUS_FIELDS = (
    "ID",
    "ENTITY_ID",
    "STATUS_ID",
    "NAME",
    "NAME_INIT",
    "SORT",
    "SYSTEM",
    "CATEGORY_ID",
    "SEMANTICS",
)

LONGEST_CODE = 50


@dataclass(slots=True, kw_only=True)
class Status:
    """One item of a dictionary; `semantics` of a stage: empty (in work), `S` (won) or `F` (lost)."""

    id: int
    entity: str
    code: str
    name: str
    sort: int
    semantics: str = ""
    category_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape of `crm.status.list`."""
        return {
            "ID": str(self.id),
            "ENTITY_ID": self.entity,
            "STATUS_ID": self.code,
            "NAME": self.name,
            "NAME_INIT": self.name,
            "SORT": str(self.sort),
            "SYSTEM": "N",
            "CATEGORY_ID": None if self.category_id is None else str(self.category_id),
            "COLOR": "#39A8EF",
            "SEMANTICS": self.semantics or None,
            "EXTRA": {
                "SEMANTICS": {"": "process", "S": "success", "F": "failure"}[self.semantics],
                "COLOR": "#39A8EF",
            },
        }


@dataclass(slots=True, kw_only=True)
class Category:
    """A pipeline of an entity type."""

    id: int
    entity_type: int
    name: str
    sort: int = 100

    def as_json(self) -> dict[str, Any]:
        """The shape of `crm.category.list`."""
        return {
            "id": self.id,
            "name": self.name,
            "sort": self.sort,
            "entityTypeId": self.entity_type,
            "isDefault": "Y" if self.id == 0 else "N",
            "originId": "",
            "originatorId": "",
        }


_DEAL_STAGES = [
    ("NEW", "Новая", ""),
    ("PREPARATION", "Подготовка документов", ""),
    ("EXECUTING", "В работе", ""),
    ("WON", "Сделка успешна", "S"),
    ("LOSE", "Сделка провалена", "F"),
]
_CATALOGUE: dict[str, list[tuple[str, str, str]]] = {
    "STATUS": [
        ("NEW", "Не обработан", ""),
        ("IN_PROCESS", "В работе", ""),
        ("PROCESSED", "Обработан", ""),
        ("CONVERTED", "Качественный лид", "S"),
        ("JUNK", "Некачественный лид", "F"),
    ],
    "SOURCE": [
        ("CALL", "Звонок", ""),
        ("EMAIL", "Электронная почта", ""),
        ("WEB", "Веб-сайт", ""),
        ("ADVERTISING", "Реклама", ""),
        ("PARTNER", "Существующий клиент", ""),
        ("WEBFORM", "CRM-форма", ""),
        ("REPEAT_SALE", "Повторные продажи", ""),
        ("OTHER", "Другое", ""),
    ],
    "CONTACT_TYPE": [("CLIENT", "Клиенты", ""), ("SUPPLIER", "Поставщики", ""), ("OTHER", "Другое", "")],
    "COMPANY_TYPE": [("CUSTOMER", "Клиент", ""), ("SUPPLIER", "Поставщик", ""), ("OTHER", "Другое", "")],
    "DEAL_TYPE": [
        ("SALE", "Продажа", ""),
        ("SERVICE", "Сервисное обслуживание", ""),
        ("COMPLEX", "Комплексная", ""),
    ],
    "HONORIFIC": [("HNR_RU_1", "г-н", ""), ("HNR_RU_2", "г-жа", "")],
    "INDUSTRY": [("IT", "Информационные технологии", ""), ("OTHER", "Другое", "")],
    "EMPLOYEES": [("EMPLOYEES_1", "менее 50", ""), ("EMPLOYEES_2", "50-250", "")],
    "DEAL_STAGE": _DEAL_STAGES,
}


def default_statuses() -> list[Status]:
    """Every dictionary of a new portal, with the stages of the general pipeline (0) and of pipeline 2."""
    found: list[Status] = []
    for entity, rows in _CATALOGUE.items():
        for code, name, semantics in rows:
            sort = 10 * (1 + sum(row.entity == entity for row in found))
            found.append(
                Status(
                    id=len(found) + 101, entity=entity, code=code, name=name, sort=sort, semantics=semantics
                )
            )
    return found + pipeline_stages(2, len(found) + 101)


def pipeline_stages(category_id: int, first_id: int) -> list[Status]:
    """The usual stages for one more deal pipeline: `C2:NEW` and so on."""
    return [
        Status(
            id=first_id + index,
            entity=f"DEAL_STAGE_{category_id}",
            code=f"C{category_id}:{code}",
            name=name,
            sort=10 * (index + 1),
            semantics=semantics,
            category_id=category_id,
        )
        for index, (code, name, semantics) in enumerate(_DEAL_STAGES)
    ]


def default_categories() -> list[Category]:
    """The general pipeline and one more."""
    return [
        Category(id=0, entity_type=2, name="Общая", sort=300),
        Category(id=2, entity_type=2, name="Опт", sort=200),
    ]


@method("crm.status.list")
def status_list(call: Call) -> list[dict[str, Any]]:
    """Bitrix24: crm/status/crm-status-list; all rows at once, with `total`."""
    check_filter(call.object("filter"), STATUS_FIELDS)
    rows = [status.as_json() for status in call.portal.crm.statuses]
    rows = [row for row in rows if matches(row, call.object("filter"))]
    rows = order_rows(rows, call.object("order"), STATUS_FIELDS)
    call.total = len(rows)
    return rows


@method("crm.status.add")
def status_add(call: Call) -> int:
    """A new row of a directory; its code is unique there (Bitrix24: crm/status/crm-status-add)."""
    call.require_admin()
    fields = call.object("fields")
    entity, code = str(fields["ENTITY_ID"]), str(fields["STATUS_ID"])
    statuses = call.portal.crm.statuses
    if entity not in {status.entity for status in statuses}:
        raise RestError("ERROR_ARGUMENT", f"Unknown ENTITY_ID {entity}")
    if not 1 <= len(code) <= LONGEST_CODE:
        raise RestError("ERROR_ARGUMENT", f"STATUS_ID must have 1 to {LONGEST_CODE} characters")
    if any((status.entity, status.code) == (entity, code) for status in statuses):
        raise RestError("ERROR_CORE", f"The element with the code {code} exists already")
    number = max(status.id for status in statuses) + 1
    name, sort = str(fields["NAME"]), int(fields.get("SORT") or 10)
    statuses.append(Status(id=number, entity=entity, code=code, name=name, sort=sort))
    return number


@method("crm.status.entity.items")
def status_entity_items(call: Call) -> list[dict[str, Any]]:
    """The items of one dictionary by `entityId`."""
    rows = [status for status in call.portal.crm.statuses if status.entity == call.get("entityId")]
    return [{"NAME": row.name, "SORT": row.sort, "STATUS_ID": row.code} for row in rows]


@method("crm.category.list")
def category_list(call: Call) -> dict[str, Any]:
    """Bitrix24: crm/universal/category/crm-category-list."""
    entity_type = call.integer("entityTypeId")
    if entity_type != 2 and entity_type not in call.portal.crm.types:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {entity_type} does not support categories")
    rows = [row.as_json() for row in call.portal.crm.categories if row.entity_type == entity_type]
    return {"categories": page(call, rows)}


@method("crm.settings.mode.get")
def settings_mode(call: Call) -> int:
    """1 = classic, 2 = simple (Bitrix24: crm/crm-settings-mode-get)."""
    return 2 if call.portal.crm.simple else 1


@method("crm.enum.settings.mode")
def settings_modes(call: Call) -> list[dict[str, Any]]:
    """Both modes by name."""
    return [{"ID": 1, "NAME": "Классический режим CRM"}, {"ID": 2, "NAME": "Простой режим CRM"}]


@method("crm.enum.ownertype")
def owner_types(call: Call) -> list[dict[str, Any]]:
    """Bitrix24: crm/auxiliary/enum/crm-enum-owner-type."""
    rows: list[tuple[int, tuple[str, str, str]]] = [*OWNER_TYPES.items()]
    rows += [
        (number, (title, f"DYNAMIC_{number}", f"T{number:x}"))
        for number, title in call.portal.crm.types.items()
    ]
    return [
        {"ID": key, "NAME": name, "SYMBOL_CODE": code, "SYMBOL_CODE_SHORT": short}
        for key, (name, code, short) in rows
    ]


@method("crm.type.list")
def type_list(call: Call) -> dict[str, Any]:
    """Smart processes of the portal (Bitrix24: crm/universal/user-defined-object-types/crm-type-list)."""
    rows = [
        {
            "id": index + 1,
            "title": title,
            "code": "",
            "entityTypeId": number,
            "isCategoriesEnabled": "N",
            "isStagesEnabled": "N",
            "isClientEnabled": "Y",
            "isSourceEnabled": "Y",
            "isObserversEnabled": "Y",
        }
        for index, (number, title) in enumerate(call.portal.crm.types.items())
    ]
    conditions = call.object("filter")
    check_filter(conditions, rows[0] if rows else ("id", "title", "entityTypeId"))
    return {"types": page(call, [row for row in rows if matches(row, as_map(conditions, "filter"))])}
