"""The rehearsal, pure: what settings would make of a conversation that is known, with the rules of the road."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.conversation import Ledger, PortalView, Reason, Snapshot
from app.domain.crm import CrmFacts
from app.domain.decision import Decision, Skip
from app.domain.plan import Step, StepKind
from app.domain.settings.communication import Communication
from app.rules.consider import held_back
from app.rules.decide import decide

MADE = {StepKind.CREATE_LEAD: "lead", StepKind.CREATE_DEAL: "deal", StepKind.CREATE_CONTACT: "contact"}
LONG_AGO = timedelta(days=1)
"""How long after its beginning a conversation is looked at: every pause of the rules is over by then."""


@dataclass(slots=True, kw_only=True)
class Rehearsed:
    """What would become of one conversation.

    `outcome`: creates | adds (to what is found) | nothing | filtered | waits (for its end). `creates`:
    {"entity", "title", "category_id", "stage_id"} each; `into`: kind -> id of what is found and used; `turns`:
    those of queues that it would take.
    """

    outcome: str
    communication: str | None = None
    creates: list[dict[str, Any]] = field(default_factory=list)
    into: dict[str, int] = field(default_factory=dict)
    responsible_id: int | None = None
    transcript: list[str] = field(default_factory=list)
    notified: bool = False
    explanation: list[Reason] = field(default_factory=list)
    turns: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def rehearse(
    snapshot: Snapshot, settings: Communication, view: PortalView, crm: CrmFacts, now: datetime
) -> Rehearsed:
    """Decide a conversation as if for the first time, all that is known of it being known from the beginning.

    `crm`: what its own decision knew of the client, without what it then made. Nothing is remembered.
    """
    fresh = replace(snapshot, ledger=Ledger())
    verdict = held_back(fresh, settings, view, max(now, snapshot.first_seen_at) + LONG_AGO)
    if isinstance(verdict, Skip):
        return Rehearsed(outcome="filtered", explanation=[verdict.reason])
    if verdict is not None:
        return Rehearsed(outcome="waits", explanation=[Reason(code="waits_for_end")])
    return _told(decide(fresh, settings, view, crm))


def _told(decision: Decision) -> Rehearsed:
    steps = decision.plan.steps
    found = decision.effects.get("entities", {})
    creates = [made for step in steps if (made := _made(step)) is not None]
    into = {str(kind): number for kind, number in found.items() if isinstance(number, int)}
    return Rehearsed(
        outcome="creates" if creates else "adds" if steps else "nothing",
        communication=decision.effects.get("communication"),
        creates=creates,
        into=into,
        responsible_id=decision.effects.get("responsible_id") if creates else None,
        transcript=_targets(steps),
        notified=any(step.kind == StepKind.NOTIFY for step in steps),
        explanation=decision.explanation,
        turns=decision.turns,
    )


def _made(step: Step) -> dict[str, Any] | None:
    if step.kind == StepKind.ADD_ACTIVITY:
        return {"entity": "activity", "title": None, "category_id": None, "stage_id": None}
    if step.kind not in MADE:
        return None
    params = step.params
    return {
        "entity": MADE[step.kind], "title": params.get("title") or params.get("name"),
        "category_id": params.get("category_id"), "stage_id": params.get("stage_id"),
    }  # fmt: skip


def _targets(steps: Iterable[Step]) -> list[str]:
    named = (str(step.params["entity"]) for step in steps if step.kind == StepKind.ADD_COMMENT)
    return list(dict.fromkeys(named))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the draft does otherwise: `what` is outcome | created | title | stage | responsible |
    into | transcript | notified; values as the rehearsal has them, stages as (entity, id)."""

    what: str
    published: Any
    draft: Any


def differences(published: Rehearsed, draft: Rehearsed) -> list[Difference]:
    """What the draft would do otherwise than the settings in force."""
    sides = [_compared(published), _compared(draft)]
    return [
        Difference(what=what, published=sides[0][what], draft=sides[1][what])
        for what in sides[0]
        if sides[0][what] != sides[1][what]
    ]


def _compared(one: Rehearsed) -> dict[str, Any]:
    return {
        "outcome": one.outcome,
        "created": [made["entity"] for made in one.creates],
        "title": [made["title"] for made in one.creates if made["title"]],
        "stage": [(made["entity"], made["stage_id"]) for made in one.creates if made["stage_id"]],
        "responsible": one.responsible_id,
        "into": sorted(one.into.items()),
        "transcript": one.transcript,
        "notified": one.notified,
    }
