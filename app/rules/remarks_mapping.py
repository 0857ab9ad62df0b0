"""Remarks on the rows of a mapping: what will not arrive in its field, and why. Pure."""

from collections.abc import Iterator
from datetime import datetime

from app.domain.conversation import PortalView
from app.domain.facts import is_empty
from app.domain.fields import FieldInfo
from app.domain.settings import FieldError
from app.domain.settings.communication import Communication
from app.domain.settings.mapping import MappingRule
from app.domain.source_fields import source_field
from app.rules.fields import values
from app.rules.fields.activity_fields import TAKERS
from app.rules.fields.compat import fit
from app.rules.fields.convert import convert
from app.rules.fields.mapping import appendable, unwritable
from app.rules.fields.values import Unfit
from app.rules.titles import one_line

SHOWN = 60


def mapping_remarks(settings: Communication, view: PortalView, kind: str) -> Iterator[FieldError]:
    """Remarks of all rows, at the part of the row that they are about."""
    for number, row in enumerate(settings.mapping):
        path = f"mapping.{number}"
        yield from _source(path, row, kind)
        if row.entity == "activity":
            yield from _of_activity(path, row, view)
        elif (fields := view.fields.get(row.entity)) is not None:
            yield from _of_field(path, row, fields.get(row.field), view)
        yield from _overwritten(path, row, settings.mapping[number + 1 :])


def _source(path: str, row: MappingRule, kind: str) -> Iterator[FieldError]:
    field = source_field(row.source) if row.source else None
    if field is not None and kind not in field.kinds:
        yield FieldError(f"{path}.source", f"remark_not_of_{kind}")


def _of_field(path: str, row: MappingRule, info: FieldInfo | None, view: PortalView) -> Iterator[FieldError]:
    refusal = unwritable(info, row.field)
    if info is None or refusal is not None:
        if refusal != "field_gone":  # the checks of the settings name those
            yield FieldError(f"{path}.field", f"remark_{refusal}")
        return
    if row.mode == "append" and not appendable(info):
        yield FieldError(f"{path}.mode", "remark_cannot_append")
    if row.constant is not None:
        yield from _constant(path, row.constant, info, view)
    elif row.source is not None:
        yield from _suits(path, row.source, info)


def _suits(path: str, source: str, info: FieldInfo) -> Iterator[FieldError]:
    field = source_field(source)
    found = fit(field.type, info) if field is not None else "yes"
    if found != "yes":
        yield FieldError(f"{path}.source", "remark_may_not_fit" if found == "maybe" else "remark_never_fits")


def _constant(path: str, constant: object, info: FieldInfo, view: PortalView) -> Iterator[FieldError]:
    several = values.elements(constant)
    if len(several) > 1 and not info.multiple:
        yield FieldError(f"{path}.constant", "remark_many_values")
        return
    for one in several:
        try:
            convert(one, info, view)
        except Unfit as unfit:
            yield FieldError(f"{path}.constant", f"remark_{unfit.code}", {"value": _shown(one)})


def _of_activity(path: str, row: MappingRule, view: PortalView) -> Iterator[FieldError]:
    if row.field not in TAKERS:
        yield FieldError(f"{path}.field", "remark_field_gone")
    elif row.field == "deadline" and row.source is not None:
        field = source_field(row.source)
        if field is not None and field.type not in ("date", "datetime"):
            yield FieldError(f"{path}.source", "remark_may_not_fit")
    elif row.field == "deadline" and row.constant is not None and not _moment(row.constant, view):
        yield FieldError(f"{path}.constant", "remark_not_date", {"value": _shown(row.constant)})


def _moment(value: object, view: PortalView) -> datetime | None:
    try:
        return values.moment(value, view.timezone)
    except Unfit:
        return None


def _overwritten(path: str, row: MappingRule, later: list[MappingRule]) -> Iterator[FieldError]:
    """A row of the same field further down that always writes."""
    lines = row.entity == "activity" and row.field == "text"
    same = (other for other in later if (other.entity, other.field) == (row.entity, row.field))
    if not lines and row.mode != "append" and any(other.mode == "always" for other in same):
        yield FieldError(f"{path}.field", "remark_overwritten")


def _shown(value: object) -> str:
    return "" if is_empty(value) else one_line(str(value))[:SHOWN]
