"""One value in the words of one type of a Bitrix24 field. What does not fit is refused, never bent.

Bitrix24: api-reference/data-types, crm/data-types, crm/universal/crm-item-add (custom fields).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.conversation import PortalView
from app.domain.fields import FieldInfo
from app.rules.fields import values
from app.rules.fields.values import Unfit
from app.rules.markup import neutral
from app.rules.titles import MAX_TITLE, one_line

CURRENCY = "RUB"
"""Of an amount without one: UIS counts in roubles."""
MAX_TEXT = 60_000
OBEYED = {"comments"}
"""Fields in which the CRM understands BB code and HTML."""

UNSUPPORTED = {
    "file": "is_file", "diskfile": "is_file", "disk_file": "is_file", "product_file": "is_file",
    "crm_multifield": "is_communication", "resourcebooking": "type_unsupported",
}  # fmt: skip
"""Types into which nothing can be mapped, and why."""

_BINDING = re.compile(r"(?:L|D|C|CO|Q|SI|T[0-9a-f]+)_[1-9]\d*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """`value` for `crm.item.*`; `note`: what had to be changed about it; `beside`: fields that go with it."""

    value: Any
    note: str | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)


Rule = Callable[[Any, FieldInfo, PortalView], Any]
"""Value, field, portal -> the value for `crm.item.*` or Converted. Raises Unfit."""


def convert(value: Any, info: FieldInfo, view: PortalView) -> Converted:
    """One value, not a list, for a field. Raises Unfit."""
    if info.type in UNSUPPORTED:
        raise Unfit(UNSUPPORTED[info.type])
    rule: Rule = RULES.get(info.type, _unknown)
    made = rule(value, info, view)
    return made if isinstance(made, Converted) else Converted(value=made)


def _text(value: Any, info: FieldInfo, _: PortalView) -> Converted:
    """Standard fields of the type "string" hold one line; custom ones and texts hold many."""
    whole = values.text(value)
    if info.type != "text" and not info.custom:
        line = " ".join(whole.split())
        return Converted(value=one_line(line), note="text_cut" if len(line) > MAX_TITLE else None)
    cut = whole if len(whole) <= MAX_TEXT else whole[: MAX_TEXT - 1] + "…"
    return Converted(
        value=neutral(cut) if info.name in OBEYED else cut, note="text_cut" if cut is not whole else None
    )


def _char(value: Any, _: FieldInfo, __: PortalView) -> str:
    return "Y" if values.truth(value) else "N"


def _integer(value: Any, _: FieldInfo, __: PortalView) -> int:
    return values.whole(value)


def _double(value: Any, info: FieldInfo, _: PortalView) -> Converted:
    if info.name not in ("opportunity", "revenue"):
        return Converted(value=float(values.number(value)))
    amount, currency = values.money(value)
    return Converted(value=float(amount), beside={"currencyId": currency} if currency else {})


def _money(value: Any, _: FieldInfo, __: PortalView) -> str:
    amount, currency = values.money(value)
    return f"{amount.normalize():f}|{currency or CURRENCY}"


def _date(value: Any, _: FieldInfo, view: PortalView) -> str:
    return values.day(value, view.timezone).isoformat()


def _datetime(value: Any, _: FieldInfo, view: PortalView) -> str:
    return values.moment(value, view.timezone).isoformat(timespec="seconds")


def _item(value: Any, info: FieldInfo, _: PortalView) -> int | str:
    """By the text of an item, else by its id."""
    if not info.items:
        raise Unfit("list_unknown")
    wanted = values.plain(values.text(value))
    found = next((key for key, title in info.items.items() if values.plain(title) == wanted), None)
    found = found or next((key for key in info.items if values.plain(key) == wanted), None)
    if found is None:
        raise Unfit("no_such_item")
    return int(found) if info.type == "enumeration" and found.isdecimal() else found


def _currency(value: Any, _: FieldInfo, __: PortalView) -> str:
    code = values.text(value).upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise Unfit("not_currency")
    return code


def _user(value: Any, _: FieldInfo, view: PortalView) -> int:
    """By the id of the user or of the joined UIS employee, else by the full name of either, if it is one person."""
    found = (
        _users_by_id(value, view) if _is_id(value) else _users_by_name(values.plain(values.text(value)), view)
    )
    if len(found) != 1:
        raise Unfit("users_alike" if found else "no_such_user")
    user_id = found.pop()
    if not view.users.get(user_id, ("", True))[1]:
        raise Unfit("user_dismissed")
    return user_id


def _is_id(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and value.strip().isdecimal()
    )


def _users_by_id(value: Any, view: PortalView) -> set[int]:
    number = values.whole(value, 10**15)
    if number in view.users:
        return {number}
    return {view.operators[number]} if number in view.operators else set()


def _users_by_name(name: str, view: PortalView) -> set[int]:
    found = {user_id for user_id, (title, _) in view.users.items() if values.plain(title) == name}
    if found:
        return found
    staff = [uis_id for uis_id, title in view.operator_names.items() if values.plain(title) == name]
    return {view.operators[uis_id] for uis_id in staff if uis_id in view.operators}


def _url(value: Any, _: FieldInfo, __: PortalView) -> str:
    return values.link(value)


def _reference(value: Any, _: FieldInfo, __: PortalView) -> int:
    number = values.whole(value)
    if number <= 0 or isinstance(value, bool):
        raise Unfit("not_id")
    return number


def _binding(value: Any, _: FieldInfo, __: PortalView) -> str:
    written = values.text(value)
    if not _BINDING.fullmatch(written):
        raise Unfit("not_binding")
    return written


def _unknown(value: Any, _: FieldInfo, __: PortalView) -> str:
    """A type that we do not know takes texts and numbers as they are; nothing else can be said of it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unfit("type_unknown")
    return values.text(value)


REFERENCES = (
    "crm_contact", "crm_company", "crm_lead", "crm_deal", "crm_quote", "crm_entity", "crm_category",
    "crm_dynamic_type.id", "iblock_element", "iblock_section", "hlblock",
)  # fmt: skip
RULES: dict[str, Rule] = {
    "string": _text, "text": _text, "string_formatted": _text, "char": _char, "boolean": _char,
    "integer": _integer, "double": _double, "money": _money, "date": _date, "datetime": _datetime,
    "enumeration": _item, "crm_status": _item, "crm_currency": _currency, "user": _user, "employee": _user,
    "url": _url, "crm": _binding, **dict.fromkeys(REFERENCES, _reference),
}  # fmt: skip
"""By the type of the field as `crm.item.fields` names it."""
