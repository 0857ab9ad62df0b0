"""The settings documents: one section, one file, one model.

A document is plain JSON. `parse` makes it a model or raises `SettingsError` with everything that is wrong;
`document` makes it JSON again, exactly what was given plus the defaults of absent keys. Revisions and storage
are elsewhere.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from app.domain.settings.base import Section, too_deep
from app.domain.settings.chats import Chats
from app.domain.settings.checks import checked_against, contradictions, named_users
from app.domain.settings.communication import Communication, titles_of
from app.domain.settings.errors import FieldError, SettingsError, field_errors
from app.domain.settings.filters import Condition, Group
from app.domain.settings.main import Main
from app.domain.settings.offline import Offline
from app.domain.settings.open_lines import OpenLines
from app.domain.settings.open_lines_analytics import OpenLinesAnalytics
from app.domain.settings.portal import PortalDirectory, UserInfo
from app.domain.settings.transfer import changes, without
from app.domain.settings.workplace import Workplace

__all__ = [
    "SECTIONS",
    "Chats",
    "Communication",
    "Condition",
    "FieldError",
    "Group",
    "Main",
    "Offline",
    "OpenLines",
    "OpenLinesAnalytics",
    "PortalDirectory",
    "Section",
    "SettingsError",
    "UserInfo",
    "Workplace",
    "changes",
    "checked_against",
    "contradictions",
    "defaults",
    "document",
    "named_users",
    "parse",
    "without",
]

_ENGLISH_TITLES = {
    "chats": titles_of("Chat", "Guest"),
    "offline": titles_of("Request", "Guest"),
}

SECTIONS: dict[str, type[Section]] = {
    "main": Main,
    "chats": Chats,
    "offline": Offline,
    "open_lines": OpenLines,
    "open_lines_analytics": OpenLinesAnalytics,
    "workplace": Workplace,
}


def parse(section: str, document: Any) -> Section:
    """The model of a document; absent keys take their defaults. Raises SettingsError with all errors at once,
    and KeyError for a section that does not exist."""
    model = SECTIONS[section]
    if (key := too_deep(document)) is not None:
        raise SettingsError([FieldError(key, "too_deep")])
    crossed = model.cross_checks(document) if isinstance(document, Mapping) else []
    try:
        parsed = model.model_validate(document)
    except ValidationError as error:
        found = field_errors(error)
        named = {one.field for one in found}
        raise SettingsError([*found, *(one for one in crossed if one.field not in named)]) from None
    if crossed:
        raise SettingsError(crossed)
    return parsed


def document(settings: Section) -> dict[str, Any]:
    """The JSON of a section, as it is stored and answered."""
    return settings.model_dump(mode="json")


def defaults(section: str, *, simple_crm: bool = False, lang: str = "ru") -> dict[str, Any]:
    """The document before the first save, with titles in the portal's language; in a portal without leads it
    names none."""
    found = document(SECTIONS[section]())
    if lang != "ru" and section in _ENGLISH_TITLES:
        found["titles"] = dict(_ENGLISH_TITLES[section])
    if simple_crm and section in ("chats", "offline"):
        found["create"]["entity"] = "deal"
        found["transcript"]["to"] = ["deal", "contact"]
    return found
