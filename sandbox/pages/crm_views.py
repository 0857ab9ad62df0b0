"""What the CRM pages show of a portal's items. Every function wants the lock of the portal to be held."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.crm.fields import COMPANY, CONTACT, DEAL, LEAD

if TYPE_CHECKING:
    from sandbox.bitrix.crm.store import Item
    from sandbox.bitrix.portal import Portal

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """An entity type in words; `path` is its part of the address, `place` its part of placement codes."""

    entity_type: int
    path: str
    place: str
    plural: str
    single: str
    about: str
    staged: bool = False

    @property
    def prefix(self) -> str:
        """What all addresses of this kind begin with."""
        return f"/crm/{self.path}/"

    @property
    def list_url(self) -> str:
        """The list."""
        return f"{self.prefix}list/"

    def url(self, item_id: int) -> str:
        """The card of an item."""
        return f"{self.prefix}details/{item_id}/"


LEADS = Kind(
    entity_type=LEAD, path="lead", place="LEAD", plural="Лиды", single="Лид", about="лиде", staged=True
)
DEALS = Kind(
    entity_type=DEAL, path="deal", place="DEAL", plural="Сделки", single="Сделка", about="сделке", staged=True
)
CONTACTS = Kind(
    entity_type=CONTACT,
    path="contact",
    place="CONTACT",
    plural="Контакты",
    single="Контакт",
    about="контакте",
)
COMPANIES = Kind(
    entity_type=COMPANY,
    path="company",
    place="COMPANY",
    plural="Компании",
    single="Компания",
    about="компании",
)
STANDARD = (LEADS, DEALS, CONTACTS, COMPANIES)

TITLES = {
    "name": "Имя",
    "lastName": "Фамилия",
    "opportunity": "Сумма",
    "sourceDescription": "Об источнике",
    "comments": "Комментарий",
    "post": "Должность",
    "address": "Адрес",
    "utmSource": "UTM Source",
    "utmMedium": "UTM Medium",
    "utmCampaign": "UTM Campaign",
    "utmContent": "UTM Content",
    "utmTerm": "UTM Term",
    "originatorId": "Внешний источник",
    "originId": "Внешний ключ",
}
COMMUNICATIONS = {"PHONE": "Телефон", "EMAIL": "Почта", "WEB": "Сайт", "IM": "Мессенджер", "LINK": "Ссылка"}


def kinds(portal: "Portal") -> list[Kind]:
    """The entity types of this portal, in the order of the menu; no leads in a simple CRM without any."""
    standard = [
        kind for kind in STANDARD if kind is not LEADS or not portal.crm.simple or portal.crm.items[LEAD]
    ]
    return standard + [smart_process(number, title) for number, title in portal.crm.types.items()]


def smart_process(number: int, title: str) -> Kind:
    """A smart process as a kind."""
    return Kind(
        entity_type=number,
        path=f"type/{number}",
        place=f"DYNAMIC_{number}",
        plural=title,
        single=title,
        about="элементе",
    )


def kind_of(portal: "Portal", path: str) -> Kind | None:
    """The kind with this part of the address; None when the portal has no such type."""
    number = path.removeprefix("type/")
    if path != number and number.isdecimal() and int(number) in portal.crm.types:
        return smart_process(int(number), portal.crm.types[int(number)])
    return next((kind for kind in STANDARD if kind.path == path), None)


def kind_of_type(portal: "Portal", entity_type: int) -> Kind | None:
    """The kind of an entity type; None when the portal has no such type."""
    if entity_type in portal.crm.types:
        return smart_process(entity_type, portal.crm.types[entity_type])
    return next((kind for kind in STANDARD if kind.entity_type == entity_type), None)


def counted(portal: "Portal", kind: Kind) -> int:
    """How many items there are."""
    return len(portal.crm.items[kind.entity_type])


def list_rows(portal: "Portal", kind: Kind) -> list[Row]:
    """The list, newest first."""
    items = portal.crm.items[kind.entity_type].values()
    return [_list_row(portal, kind, item) for item in sorted(items, key=lambda item: -item.id)]


def _list_row(portal: "Portal", kind: Kind, item: "Item") -> Row:
    fields = item.fields
    return {
        "id": item.id,
        "title": item.title,
        "url": kind.url(item.id),
        "stage": stage_name(portal, item),
        "phone": next((row["value"] for row in item.fm.values() if row["typeId"] == "PHONE"), ""),
        "responsible": user_name(portal, fields.get("assignedById")),
        "source": status_name(portal, "SOURCE", fields.get("sourceId")),
        "created": fields.get("createdTime"),
    }


def card_view(portal: "Portal", kind: Kind, item: "Item") -> Row:
    """The card: title, stages and the filled fields."""
    return {
        "id": item.id,
        "title": item.title,
        "stages": stages(portal, item) if kind.staged else [],
        "fields": [field for field in _fields(portal, item) if field["value"]],
    }


def stages(portal: "Portal", item: "Item") -> list[Row]:
    """The stages of the item's pipeline; `state` is done, now or empty. Failed stages show only when reached."""
    entity = _stage_entity(item)
    found = [row for row in portal.crm.statuses if row.entity == entity]
    now = item.fields.get("stageId")
    shown = [row for row in found if row.semantics != "F" or row.code == now]
    at = next((index for index, row in enumerate(shown) if row.code == now), 0)
    return [
        {"name": row.name, "state": "now" if index == at else "done" if index < at else ""}
        for index, row in enumerate(shown)
    ]


def stage_name(portal: "Portal", item: "Item") -> str:
    """The stage in words."""
    return status_name(portal, _stage_entity(item), item.fields.get("stageId"))


def status_name(portal: "Portal", entity: str, code: Any) -> str:
    """An entry of a CRM dictionary in words, its code when the dictionary does not have it."""
    found = next((row.name for row in portal.crm.statuses if row.entity == entity and row.code == code), None)
    return found or str(code or "")


def user_name(portal: "Portal", user_id: Any) -> str:
    """An employee in words."""
    user = portal.users.get(int(user_id or 0))
    return user.full_name if user else ""


def found_items(portal: "Portal", paths: list[str]) -> list[Row]:
    """The newest items of some kinds (`lead`, `deal`, ...; all when empty) for the selection dialog."""
    wanted = [kind for kind in STANDARD if not paths or kind.path in paths]
    short = {"lead": "L", "deal": "D", "contact": "C", "company": "CO"}
    with portal.lock:
        return [
            {
                "id": f"{short[kind.path]}_{item.id}",
                "type": kind.path,
                "title": item.title,
                "url": kind.url(item.id),
            }
            for kind in wanted
            for item in [*portal.crm.items[kind.entity_type].values()][-20:]
        ]


def _stage_entity(item: "Item") -> str:
    if item.entity_type == LEAD:
        return "STATUS"
    category = item.fields.get("categoryId")
    return f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"


def _fields(portal: "Portal", item: "Item") -> list[Row]:
    fields = item.fields
    rows = [_row(COMMUNICATIONS.get(row["typeId"], row["typeId"]), row["value"]) for row in item.fm.values()]
    if item.entity_type == DEAL:
        rows.append(_row("Воронка", _category(portal, fields.get("categoryId"))))
    rows += [
        _row(title, fields.get(name)) for name, title in TITLES.items() if fields.get(name) not in (0, 0.0)
    ]
    rows += _links(portal, fields)
    rows.append(_row("Источник", status_name(portal, "SOURCE", fields.get("sourceId"))))
    rows += [
        _row(each.title, fields.get(each.camel)) for each in portal.crm.custom[item.entity_type].values()
    ]
    responsible = _row("Ответственный", user_name(portal, fields.get("assignedById")))
    return [*rows, {**responsible, "url": f"/company/personal/user/{fields.get('assignedById')}/"}]


def _links(portal: "Portal", fields: Row) -> list[Row]:
    contacts = fields.get("contactIds") or [fields.get("contactId")]
    targets = [(CONTACTS, number) for number in contacts]
    targets += [(COMPANIES, fields.get("companyId")), (LEADS, fields.get("leadId"))]
    rows = []
    for kind, number in targets:
        found = portal.crm.items[kind.entity_type].get(int(number or 0))
        if found is not None:
            rows.append({"title": kind.single, "value": found.title, "url": kind.url(found.id)})
    return rows


def _category(portal: "Portal", number: Any) -> str:
    return next((row.name for row in portal.crm.categories if row.id == number), "")


def _row(title: str, value: Any) -> Row:
    shown = ", ".join(str(each) for each in value) if isinstance(value, list) else value
    return {"title": title, "value": "" if shown is None else str(shown)}
