"""Field mapping: from the rows of the settings to values for `crm.item.*`, with what had to be left out.

Two steps: `wished` turns facts into values of the field's type, `merged` respects what the CRM holds already.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.conversation import PortalView, Reason
from app.domain.facts import fact, is_empty
from app.domain.fields import FieldInfo
from app.domain.settings.mapping import MappingRule
from app.rules.fields import values
from app.rules.fields.convert import MAX_TEXT, UNSUPPORTED, Converted, convert
from app.rules.fields.values import Unfit
from app.rules.titles import TitleError, fill

OURS = frozenset(
    {
        "id", "originatorId", "originId", "originVersion", "fm", "assignedById", "categoryId", "stageId",
        "contactId", "contactIds", "contacts", "companyId", "companyIds", "leadId",
    }
)  # fmt: skip
"""Fields that other settings decide (responsible, pipelines) or that tie what we make together."""
LONG = {"text", "string"}
ZERO_IS_EMPTY = {"double", "money", "user", "employee", "crm_contact", "crm_company", "crm_lead", "crm_deal"}
SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a row wants in a field: a value of the field's type, a list for a multiple field."""

    info: FieldInfo
    mode: str
    value: Any


@dataclass(slots=True, kw_only=True)
class Mapped:
    """`values` for `crm.item.*` by field; `problems`: lines of the explanation, one per value left out or cut."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Reason] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Wishes:
    """Wishes of one entity in the order of the rows, and what had to be left out."""

    entity: str
    all: list[Wish] = field(default_factory=list)
    problems: list[Reason] = field(default_factory=list)

    def refuse(self, name: str, code: str, value: Any = None) -> None:
        self.problems.append(problem(self.entity, name, code, value))


def mapped(
    rows: Sequence[MappingRule], entity: str, facts: Mapping[str, Any], view: PortalView,
    current: Mapping[str, Any] | None = None,
) -> Mapped:  # fmt: skip
    """What the rows put into an entity. `current`: what it holds; empty for a new one, None when it is unknown."""
    return merged(wished(rows, entity, facts, view), current)


def wished(rows: Sequence[MappingRule], entity: str, facts: Mapping[str, Any], view: PortalView) -> Wishes:
    """The wishes of the rows of one entity. What does not fit is left out with its reason; never raises."""
    found = Wishes(entity=entity)
    own = [row for row in rows if row.entity == entity]
    fields = view.fields.get(entity)
    for row in own:
        if fields is None:
            found.refuse(row.field, "fields_unread")
        elif (refusal := unwritable(fields.get(row.field), row.field)) is not None:
            found.refuse(row.field, refusal)
        else:
            _wish(found, row, fields, facts, view)
    return found


def unwritable(info: FieldInfo | None, name: str) -> str | None:
    """Why a field cannot be mapped at all, None when it can. `crm.item.add` would ignore it silently."""
    if name in OURS:
        return "field_ours"
    if info is None:
        return "field_gone"
    return "read_only" if info.read_only else UNSUPPORTED.get(info.type)


def appendable(info: FieldInfo) -> bool:
    """Whether a value can be added to what a field holds: many values, or a text of many lines."""
    one_line = info.type == "string" and not info.custom
    return info.multiple or (info.type in LONG and not one_line)


def merged(wishes: Wishes, current: Mapping[str, Any] | None) -> Mapped:
    """What is to be written beside what the entity holds; nothing that stands there already."""
    result = Mapped(problems=list(wishes.problems))
    for wish in wishes.all:
        name = wish.info.name
        if current is None and wish.mode != "always" and name not in result.values:
            result.problems.append(problem(wishes.entity, name, "current_unknown"))
            continue
        held = result.values[name] if name in result.values else (current or {}).get(name)
        try:
            value = _by_mode(wish, held)
        except Unfit as unfit:
            result.problems.append(problem(wishes.entity, name, unfit.code, wish.value))
            continue
        if value is not held and not same(value, held):
            result.values[name] = value
    return result


def fingerprint(wishes: Wishes) -> str:
    """Tells whether an entity would be filled in otherwise."""
    all_of_them = [(wish.info.name, wish.mode, wish.value) for wish in wishes.all]
    return hashlib.sha256(json.dumps(all_of_them, sort_keys=True).encode()).hexdigest()[:16]


def problem(entity: str, name: str, code: str, value: Any = None) -> Reason:
    """A line of the explanation: why a field was left out, or what was changed about its value."""
    params = {"entity": entity, "field": name}
    shown = "" if is_empty(value) else str(value).encode("utf-8", "replace").decode()[:SHOWN]
    return Reason(code=f"mapping_{code}", params=params | ({"value": shown} if shown else {}))


def origin(row: MappingRule, facts: Mapping[str, Any]) -> Any:
    """The value that a row takes: of a fact, a constant, a filled template. Raises Unfit."""
    if row.source is not None:
        return fact(facts, row.source)
    if row.template is None:
        return row.constant
    try:
        return fill(row.template, facts).strip()
    except TitleError:
        raise Unfit("template_failed") from None


def same(value: Any, held: Any) -> bool:
    """Whether a value stands there already; the CRM gives numbers back as texts and the other way round."""
    if isinstance(value, list) or isinstance(held, list):
        return _plain(value) == _plain(held)
    return held is not None and not isinstance(held, dict) and (value == held or str(value) == str(held))


def _wish(
    found: Wishes, row: MappingRule, fields: Mapping[str, FieldInfo], facts: Mapping[str, Any], view: PortalView
) -> None:  # fmt: skip
    info, value = fields[row.field], None
    try:
        value = origin(row, facts)
        made = list(_converted(found, value, info, view))
    except Unfit as unfit:
        found.refuse(row.field, unfit.code, value)
        return
    for one in made:
        if one.note:
            found.refuse(row.field, one.note)
    kept = [one.value for one in made if not is_empty(one.value)]
    if not kept:
        return
    found.all.append(Wish(info=info, mode=row.mode, value=_distinct(kept) if info.multiple else kept[0]))
    for name, beside in made[0].beside.items():
        if name in fields and not any(wish.info.name == name for wish in found.all):
            found.all.append(Wish(info=fields[name], mode=row.mode, value=beside))


def _converted(found: Wishes, value: Any, info: FieldInfo, view: PortalView) -> Iterable[Converted]:
    """The parts of a value, each in the field's type. Raises Unfit for a single field."""
    several = values.elements(value)
    if info.multiple:
        for one in several:
            try:
                yield convert(one, info, view)
            except Unfit as unfit:
                found.refuse(info.name, unfit.code, one)
    elif len(several) > 1 and info.type in LONG:
        yield convert(", ".join(values.text(one) for one in several), info, view)
    elif len(several) > 1:
        raise Unfit("many_values")
    elif several:
        yield convert(several[0], info, view)


def _by_mode(wish: Wish, held: Any) -> Any:
    """The value after the wish. Raises Unfit."""
    if wish.mode == "always" or _blank(held, wish.info):
        return wish.value
    if wish.mode == "if_empty":
        return held
    if wish.info.multiple:
        return _distinct([*(held if isinstance(held, list) else [held]), *wish.value])
    if not appendable(wish.info) or not isinstance(held, str | int | float):
        raise Unfit("cannot_append")
    if wish.value in str(held):
        return held
    if len(str(held)) + len(wish.value) >= MAX_TEXT:
        raise Unfit("text_full")
    return f"{held}\n{wish.value}"


def _blank(held: Any, info: FieldInfo) -> bool:
    if info.type in ZERO_IS_EMPTY and str(held).split("|")[0] in ("0", "0.0", "0.00"):
        return True
    if held is False:  # how the portal answers for a custom field that nobody filled in
        return info.type != "boolean"
    return is_empty(held)


def _distinct(several: list[Any]) -> list[Any]:
    found: dict[str, Any] = {}
    for one in several:
        found.setdefault(str(one), one)
    return list(found.values())


def _plain(several: Any) -> list[str]:
    return [str(one) for one in several] if isinstance(several, list) else [str(several)]
