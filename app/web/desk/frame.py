"""UIS's own workplace in the frame: its address with the client's context filled in."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic_core import PydanticCustomError

from app.domain.desk import Person
from app.domain.settings.workplace import web_address
from app.storage.services import Services
from app.web.caller import Caller
from app.web.desk.cards import card_of
from app.web.problems import Problem

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def frame_url(services: Services, document: Mapping[str, Any], who: Caller, person: Person) -> str | None:
    """The address, None while our own workplace is shown or nobody said which address it is."""
    if document.get("mode") != "uis":
        return None
    template = str(document.get("url") or services.config.uis_workplace_url or "")
    values = _values(who, person) if template else {}
    return PLACEHOLDER.sub(lambda found: quote(values.get(found[1], ""), safe=""), template) or None


def frame_origin(services: Services, document: Mapping[str, Any]) -> str | None:
    """What `frame-src` of the page names: just that host."""
    if document.get("mode") != "uis":
        return None
    address = str(document.get("url") or services.config.uis_workplace_url or "")
    try:
        parts = urlsplit(web_address(address))
        host = (parts.hostname or "").encode("idna").decode()
    except (PydanticCustomError, ValueError):
        return None
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _values(who: Caller, person: Person) -> dict[str, str]:
    session = who.session
    found = {
        "employee": str(person.employee_id or ""),
        "entity_type": session.entity_type or "",
        "entity_id": str(session.entity_id or ""),
    }
    try:
        kept = card_of(who)
    except Problem:
        kept = None
    first = {kind: kept.card.of_kind(kind)[:1] for kind in ("phone", "email")} if kept else {}
    return found | {kind: values[0] if values else "" for kind, values in first.items()}
