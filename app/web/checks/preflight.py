"""Pre-flight: what would go wrong with the next communication, found before a client writes."""

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from app.base.texts import text
from app.domain.settings import Communication, parse
from app.storage.queries import directory, settings
from app.web.checks.looks import Check, Look
from app.web.journal import trial
from app.web.portal_directory import portal_directory
from bitrix_app import manifest

NAMED = 3
"""How many are named before "and others"."""
FILLED = frozenset(
    {"title", "name", "fm", "stageId", "categoryId", "assignedById", "contactId", "contactIds", "contacts", "companyId",
     "originId", "originatorId", "opened", "id", "currencyId", "opportunity"}
)  # fmt: skip
"""Fields that we or the portal fill in whatever the mapping says."""


def preflight(look: Look) -> Iterator[Check]:
    """All checks; those that find nothing say nothing."""
    for check in (_scopes, _required, _pairs, _last_names, _test_chat):
        yield from check(look)


def _scopes(look: Look) -> Iterator[Check]:
    granted = frozenset(name for name in look.installation.scope.split(",") if name)
    if not granted:
        return  # not told yet
    missing = manifest.missing_scopes(granted)
    if missing:
        yield look.say("scopes", "broken", "scopes_missing", scopes=", ".join(missing))
    elif not granted >= manifest.CONNECTOR_SCOPES:
        lines = ", ".join(sorted(manifest.CONNECTOR_SCOPES - granted))
        yield look.say("scopes", "warning", "scopes_of_lines", scopes=lines)


def _required(look: Look) -> Iterator[Check]:
    """Required fields that nobody fills in: the portal refuses the creation."""
    wanted: dict[str, str] = {}
    for section in _sections(look):
        for entity in _created(section, look.installation.crm_mode == "simple"):
            mapped = {row.field for row in section.mapping if row.entity == entity}
            for name, title in _needed(look.session, look.installation.id, entity):
                if name not in mapped:
                    wanted[f"{entity}.{name}"] = f"{text(f'why.entity.{entity}', look.lang)}: {title}"
    if wanted:
        yield look.say(
            "required_fields", "broken", "required_fields", fields=_few(wanted.values(), look.lang)
        )


def _sections(look: Look) -> Iterator[Communication]:
    """Sections that are on."""
    for name in ("chats", "offline"):
        version = settings.newest(look.session, look.installation.id, name)
        model = parse(name, version.document) if version else None
        if isinstance(model, Communication) and model.enabled:
            yield model


def _created(section: Communication, simple: bool) -> tuple[str, ...]:
    """Entities that a section may create."""
    create = section.create
    if not (create.on_first or create.on_repeat):
        return ()
    if create.what == "activity":
        return ("contact",)
    return ("deal", "contact") if simple or create.entity == "deal" else ("lead",)


def _needed(session: Session, installation_id: int, entity: str) -> Iterator[tuple[str, str]]:
    """(name, title) of required fields of an entity; none while its fields were never read."""
    for row in directory.items(session, installation_id, f"fields_{entity}") or ():
        if row.get("required") and not row.get("read_only") and row["name"] not in FILLED:
            yield str(row["name"]), str(row.get("title") or row["name"])


def _pairs(look: Look) -> Iterator[Check]:
    rows = directory.employees(look.session, look.installation.id)
    alone = [row.full_name for row in rows if row.active and row.user_id is None]
    if alone:
        yield look.say("pairs", "warning", "pairs_missing", count=len(alone), names=_few(alone, look.lang))


def _last_names(look: Look) -> Iterator[Check]:
    known = portal_directory(look.session, look.installation).users or {}
    nameless = [user.name for user in known.values() if user.active and not user.last_name.strip()]
    if nameless:
        names = _few(nameless, look.lang)
        yield look.say("last_names", "warning", "last_names_missing", count=len(nameless), names=names)


def _test_chat(look: Look) -> Iterator[Check]:
    """A test that was cut off, or could not remove what it made."""
    kept = trial.record(look.session, look.installation.id)
    cut_off = kept.get("remove") and not kept.get("cleaned") and not trial.running(kept, look.now)
    if cut_off or kept.get("left"):
        yield look.say("test_chat", "warning", "test_chat_left")


def _few(names: Iterable[str], lang: str) -> str:
    """The first of them, and how many more there are."""
    found = list(names)
    shown = ", ".join(found[:NAMED])
    more = len(found) - NAMED
    return shown if more <= 0 else text("health.and_more", lang, names=shown, count=more)
