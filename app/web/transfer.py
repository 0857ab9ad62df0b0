"""Settings that leave a portal and come into another one."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.texts import text
from app.domain.settings import (
    FieldError,
    PortalDirectory,
    SettingsError,
    checked_against,
    document,
    parse,
    without,
)
from app.storage.database import reading
from app.storage.models import Installation, UisChannel, UisConnection
from app.storage.queries import directory, lines
from app.web.api.settings import current, save
from app.web.caller import Caller, services
from app.web.portal_directory import portal_directory
from app.web.problems import Problem, field_messages, lang

FORMAT, VERSION = "uis-omni-settings", 1
ROUNDS = 3
"""How often what is left is checked again: a lead that becomes a deal brings other stages into play."""


def export(session: Session, installation: Installation, section: str, at: str) -> dict[str, Any]:
    """The settings in force with the names of what they speak of, for people of another portal."""
    found = current(session, installation, section)
    return {
        "format": FORMAT, "version": VERSION, "section": section, "portal": installation.portal_url,
        "exported_at": at, "revision": found["revision"], "settings": found["settings"],
        "names": _names(session, installation),
    }  # fmt: skip


def bring_in(
    who: Caller, section: str, revision: int, given: Mapping[str, Any], *, force: bool
) -> dict[str, Any]:
    """Save an export as the next revision: `{"revision", "settings", "report"}`. Raises Problem: 409, 422.

    What this portal lacks refuses it, unless `force` takes it without that; contradictions refuse it always.
    """
    _check_frame(section, given)
    with services().sessions() as session:
        known = portal_directory(reading(session), who.installation)
        found = current(session, who.installation, section)
    if found["revision"] != revision:
        raise Problem(409, "conflict", more={"current": found})
    left = _parsed(section, given["settings"])
    report = _lacking(section, left, known, given.get("names"))
    if report and not force:
        raise Problem(422, "import_lacks", errors=report)
    for _ in range(ROUNDS):
        lacking = checked_against(known, parse(section, left))
        if not lacking:
            break
        left = _parsed(section, without(left, lacking, known, who.session.user_id))
    told = [row | {"message": text("versions.replaced", lang(), words=row["message"])} for row in report]
    return save(who, section, revision, left) | {"report": told}


def _check_frame(section: str, given: Mapping[str, Any]) -> None:
    """Raises Problem (422) unless this is an export of the section."""
    wanted = {"format": FORMAT, "version": VERSION, "section": section}
    errors = [
        FieldError(f"document.{name}", "not_an_export", {"expected": value})
        for name, value in wanted.items()
        if given.get(name) != value
    ]
    if not isinstance(given.get("settings"), dict):
        errors.append(FieldError("document.settings", "required"))
    if errors:
        raise Problem(422, "settings_refused", errors=field_messages(errors))


def _parsed(section: str, given: Any) -> dict[str, Any]:
    try:
        return document(parse(section, given))
    except SettingsError as error:
        raise Problem(422, "settings_refused", errors=field_messages(error.errors)) from None


def _lacking(section: str, given: dict[str, Any], known: PortalDirectory, names: Any) -> list[dict[str, str]]:
    """What this portal lacks, in words, with the names that it had at home."""
    lacking = checked_against(known, parse(section, given))
    return [
        row | {"message": _named(row["message"], error, names)}
        for row, error in zip(field_messages(lacking), lacking, strict=True)
    ]


_GROUPS = {
    "unknown_user": "users",
    "unknown_channel": "channels",
    "unknown_stage": "stages",
    "unknown_line": "lines",
    "unknown_employee": "employees",
}


def _named(words: str, error: FieldError, names: Any) -> str:
    group = names.get(_GROUPS.get(error.code, "")) if isinstance(names, dict) else None
    name = group.get(str(error.params.get("id"))) if isinstance(group, dict) else None
    return text("versions.named", lang(), words=words, name=name) if isinstance(name, str) else words


def _names(session: Session, installation: Installation) -> dict[str, dict[str, str]]:
    channels = (
        select(UisChannel.chat_channel_id, UisChannel.name)
        .join(UisConnection, UisConnection.id == UisChannel.connection_id)
        .where(UisConnection.installation_id == installation.id)
    )
    return {
        "users": _titles(directory.items(session, installation.id, "users")),
        "stages": _titles(directory.items(session, installation.id, "stages")),
        "channels": {str(number): name for number, name in session.execute(channels)},
        "lines": {str(row.line_id): row.name for row in lines.rows(session, installation.id)},
        "employees": {
            str(row.uis_id): row.full_name for row in directory.employees(session, installation.id)
        },
    }


def _titles(rows: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    return {str(row["id"]): str(row.get("title") or row["id"]) for row in rows or ()}
