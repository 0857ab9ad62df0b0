"""The mapping at work: values of what is made, updates of what was there before, facts that come late."""

from collections.abc import Mapping
from typing import Any

from app.domain.conversation import PortalView, Snapshot
from app.domain.crm import CrmFacts, Entity, Kind, Questions
from app.domain.decision import Decision
from app.domain.plan import Step, StepKind
from app.domain.settings.communication import Communication
from app.rules.fields.mapping import OURS, Wishes, fingerprint, merged, wished

STALE = ""
"""Fingerprint of an entity that is there already: the next look compares it with the CRM."""


def select(settings: Communication, view: PortalView) -> dict[Kind, tuple[str, ...]]:
    """Mapped fields by kind, whose present values a decision wants to know; only those that the portal has."""
    wanted: dict[Kind, dict[str, None]] = {}
    for row in settings.mapping:
        if (
            row.entity != "activity"
            and row.field not in OURS
            and row.field in view.fields.get(row.entity, {})
        ):
            wanted.setdefault(Kind(row.entity), {})[row.field] = None
    return {kind: tuple(names) for kind, names in wanted.items()}


def new_values(
    snapshot: Snapshot, settings: Communication, view: PortalView, decision: Decision, kind: Kind,
    own: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Mapped values of an entity that is being made; `own`: what we put into it by ourselves."""
    if not _mapped(settings, kind):
        return {}
    wishes = wished(settings.mapping, str(kind), snapshot.facts, view)
    made = merged(wishes, own)
    decision.explanation += made.problems
    _remember(decision, kind, fingerprint(wishes))
    return made.values


def found_again(settings: Communication, decision: Decision, kind: Kind) -> None:
    """What an earlier attempt made is compared with the CRM at the next look."""
    if _mapped(settings, kind):
        _remember(decision, kind, STALE)


def update_known(
    snapshot: Snapshot, settings: Communication, view: PortalView, crm: CrmFacts, decision: Decision
) -> None:
    """Updates of what the conversation goes into and what was there before it."""
    remembered = decision.effects.get("mapped", {})
    for name, number in decision.effects.get("entities", {}).items():
        if isinstance(number, int) and name not in remembered and _mapped(settings, name):
            wishes = wished(settings.mapping, name, snapshot.facts, view)
            _update(decision, Kind(name), number, wishes, _entity(crm, Kind(name), number))


def late_questions(snapshot: Snapshot, settings: Communication, view: PortalView) -> Questions | None:
    """What must be read before facts that came late are added; None when none did."""
    kinds = _changed(snapshot, settings, view)
    if not kinds:
        return None
    chosen = {kind: names for kind, names in select(settings, view).items() if kind in kinds}
    known: dict[Kind, tuple[int, ...]] = {kind: (snapshot.ledger.entities[kind],) for kind in kinds}
    return Questions(known=known, select=chosen, related=False)


def add_late(
    snapshot: Snapshot, settings: Communication, view: PortalView, crm: CrmFacts, decision: Decision
) -> None:
    """Updates with what became known, or other, since the entities were filled in."""
    for kind, wishes in _changed(snapshot, settings, view).items():
        number = snapshot.ledger.entities[kind]
        entity = _entity(crm, kind, number)
        if entity is None:
            decision.because("late_facts_gone", entity=str(kind), id=number)
            _remember(decision, kind, fingerprint(wishes))
        else:
            _update(decision, kind, number, wishes, entity, late=True)


def _changed(snapshot: Snapshot, settings: Communication, view: PortalView) -> dict[Kind, Wishes]:
    ledger, changed = snapshot.ledger, {}
    for name, before in ledger.mapped.items():
        if settings.enabled and ledger.entities.get(name):
            wishes = wished(settings.mapping, name, snapshot.facts, view)
            if wishes.all and fingerprint(wishes) != before:
                changed[Kind(name)] = wishes
    return changed


def _update(
    decision: Decision, kind: Kind, number: int, wishes: Wishes, entity: Entity | None, *, late: bool = False
) -> None:
    made = merged(wishes, entity.values if entity is not None else None)
    decision.explanation += made.problems
    _remember(decision, kind, fingerprint(wishes))
    if not made.values:
        return
    params = {"entity": str(kind), "entity_id": number, "fields": made.values}
    decision.plan.steps.append(Step(name=f"fields:{kind}", kind=StepKind.UPDATE_ITEM, params=params))
    code = "late_facts_added" if late else "mapping_updated"
    decision.because(code, entity=str(kind), id=number, fields=", ".join(made.values))


def _mapped(settings: Communication, kind: str) -> bool:
    return any(row.entity == kind for row in settings.mapping)


def _entity(crm: CrmFacts, kind: Kind, number: int) -> Entity | None:
    return next((entity for entity in crm.of(kind) if entity.id == number), None)


def _remember(decision: Decision, kind: Kind, mark: str) -> None:
    decision.effects.setdefault("mapped", {})[str(kind)] = mark
