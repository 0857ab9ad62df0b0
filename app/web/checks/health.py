"""Health of the integration: checks over what is stored; nothing is asked of the vendors."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.texts import catalogue, text
from app.domain.settings import SECTIONS, Communication, checked_against, parse
from app.storage.models import Chain, Installation, InstallationState, UisConnection
from app.storage.queries import chains, directory, figures, settings
from app.storage.services import Services
from app.uis.joining.status import status as uis_status
from app.web.checks.analytics import analytics
from app.web.checks.automation import automation
from app.web.checks.lines import lines
from app.web.checks.looks import Check, Look
from app.web.checks.preflight import preflight
from app.web.portal_directory import portal_directory
from bitrix_app import steps

SLOW = timedelta(minutes=10)
PARTS_OF_PORTAL = ("events", "placements", "connector")
REPAIRS = {"handlers", "placements", "connector", "directories", "tokens"}
"""Checks that POST /api/health/repair can do something about."""


def health(session: Session, installation: Installation, services: Services, lang: str) -> dict[str, Any]:
    """`{"state": "ok" | "warning" | "broken", "checks": [{"name", "state", "text", "repair"}]}`."""
    now = services.clock.now()
    look = Look(session=session, installation=installation, services=services, now=now, lang=lang)
    checks = [_with_repair(check, lang) for look_at in _CHECKS for check in look_at(look)]
    states = {check.state for check in checks}
    worst = "broken" if "broken" in states else "warning" if "warning" in states else "ok"
    return {
        "state": worst,
        "checks": [
            {"name": check.name, "state": check.state, "text": check.text, "repair": check.repair}
            for check in checks
        ],
    }


def _with_repair(check: Check, lang: str) -> Check:
    if check.state == "ok" or check.name not in REPAIRS:
        return check
    key = "health.repair.directories" if check.name == "directories" else "health.repair"
    return replace(check, repair=text(key, lang))


def _main(look: Look) -> Iterator[Check]:
    version = settings.newest(look.session, look.installation.id, "main")
    off = version is not None and not version.document.get("enabled", True)
    yield look.say("main", "warning", "main_off") if off else look.say("main", "ok", "main_on")


def _tokens(look: Look) -> Iterator[Check]:
    row = look.installation
    kept = chains.in_succession(look.session, row.id)
    alive = sum(chain.state != "dead" and chain.is_admin for chain in kept)
    if row.state == InstallationState.PARKED:
        key = f"install.text.parked_{row.problem}"
        words = text(key, look.lang) if key in catalogue("en") else text("health.parked", look.lang)
        yield Check(name="tokens", state="broken", text=words)
    elif not alive:
        yield look.say("tokens", "broken", "tokens_none")
    elif chains.succeeded(kept):
        yield look.say("tokens", "warning", "tokens_succeeded", **_succession(look, kept))
    elif alive == 1:
        yield look.say("tokens", "ok", "tokens_one")
    else:
        yield look.say("tokens", "ok", "tokens_many", count=alive)


def _succession(look: Look, kept: Sequence[Chain]) -> dict[str, str]:
    """Who took over from whom."""
    users = directory.items(look.session, look.installation.id, "users") or []
    names = {int(user["id"]): str(user["title"]) for user in users}
    before = next(chain for chain in kept if chain.is_installer)
    now = next(chain for chain in kept if chain is not before and chain.is_admin)
    return {
        "before": names.get(before.user_id, f"№ {before.user_id}"),
        "now": names.get(now.user_id, f"№ {now.user_id}"),
    }


def _portal(look: Look) -> Iterator[Check]:
    """Handlers, placements and connector as the last comparison with the manifest left them."""
    told = steps.progress(look.session, look.installation.id, look.lang)["steps"]
    by_name = {step["name"]: step for step in told}
    for part in PARTS_OF_PORTAL:
        name = "handlers" if part == "events" else part
        step = by_name.get(part)
        if step is None or step["state"] in ("waiting", "running"):
            yield look.say(name, "warning", f"{name}_unknown")
        elif step["state"] == "failed":
            words = step["text"] or text(f"health.{name}_unknown", look.lang)
            yield Check(name=name, state="broken", text=words)
        else:
            yield look.say(name, "ok", f"{name}_ok")


def _uis(look: Look) -> Iterator[Check]:
    found = uis_status(look.session, look.installation.id, look.services.config, look.lang)
    if found["state"] == "none":
        yield look.say("uis", "warning", "uis_none")
        return
    if found["state"] == "broken":
        yield Check(name="uis", state="broken", text=found["problem"] or text("health.uis_broken", look.lang))
    else:
        joined = sum(channel["joined"] for channel in found["channels"])
        yield look.say("uis", "ok", "uis_ok", channels=joined)
    yield from (Check(name="uis_warning", state="warning", text=words) for words in found["warnings"])
    yield _data_api(look, found["data_api"])


def _data_api(look: Look, told: dict[str, Any]) -> Check:
    if told["state"] != "ok":
        return Check(name="data_api", state="broken", text=str(told["text"]))
    limits = told.get("limits") or {}
    if "day_remaining" not in limits:
        return Check(name="data_api", state="ok", text=str(told["text"]))
    left, limit = limits["day_remaining"], limits.get("day_limit", "?")
    return look.say("data_api", "ok", "data_api_points", left=left, limit=limit)


def _lost(look: Look) -> Iterator[Check]:
    """For information: nothing is to be done, the reports made it good."""
    count = figures.lost_callbacks(look.session, look.installation.id)
    if count:
        yield look.say("lost_callbacks", "ok", "lost_callbacks", count=count)


def _queue(look: Look) -> Iterator[Check]:
    yield _waiting(look)
    states = figures.conversations_by_state(look.session, look.installation.id)
    failed, doubt = states.get("failed", 0), states.get("in_doubt", 0)
    if failed or doubt:
        yield look.say("journal", "warning", "journal_failed", failed=failed, doubt=doubt)
    unreadable = figures.unreadable(look.session, look.installation.id)
    if unreadable:
        yield look.say("unreadable", "warning", "unreadable", count=unreadable)


def _waiting(look: Look) -> Check:
    """How many events wait, and for how long the oldest has."""
    count, oldest = figures.inbox_waiting(look.session, look.installation.id)
    if oldest is None:
        return look.say("queue", "ok", "queue_ok", count=count)
    age = max(look.now - oldest, timedelta())
    state = "warning" if age > SLOW else "ok"
    seconds = int(age.total_seconds())
    if seconds < 60:
        return look.say("queue", state, "queue_seconds", count=count, seconds=seconds)
    return look.say("queue", state, "queue_minutes", count=count, minutes=seconds // 60)


def _directories(look: Look) -> Iterator[Check]:
    synced = look.installation.synced_at
    known = portal_directory(look.session, look.installation)
    if known.users is None or known.stages is None:
        yield look.say("directories", "warning", "directories_none")
    elif look.installation.sync.get("state") == "failed" and synced:
        yield look.say("directories", "warning", "directories_failed")


def _settings(look: Look) -> Iterator[Check]:
    """What settings name and the portal does not have (any more)."""
    known = portal_directory(look.session, look.installation)
    for section in SECTIONS:
        version = settings.newest(look.session, look.installation.id, section)
        model = parse(section, version.document) if version else None
        if not isinstance(model, Communication) or not model.enabled:
            continue
        errors = checked_against(known, model)
        if errors:
            said = text(f"settings.{errors[0].code}", look.lang, **errors[0].params)
            title = text(f"health.section.{section}", look.lang)
            yield look.say(section, "broken", "settings_wrong", section=title, words=said, count=len(errors))


def _account(look: Look) -> Iterator[Check]:
    """A connection that is being made for longer than anybody waits."""
    query = select(UisConnection).where(UisConnection.installation_id == look.installation.id)
    row = look.session.scalar(query)
    if row is not None and row.state == "joining" and look.now - row.created_at > SLOW:
        yield look.say("uis_account", "warning", "uis_half")


_CHECKS: tuple[Callable[[Look], Iterator[Check]], ...] = (
    _main, _tokens, _portal, _uis, _account, _lost, _queue, _directories, _settings, lines, analytics, automation,
    preflight,
)  # fmt: skip
