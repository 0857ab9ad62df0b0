"""Rehearsals: draft settings over the latest conversations that are known, with what was known of their clients.

Nothing is written and the CRM is not asked: every decision keeps compactly what it was told (`app.pipeline.known`).
Asking again would not be a rehearsal: the CRM has meanwhile what these very conversations made.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.conversation import PortalView, Snapshot
from app.domain.crm import CrmFacts
from app.domain.settings import Communication
from app.pipeline.known import KNOWN, from_explanation, known_from_json
from app.pipeline.snapshots import snapshots
from app.pipeline.view import Portal
from app.rules.rehearsal import Difference, Rehearsed, differences, rehearse
from app.storage.models import Conversation, PlanRow

CHUNK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """One conversation under both settings. `asked`: whether what the CRM said of the client is known."""

    row: Conversation
    draft: Rehearsed
    published: Rehearsed
    differences: list[Difference]
    asked: bool


@dataclass(frozen=True, slots=True)
class _Knowledge:
    crm: CrmFacts
    earlier: bool
    asked: bool


def rehearse_latest(
    session: Session, portal: Portal, kind: str, draft: Communication, limit: int, now: datetime
) -> list[Rehearsal]:
    """The last `limit` conversations under the draft and under the settings in force, newest first."""
    published = portal.settings_of(kind)
    views = [portal.view, portal.view]  # each side turns its own queues
    found: list[Rehearsal] = []
    for row, snapshot, knowledge in _latest(session, portal, kind, limit):
        old, new = (
            rehearse(snapshot, settings, view, knowledge.crm, now)
            for settings, view in zip((published, draft), views, strict=True)
        )
        views = [_turned(view, side) for view, side in zip(views, (old, new), strict=True)]
        found.append(
            Rehearsal(
                row=row, draft=new, published=old, differences=differences(old, new), asked=knowledge.asked
            )
        )
    return found[::-1]


def _turned(view: PortalView, side: Rehearsed) -> PortalView:
    return replace(view, turns={**view.turns, **side.turns}) if side.turns else view


def latest(session: Session, installation_id: int, kind: str, limit: int) -> Sequence[Conversation]:
    """The latest conversations of a kind, newest first. Served by ix_conversation_installation_id_id."""
    query = (
        select(Conversation)
        .where(Conversation.installation_id == installation_id, Conversation.kind == kind)
        .order_by(Conversation.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def _latest(
    session: Session, portal: Portal, kind: str, limit: int
) -> Iterator[tuple[Conversation, Snapshot, _Knowledge]]:
    """Oldest first: queues turn in the order of the conversations."""
    rows = latest(session, portal.id, kind, limit)[::-1]
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        looks, plans = snapshots(session, portal, chunk), _first_plans(session, [row.id for row in chunk])
        for row in chunk:
            knowledge = _knowledge(looks[row.id], plans.get(row.id))
            yield row, replace(looks[row.id], earlier=knowledge.earlier), knowledge


def _first_plans(session: Session, ids: Sequence[int]) -> dict[int, tuple[Mapping[str, Any], list[Any]]]:
    """Effects and explanation of the plan that decided each conversation. Served by ix_plan_conversation_id_id."""
    query = select(PlanRow.conversation_id, PlanRow.effects, PlanRow.explanation).where(
        PlanRow.conversation_id.in_(ids)
    )
    found: dict[int, tuple[Mapping[str, Any], list[Any]]] = {}
    for conversation_id, effects, explanation in session.execute(query.order_by(PlanRow.id)):
        if effects.get("communication") or KNOWN in effects:
            found[conversation_id] = (effects, explanation)  # one decided anew counts by its last decision
    return found


def _knowledge(snapshot: Snapshot, plan: tuple[Mapping[str, Any], list[Any]] | None) -> _Knowledge:
    if plan is None:  # never came to a question: only our own conversations tell whether the client is known
        return _Knowledge(CrmFacts(), snapshot.earlier, asked=False)
    effects, explanation = plan
    kept = effects.get(KNOWN)
    if kept is None:
        earlier = any(line.get("code") == "client_met_before" for line in explanation)
        return _Knowledge(from_explanation(explanation), earlier, asked=True)
    return _Knowledge(known_from_json(kept), bool(kept.get("earlier")), asked=True)
