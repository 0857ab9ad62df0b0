"""Settings: read, save with revisions, versions. One address per section."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlalchemy.orm import Session

from app.domain.settings import (
    SECTIONS,
    FieldError,
    SettingsError,
    checked_against,
    contradictions,
    defaults,
    document,
    parse,
)
from app.domain.settings import Section as SectionModel
from app.storage.database import reading
from app.storage.models import AnalyticsWork, Installation, SettingsVersion
from app.storage.queries import conversations, directory, settings, work
from app.web import lines_work
from app.web.api.spec import body, call
from app.web.caller import Caller, caller, services
from app.web.portal_directory import portal_directory
from app.web.problems import Problem, field_messages
from app.web.site_script import site_script
from app.web.webhook import webhook_url

WAKES = {"main", "chats", "offline"}
ANALYTICS = "open_lines_analytics"
MAX_REVISION = 2**31 - 2


_VERSION: dict[str, Any] = {
    "revision": 3,
    "author_id": 1,
    "author": "Администратор",
    "at": "2026-01-12T07:24:00+00:00",
    "settings": {"enabled": True},
}


class Version(BaseModel):
    """One saved version of a section."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VERSION]})

    revision: int
    author_id: int | None
    author: str | None
    at: datetime
    settings: dict[str, Any]


class Versions(BaseModel):
    """Versions, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_VERSION]}]})

    items: list[Version]


def current(session: Session, installation: Installation, section: str) -> dict[str, Any]:
    """`{"revision", "settings"}` in force; revision 0 with the defaults before the first save."""
    found = settings.newest(session, installation.id, section)
    if found is not None:
        return {"revision": found.revision, "settings": found.document}
    simple = installation.crm_mode == "simple"
    return {"revision": 0, "settings": defaults(section, simple_crm=simple, lang=installation.lang)}


def save(who: Caller, section: str, revision: int, given: Any) -> dict[str, Any]:
    """Store a document as the next revision and answer it. Raises Problem: 409, 422."""
    house, now = services(), services().clock.now()
    with house.sessions.begin() as session:
        # Two sections that contradict each other must not be saved side by side.
        installation = session.get_one(Installation, who.installation_id, with_for_update=True)
        found = current(session, installation, section)
        if found["revision"] != revision:
            raise Problem(409, "conflict", more={"current": found})
        model = _checked(session, installation, section, given)
        saved = settings.save(
            session, installation_id=installation.id, section=section, revision=revision,
            document=document(model), author_id=who.session.user_id, now=now,
        )  # fmt: skip
        if not saved:  # another server was quicker
            session.expire_all()
            raise Problem(409, "conflict", more={"current": current(session, installation, section)})
        if section in WAKES:
            conversations.wake_all(session, installation.id, ("waiting",), now)
            work.due_everywhere(session, installation.id, now)
        elif section == ANALYTICS:
            work.due_by(session, installation.id, now, AnalyticsWork)
        if section == "open_lines":
            lines_work.wish(session, installation.id, now)
    if section in WAKES:
        house.wake(who.installation_id)
    if section == "open_lines":
        lines_work.begin(who.installation_id)
    return {"revision": revision + 1, "settings": document(model)}


def _checked(session: Session, installation: Installation, section: str, given: Any) -> SectionModel:
    """The model of a document that may be saved. Raises Problem (422) with everything that is wrong."""
    try:
        model = parse(section, given)
    except SettingsError as error:
        raise Problem(422, "settings_refused", errors=field_messages(error.errors)) from None
    together = {name: _in_force(session, installation, name) for name in SECTIONS} | {section: model}
    errors = [
        *contradictions(together, section),
        *checked_against(portal_directory(session, installation), model),
    ]
    if errors:
        raise Problem(422, "settings_refused", errors=field_messages(errors))
    return model


def _in_force(session: Session, installation: Installation, section: str) -> SectionModel:
    return parse(section, current(session, installation, section)["settings"])


def _revision(section: str, sent: Any) -> int:
    """The revision of a PUT body; what a GET answers beside it may come back. Raises Problem (422)."""
    unknown = sorted(set(sent) - {"revision", "settings", *_ADDED.get(section, ())})
    errors = [FieldError(name, "unknown_key") for name in unknown]
    if "settings" not in sent:
        errors.append(FieldError("settings", "required"))
    revision = sent.get("revision")
    if type(revision) is not int or not 0 <= revision <= MAX_REVISION:
        errors.append(FieldError("revision", "type_integer" if "revision" in sent else "required"))
    if errors:
        raise Problem(422, "settings_refused", errors=field_messages(errors))
    assert type(revision) is int
    return revision


def version_row(row: SettingsVersion, names: dict[int, str]) -> dict[str, Any]:
    """A version with its author's name."""
    return {
        "revision": row.revision,
        "author_id": row.author_id,
        "author": names.get(row.author_id or 0),
        "at": row.created_at.isoformat(),
        "settings": row.document,
    }


_ADDED: dict[str, dict[str, tuple[Any, Any]]] = {
    ANALYTICS: {
        "webhook_url": (
            str | None,
            Field(description="for an outgoing webhook of the portal; administrators only"),
        ),
        "script": (str, Field(description="for every page of a site that carries the Bitrix24 chat")),
    }
}
"""What a section answers beside its document; it is read only."""


def _added(section: str) -> dict[str, Any]:
    if section != ANALYTICS:
        return {}
    who = caller()
    address = webhook_url(services(), who.installation) if who.admin else None
    return {"webhook_url": address, "script": site_script()}


def _with_added(section: str, versioned: type[BaseModel], example: dict[str, Any]) -> type[BaseModel]:
    """The model of an answer."""
    if section not in _ADDED:
        return versioned
    more = {"webhook_url": "https://omni.example.com/webhook/…", "script": "<script>…</script>"}
    fields: dict[str, Any] = {name: (info.annotation, info) for name, info in versioned.model_fields.items()}
    return create_model(
        f"Told_{section}",
        __config__=ConfigDict(json_schema_extra={"examples": [example | more]}),
        **(fields | _ADDED[section]),
    )


def _declare(section: str, model: type[SectionModel]) -> None:
    """The calls of one section, described by its own model."""
    example: Any = {"revision": 0, "settings": defaults(section)}
    versioned = create_model(
        f"Settings_{section}",
        __config__=ConfigDict(json_schema_extra={"examples": [example]}),
        revision=(int, Field(ge=0, le=MAX_REVISION, description="the revision that was read")),
        settings=(model, ...),
    )

    told = _with_added(section, versioned, example)

    @call("GET", f"/settings/{section}", answer=told, validated=False)
    def read() -> Any:
        with services().sessions() as session:
            found = current(reading(session), caller().installation, section)
        return found | _added(section)

    @call("PUT", f"/settings/{section}", answer=told, json=versioned, validated=False, fails=(409,))
    def write() -> Any:
        sent = body()
        return save(caller(), section, _revision(section, sent), sent["settings"]) | _added(section)

    @call("GET", f"/settings/{section}/versions", answer=Versions, open_to="admin")
    def versions() -> Any:
        with services().sessions() as session:
            rows = settings.versions(reading(session), caller().installation_id, section)
            users = directory.items(session, caller().installation_id, "users") or []
        names = {int(user["id"]): str(user.get("title", "")) for user in users}
        return {"items": [version_row(row, names) for row in rows]}


for _section, _model in SECTIONS.items():
    _declare(_section, _model)
