"""Remarks on draft settings: what the portal has lost, and what will not work as it looks."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.base.texts import catalogue, text
from app.domain.settings import (
    Communication,
    FieldError,
    SettingsError,
    checked_against,
    defaults,
    parse,
)
from app.pipeline.view import load, with_fields
from app.rules.remarks import remarks
from app.storage.database import reading
from app.web.api.spec import Told, call
from app.web.caller import caller, services
from app.web.portal_directory import portal_directory
from app.web.problems import field_messages, lang

SECTIONS = ("chats", "offline")
PLACES = ("pipeline.default", "pipeline.rules", "responsible.rules", "responsible", "mapping", "channels")


class Draft(Told):
    """A whole document of the section, as the page has it now."""

    settings: dict[str, Any]


class Remark(BaseModel):
    """`lost`: the portal does not have it (any more), and a save is refused until it is replaced; `hint`: to know."""

    kind: Literal["lost", "hint"]
    field: str
    message: str


class Remarks(BaseModel):
    """In the order of the document; none for a draft that cannot be read yet: saving it says why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "kind": "hint",
                            "field": "responsible.rules.0.assign.user_id",
                            "message": "Менеджер продаж уволен: правило передаст обращение дальше",
                        }
                    ]
                }
            ]
        }
    )

    items: list[Remark]


def _remarks(section: str, given: dict[str, Any]) -> dict[str, Any]:
    try:
        draft = parse(section, given)
    except SettingsError:
        return {"items": []}
    assert isinstance(draft, Communication)
    house, who = services(), caller()
    with house.sessions() as session:
        portal = load(reading(session), who.installation_id, house.config.settle, house.clock.now())
        assert portal is not None
        lost = checked_against(portal_directory(session, who.installation), draft)
        view = with_fields(session, portal, (draft,)).view
    return {"items": [*_told("lost", lost), *_told("hint", remarks(draft, view))]}


def _told(kind: str, errors: list[FieldError]) -> list[dict[str, str]]:
    told = zip(field_messages(errors), errors, strict=True)
    return [row | {"kind": kind, "message": row["message"] + _after(error)} for row, error in told]


def _after(error: FieldError) -> str:
    """What happens until it is replaced, where there is something to say."""
    place = next((name for name in PLACES if error.field.startswith(f"{name}.")), "")
    keys = (f"remarks.after.{error.code}.{place}", f"remarks.after.{error.code}")
    found = next((key for key in keys if key in catalogue("en")), None)
    return f". {text(found, lang())}" if found else ""


def _declare(section: str) -> None:
    example: dict[str, Any] = {"settings": defaults(section)}
    config = ConfigDict(json_schema_extra={"examples": [example]})
    draft = type(f"Draft_{section}", (Draft,), {"model_config": config, "__module__": __name__})

    def told(json: Draft) -> Any:
        return _remarks(section, json.settings)

    told.__annotations__["json"] = draft
    call("POST", f"/settings/{section}/remarks", answer=Remarks)(told)


for _section in SECTIONS:
    _declare(_section)
