"""Open Lines: end-to-end analytics, chats of Bitrix24's own lines sent to UIS."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app.domain.settings.base import Compact, Id, Name, Section, distinct
from app.domain.settings.errors import FieldError, refuse

_KEYS = {"source": ("source_id", "site_id"), "campaign": ("campaign_id",)}


class TrafficTarget(Compact):
    """Where a chat without a session is counted: `{"source_id", "site_id"}` or `{"campaign_id"}`."""

    source_id: Id | None = None
    site_id: Id | None = None
    campaign_id: Id | None = None


class Messenger(TrafficTarget):
    """One Open Lines connector, joined to a source and site or to a campaign."""

    connector: Name


def _one_row_each(messengers: list[Messenger]) -> list[Messenger]:
    seen: set[str] = set()
    for index, messenger in enumerate(messengers):
        if messenger.connector in seen:
            raise refuse("duplicate", at=f"{index}.connector")
        seen.add(messenger.connector)
    return messengers


class OpenLinesAnalytics(Section):
    """`employee_mode` "fallback": `employee_id` is named only for operators without a UIS employee."""

    events: Annotated[list[Literal["ONCRMLEADADD", "ONCRMDEALADD"]], AfterValidator(distinct)] = [
        "ONCRMLEADADD",
        "ONCRMDEALADD",
    ]
    employee_id: Id | None = None
    employee_mode: Literal["always", "fallback"] = "always"
    idle_minutes: Annotated[int, Field(ge=1, le=10_080)] = 60
    traffic_type: Literal["source", "campaign"] = "source"
    default: TrafficTarget | None = None
    messengers: Annotated[list[Messenger], Field(max_length=200), AfterValidator(_one_row_each)] = []

    @classmethod
    def cross_checks(cls, document: Mapping[str, Any]) -> list[FieldError]:
        wanted = _KEYS.get(str(document.get("traffic_type", "source")))
        errors = _missing_when_enabled(document)
        if wanted is None:
            return errors
        for path, target in _targets(document):
            errors += _misfits(path, target, wanted)
        return errors


def _missing_when_enabled(document: Mapping[str, Any]) -> list[FieldError]:
    if document.get("enabled") is not True:
        return []
    wanted = ("employee_id", "default")
    return [FieldError(key, "required") for key in wanted if document.get(key) is None]


def _targets(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    messengers = document.get("messengers")
    rows = messengers if isinstance(messengers, list) else []
    found = [("default", document.get("default"))]
    found += [(f"messengers.{index}", row) for index, row in enumerate(rows)]
    return [(path, target) for path, target in found if isinstance(target, dict)]


def _misfits(path: str, target: Mapping[str, Any], wanted: tuple[str, ...]) -> list[FieldError]:
    missing = [key for key in wanted if target.get(key) is None]
    others = {key for keys in _KEYS.values() for key in keys} - set(wanted)
    foreign = [key for key in sorted(others) if target.get(key) is not None]
    return [
        *[FieldError(f"{path}.{key}", "required") for key in missing],
        *[FieldError(f"{path}.{key}", "other_traffic_type") for key in foreign],
    ]
