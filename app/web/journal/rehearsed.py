"""A rehearsal in words: what would become of each conversation, and what the draft does otherwise."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.base.texts import text
from app.pipeline.rehearsal import Rehearsal
from app.pipeline.view import Portal
from app.rules.rehearsal import Difference, Rehearsed
from app.storage.queries import directory
from app.web.clients import client_of
from app.web.journal import why

Stages = Mapping[tuple[str, str], str]
"""(entity, stage) -> what people call it."""


def stage_titles(session: Session, installation_id: int) -> Stages:
    """The stages of the portal as last read."""
    rows = directory.items(session, installation_id, "stages") or []
    return {(str(row["entity"]), str(row["id"])): str(row.get("title") or row["id"]) for row in rows}


def counts(sides: Iterable[Rehearsed]) -> dict[str, int]:
    """How many came to which outcome."""
    counts: dict[str, int] = {}
    for side in sides:
        counts[side.outcome] = counts.get(side.outcome, 0) + 1
    return counts


def item(one: Rehearsal, portal: Portal, stages: Stages, lang: str) -> dict[str, Any]:
    """One conversation for the API."""
    row = one.row
    return {
        "id": row.id,
        "conversation": f"{row.kind}-{row.source_id}",
        "client": client_of(row),
        "at": (row.started_at or row.created_at).isoformat(),
        "asked": one.asked,
        "draft": _side(one.draft, portal, stages, lang),
        "published": _side(one.published, portal, stages, lang),
        "differences": [_difference(difference, portal, stages, lang) for difference in one.differences],
        "explanation": [why.reason_line(reason.to_json(), lang) for reason in one.draft.explanation],
    }


def _side(side: Rehearsed, portal: Portal, stages: Stages, lang: str) -> dict[str, Any]:
    url = portal.view.portal_url
    return {
        "outcome": side.outcome,
        "text": _outcome(side, lang),
        "communication": side.communication,
        "creates": [
            made | {"stage": _stage(made["entity"], made["stage_id"], stages)} for made in side.creates
        ],
        "into": [
            {"type": kind, "id": number, "title": None, "url": f"{url}/crm/{kind}/details/{number}/"}
            for kind, number in side.into.items()
        ],
        "responsible": _user(side.responsible_id, portal),
        "transcript": side.transcript,
        "notified": side.notified,
    }


def _outcome(side: Rehearsed, lang: str) -> str:
    made = ", ".join(text(f"why.entity.{one['entity']}", lang) for one in side.creates)
    return text(f"rehearsal.outcome.{side.outcome}", lang, made=made)


def _user(user_id: int | None, portal: Portal) -> dict[str, Any] | None:
    if user_id is None:
        return None
    name = portal.view.users.get(user_id, ("", True))[0]
    return {"id": user_id, "name": name or f"#{user_id}"}


def _stage(entity: str, stage_id: str | None, stages: Stages) -> str | None:
    return None if stage_id is None else stages.get((entity, stage_id), stage_id)


def _difference(difference: Difference, portal: Portal, stages: Stages, lang: str) -> dict[str, str]:
    return {
        "what": difference.what,
        "title": text(f"rehearsal.what.{difference.what}", lang),
        "published": _words(difference.what, difference.published, portal, stages, lang),
        "draft": _words(difference.what, difference.draft, portal, stages, lang),
    }


def _words(what: str, value: Any, portal: Portal, stages: Stages, lang: str) -> str:
    if what == "outcome":
        return text(f"rehearsal.short.{value}", lang)
    if what == "notified":
        return text("rehearsal.yes" if value else "rehearsal.no", lang)
    if what == "responsible":
        user = _user(value, portal)
        return user["name"] if user else "—"
    if what in ("created", "transcript"):
        value = [text(f"why.entity.{kind}", lang) for kind in value]
    elif what == "stage":
        value = [_stage(entity, stage_id, stages) for entity, stage_id in value]
    elif what == "into":
        value = [f"{text(f'why.entity.{kind}', lang)} #{number}" for kind, number in value]
    return ", ".join(str(item) for item in value) or "—"
