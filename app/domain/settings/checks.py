"""Checks beyond one document: sections against each other, and settings against the portal."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from app.domain.settings.assign import AssignQueue, AssignUser
from app.domain.settings.chats import Chats
from app.domain.settings.communication import Communication, Stage
from app.domain.settings.errors import FieldError
from app.domain.settings.open_lines import OpenLines
from app.domain.settings.portal import PortalDirectory


def contradictions(sections: Mapping[str, BaseModel], saved: str) -> list[FieldError]:
    """Open Lines against Chats: with both enabled, everything inside Chats must be off.

    `sections` are all sections as they would be after the save; `saved` is the one being saved: `chats` has
    its keys named, `open_lines` its toggle. Other sections contradict nothing.
    """
    chats, open_lines = sections.get("chats"), sections.get("open_lines")
    if not isinstance(chats, Chats) or not isinstance(open_lines, OpenLines):
        return []
    if not chats.enabled or not open_lines.enabled:
        return []
    keys = _doubling(chats)
    if saved == "chats":
        return [FieldError(key, "chats_with_open_lines") for key in keys]
    if saved == "open_lines" and keys:
        return [FieldError("enabled", "open_lines_with_chats", {"keys": ", ".join(keys)})]
    return []


def _doubling(chats: Chats) -> list[str]:
    on = {
        "create.on_first": chats.create.on_first,
        "create.on_repeat": chats.create.on_repeat,
        "notify": chats.notify,
        "transcript.to": bool(chats.transcript.to),
        "mapping": bool(chats.mapping),
    }
    return [key for key, is_on in on.items() if is_on]


def checked_against(portal: PortalDirectory, settings: BaseModel) -> list[FieldError]:
    """What the settings name that the portal lacks: users, stages, channels, fields, lines, leads in simple CRM."""
    if isinstance(settings, OpenLines):
        return list(_joined(portal, settings))
    if not isinstance(settings, Communication):
        return []
    return [
        *_leads(portal, settings),
        *_stages(portal, settings),
        *_users(portal, settings),
        *_channels(portal, settings),
        *_fields(portal, settings),
    ]


def _leads(portal: PortalDirectory, settings: Communication) -> Iterator[FieldError]:
    if portal.crm_mode != "simple":
        return
    if settings.create.entity == "lead":
        yield FieldError("create.entity", "no_leads")
    for index, target in enumerate(settings.transcript.to):
        if target == "lead":
            yield FieldError(f"transcript.to.{index}", "no_leads")
    for index, rule in enumerate(settings.mapping):
        if rule.entity == "lead":
            yield FieldError(f"mapping.{index}.entity", "no_leads")


def _stages(portal: PortalDirectory, settings: Communication) -> Iterator[FieldError]:
    if portal.stages is None or (portal.crm_mode == "simple" and settings.create.entity == "lead"):
        return
    named: list[tuple[str, Stage]] = [("pipeline.default", settings.pipeline.default)]
    named += [(f"pipeline.rules.{index}", rule) for index, rule in enumerate(settings.pipeline.rules)]
    for path, stage in named:
        yield from _stage(portal.stages, settings.create.entity, path, stage)


def _stage(
    stages: frozenset[tuple[str, int | None, str]], entity: str, path: str, stage: Stage
) -> Iterator[FieldError]:
    deal = ("deal", stage.category_id or 0, stage.stage_id)
    # A lead has one pipeline, so its statuses carry no category; rules of deals may stay beside them, unused.
    fits = deal in stages or (entity == "lead" and ("lead", None, stage.stage_id) in stages)
    if entity == "lead" and stage.category_id is None:
        fits = ("lead", None, stage.stage_id) in stages
    if fits:
        return
    categories = {category for kind, category, _ in stages if kind == "deal"}
    if stage.category_id is not None and stage.category_id not in categories:
        yield FieldError(f"{path}.category_id", "unknown_category", {"id": stage.category_id})
    else:
        yield FieldError(f"{path}.stage_id", "unknown_stage", {"id": stage.stage_id})


def _users(portal: PortalDirectory, settings: Communication) -> Iterator[FieldError]:
    if portal.users is None:
        return
    for path, user_id, last_resort in named_users(settings):
        user = portal.users.get(user_id)
        if user is None:
            yield FieldError(path, "unknown_user", {"id": user_id})
        elif not user.last_name.strip():
            yield FieldError(path, "user_without_last_name", {"name": user.name})
        elif last_resort and not user.active:
            yield FieldError(path, "user_dismissed", {"name": user.name})


def named_users(settings: Communication) -> Iterator[tuple[str, int, bool]]:
    """Path, user, and whether nobody stands in for that user."""
    responsible = settings.responsible
    for index, rule in enumerate(responsible.rules):
        path = f"responsible.rules.{index}.assign"
        if isinstance(rule.assign, AssignUser):
            yield f"{path}.user_id", rule.assign.user_id, False
        elif isinstance(rule.assign, AssignQueue):
            for place, user_id in enumerate(rule.assign.user_ids):
                yield f"{path}.user_ids.{place}", user_id, False
    for key in ("default_user_id", "substitute_user_id"):
        user_id = getattr(responsible, key)
        if user_id is not None:
            yield f"responsible.{key}", user_id, True


def _channels(portal: PortalDirectory, settings: Communication) -> Iterator[FieldError]:
    if portal.channels is None or not isinstance(settings, Chats) or settings.channels.mode == "all":
        return
    for index, channel_id in enumerate(settings.channels.ids):
        if channel_id not in portal.channels:
            yield FieldError(f"channels.ids.{index}", "unknown_channel", {"id": channel_id})


def _fields(portal: PortalDirectory, settings: Communication) -> Iterator[FieldError]:
    """A field that was made a minute ago is known after the next synchronization, which the page offers."""
    for index, rule in enumerate(settings.mapping):
        known = portal.fields.get(rule.entity)
        if known is not None and rule.field not in known:
            yield FieldError(f"mapping.{index}.field", "unknown_field", {"name": rule.field})


def _joined(portal: PortalDirectory, settings: OpenLines) -> Iterator[FieldError]:
    """Nothing while the section is off: a line that was deleted must not keep anybody from switching it off."""
    if not settings.enabled:
        return
    for index, row in enumerate(settings.lines):
        if portal.channels is not None and row.channel_id not in portal.channels:
            yield FieldError(f"lines.{index}.channel_id", "unknown_channel", {"id": row.channel_id})
        if portal.lines is not None and row.line_id not in portal.lines:
            yield FieldError(f"lines.{index}.line_id", "unknown_line", {"id": row.line_id})
    employee = settings.default_employee_id
    if employee is not None and portal.employees is not None and employee not in portal.employees:
        yield FieldError("default_employee_id", "unknown_employee", {"id": employee})
