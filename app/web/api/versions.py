"""Versions of settings: one of them, what changed between two, going back to one, export and import."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.settings import SECTIONS, changes, defaults
from app.storage.database import reading
from app.storage.queries import directory, settings
from app.web import transfer
from app.web.api.settings import MAX_REVISION, Version, save, version_row
from app.web.api.spec import Told, call
from app.web.caller import caller, services
from app.web.problems import Problem

Revision = Annotated[int, Field(ge=0, le=MAX_REVISION)]
_EXPORT: dict[str, Any] = {
    "format": transfer.FORMAT,
    "version": transfer.VERSION,
    "section": "main",
    "portal": "https://portal.example",
    "exported_at": "2026-01-12T07:24:00+00:00",
    "revision": 3,
    "settings": {"enabled": True},
    "names": {"users": {"7": "Ответственный Первый"}, "stages": {}, "channels": {}},
}
_CHANGE: dict[str, Any] = {"path": "create.entity", "kind": "changed", "from": "lead", "to": "deal"}


class Back(Told):
    """`revision`: the one in force as it was read; the old version becomes the next one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"revision": 3}]})

    revision: Revision


class Saved(BaseModel):
    """What is in force now."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"revision": 4, "settings": {"enabled": True}}]}
    )

    revision: int
    settings: dict[str, Any]


class Two(BaseModel):
    """Revisions to compare; 0 stands for the defaults."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Revision = Field(alias="from")
    to: Revision


class Change(BaseModel):
    """A changed key with both values; null where one side does not have it."""

    path: str
    kind: Literal["changed", "added", "removed"]
    from_: Any = Field(alias="from")
    to: Any


class Comparison(BaseModel):
    """What changed, in the order of the document."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from": 2, "to": 3, "changes": [_CHANGE]}]})

    from_: int = Field(alias="from")
    to: int
    changes: list[Change]


class Export(BaseModel):
    """The settings in force, to be brought into another portal. `names` are for the report there."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXPORT]})

    format: str
    version: int
    section: str
    portal: str
    exported_at: str
    revision: int
    settings: dict[str, Any]
    names: dict[str, dict[str, str]]


class Import(Told):
    """An export and the revision in force as it was read. `force`: take it without what this portal lacks."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"document": _EXPORT, "revision": 3, "force": False}]}
    )

    document: dict[str, Any]
    revision: Revision
    force: bool = False


class Lack(BaseModel):
    """Something that this portal lacks, and that was left out or replaced."""

    field: str
    message: str


class Imported(Saved):
    """What is in force now, and what was left out of the export."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"revision": 4, "settings": {"enabled": True}, "report": []}]}
    )

    report: list[Lack]


def _document(section: str, revision: int) -> dict[str, Any]:
    """The document of a revision, the defaults for 0. Raises Problem (404)."""
    who = caller()
    if revision == 0:
        return defaults(section, simple_crm=who.installation.crm_mode == "simple", lang=who.installation.lang)
    with services().sessions() as session:
        row = settings.version(reading(session), who.installation_id, section, _bounded(revision))
    if row is None:
        raise Problem(404, "no_version")
    return row.document


def _bounded(revision: int) -> int:
    """Raises Problem (404) for numbers that no column could hold."""
    if revision > MAX_REVISION:
        raise Problem(404, "no_version")
    return revision


def _declare(section: str) -> None:
    here = f"/settings/{section}"

    @call("GET", f"{here}/versions/<int:revision>", answer=Version, open_to="admin", fails=(404,))
    def one(revision: int) -> Any:
        installation_id = caller().installation_id
        with services().sessions() as session:
            row = settings.version(reading(session), installation_id, section, _bounded(revision))
            users = directory.items(session, installation_id, "users") or []
        if row is None:
            raise Problem(404, "no_version")
        return version_row(row, {int(user["id"]): str(user.get("title", "")) for user in users})

    @call("POST", f"{here}/versions/<int:revision>/restore", answer=Saved, fails=(404, 409))
    def restore(revision: int, json: Back) -> Any:
        return save(caller(), section, json.revision, _document(section, revision))

    @call("GET", f"{here}/compare", answer=Comparison, open_to="admin", fails=(404,))
    def compare(query: Two) -> Any:
        old, new = (_document(section, revision) for revision in (query.from_, query.to))
        return {"from": query.from_, "to": query.to, "changes": changes(old, new)}

    @call("GET", f"{here}/export", answer=Export, open_to="admin")
    def export() -> Any:
        house = services()
        with house.sessions() as session:
            at = house.clock.now().isoformat()
            return transfer.export(reading(session), caller().installation, section, at)

    @call("POST", f"{here}/import", answer=Imported, fails=(409,))
    def bring_in(json: Import) -> Any:
        return transfer.bring_in(caller(), section, json.revision, json.document, force=json.force)


for _section in SECTIONS:
    _declare(_section)
