"""Fields of the CRM for the mapping: names, types in words, what may be written into them."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from app.base.texts import catalogue, text
from app.domain.crm import Kind
from app.domain.fields import FieldInfo, from_rows
from app.rules.fields.compat import Fit, accepts
from app.rules.fields.convert import RULES, UNSUPPORTED
from app.rules.fields.mapping import appendable, unwritable
from app.storage.database import reading
from app.storage.queries import directory
from app.web.api.spec import call
from app.web.caller import caller, services
from app.web.problems import lang

ACTIVITY = {"text": "text", "deadline": "datetime", "badgeCode": "string"}
"""What a mapping offers for the activity, which has no fields of its own: see `rules.activity_fields`."""


class ListItem(BaseModel):
    """One item of a list field."""

    id: str
    title: str


class CrmField(BaseModel):
    """A field of an entity. `refusal`: why nothing can be mapped into it, in words; `appendable`: takes "append"."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "entity": "lead", "name": "utmSource", "title": "UTM Source", "type": "string",
                    "multiple": False, "required": False, "custom": False, "appendable": False, "refusal": None,
                    "items": [],
                }
            ]
        }
    )  # fmt: skip

    entity: Literal["lead", "deal", "contact", "company", "activity"]
    name: str
    title: str
    type: str
    multiple: bool
    required: bool
    custom: bool
    appendable: bool
    refusal: str | None
    items: list[ListItem]


class FieldKind(BaseModel):
    """A type of fields in words; `accepts`: by the type of the source, whether a value fits, may fit, never fits."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "double", "title": "Число", "accepts": {"number": "maybe", "date": "no"}}]
        }
    )

    id: str
    title: str
    accepts: dict[str, Fit]


@call("GET", "/directory/fields", answer=list[CrmField])
def fields() -> Any:
    """All fields of leads, deals, contacts and companies, and what an activity has instead; those of an entity
    that was never read are missing."""
    with services().sessions() as session:
        read = list(_read(reading(session), caller().installation_id))
    return [_row(info) for info in read] + [_of_activity(name, kind) for name, kind in ACTIVITY.items()]


@call("GET", "/directory/field_types", answer=list[FieldKind])
def field_types() -> Any:
    """Types of fields."""
    known = dict.fromkeys([*RULES, *UNSUPPORTED])
    return [{"id": name, "title": _type_title(name), "accepts": accepts(name)} for name in known]


def _read(session: Session, installation_id: int) -> Iterator[FieldInfo]:
    for kind in Kind:
        rows = directory.items(session, installation_id, f"fields_{kind}") or []
        yield from from_rows(str(kind), rows).values()


def _row(info: FieldInfo) -> dict[str, Any]:
    refusal = unwritable(info, info.name)
    return {
        "entity": info.entity, "name": info.name, "title": info.title, "type": info.type,
        "multiple": info.multiple, "required": info.required, "custom": info.custom,
        "appendable": appendable(info),
        "refusal": text(f"settings.remark_{refusal}", lang()) if refusal else None,
        "items": [{"id": key, "title": title} for key, title in info.items.items()],
    }  # fmt: skip


def _of_activity(name: str, kind: str) -> dict[str, Any]:
    title = text(f"fields.activity.{name}", lang())
    info = FieldInfo(name=name, entity="activity", title=title, type=kind)
    return _row(info) | {"appendable": False}


def _type_title(name: str) -> str:
    key = f"fields.type.{name}"
    return text(key, lang()) if key in catalogue("en") else name
