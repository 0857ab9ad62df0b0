"""What a mapping offers for the activity, which has no fields of its own: deadline, badge, lines of text.

Bitrix24: crm/timeline/activities/configurable/crm-activity-configurable-add (`deadline`, `badgeCode`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.domain.conversation import PortalView, Reason, Snapshot
from app.domain.facts import is_empty
from app.domain.settings.communication import Communication
from app.domain.settings.mapping import MappingRule
from app.domain.source_fields import source_field
from app.rules.fields import values
from app.rules.fields.mapping import origin, problem
from app.rules.fields.values import Unfit
from app.rules.markup import neutral
from app.rules.titles import one_line

MAX_LINES = 12
"""A configurable activity has 20 blocks; the others are ours."""
MAX_LINE = 1_000


@dataclass(slots=True, kw_only=True)
class Extras:
    """`fields` of the activity by their REST names; `lines`: (title or None, text) in the order of the rows."""

    fields: dict[str, Any] = field(default_factory=dict)
    lines: list[tuple[str | None, str]] = field(default_factory=list)
    problems: list[Reason] = field(default_factory=list)


def extras(snapshot: Snapshot, settings: Communication, view: PortalView, *, again: bool = False) -> Extras:
    """What the rows of the activity give. `again`: it exists, so "if empty" leaves deadline and badge alone."""
    found = Extras()
    for row in settings.mapping:
        if row.entity != "activity" or (again and row.mode == "if_empty" and row.field != "text"):
            continue
        value = None
        try:
            value = origin(row, snapshot.facts)
            if not is_empty(value):
                TAKERS.get(row.field, _none)(found, row, value, view)
        except Unfit as unfit:
            found.problems.append(problem("activity", row.field, unfit.code, value))
    return found


def _deadline(found: Extras, _: MappingRule, value: Any, view: PortalView) -> None:
    found.fields["deadline"] = values.moment(_single(value), view.timezone).isoformat(timespec="seconds")


def _badge(found: Extras, _: MappingRule, value: Any, __: PortalView) -> None:
    found.fields["badgeCode"] = one_line(values.text(_single(value)))


def _line(found: Extras, row: MappingRule, value: Any, view: PortalView) -> None:
    text = ", ".join(values.text(one) for one in values.elements(value))
    if len(found.lines) == MAX_LINES:
        raise Unfit("too_many_lines")
    source = source_field(row.source) if row.source else None
    title = (source.title_ru if view.lang == "ru" else source.title_en) if source else None
    found.lines.append((title, neutral(text)[:MAX_LINE]))


def _none(_: Extras, __: MappingRule, ___: Any, ____: PortalView) -> None:
    raise Unfit("field_gone")


def _single(value: Any) -> Any:
    several = values.elements(value)
    if len(several) != 1:
        raise Unfit("many_values")
    return several[0]


Taker = Callable[[Extras, MappingRule, Any, PortalView], None]
TAKERS: dict[str, Taker] = {"deadline": _deadline, "badgeCode": _badge, "text": _line}
