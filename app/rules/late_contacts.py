"""A phone or an e-mail that becomes known later is added to the contact, or to the lead that carries it itself."""

from app.domain.conversation import PortalView, Snapshot
from app.domain.crm import Kind
from app.domain.decision import Decision
from app.domain.plan import Step, StepKind, StepState
from app.rules.questions import emails_of, phones_of

ALWAYS_RIPE = 1.0
"""A moment long past: the step is looked up before it is sent for the first time."""


def remember_given(snapshot: Snapshot, view: PortalView, decision: Decision) -> None:
    """What the CRM has of the client after this decision."""
    decision.effects["given"] = [value for _, value in _known(snapshot, view)]


def add_late_contacts(snapshot: Snapshot, view: PortalView, decision: Decision) -> None:
    """Steps for what was not known when the conversation was decided.

    An addition to a multiple field is not idempotent, and somebody may have typed it in: each step is looked up
    first, so it begins as one whose outcome is not known.
    """
    target = _target(snapshot)
    fresh = [item for item in _known(snapshot, view) if item[1] not in snapshot.ledger.given]
    if target is None or not fresh:
        return
    kind, entity_id = target
    for number, (type_id, value) in enumerate(fresh, start=1):
        params = {"entity": str(kind), "entity_id": entity_id, "type": type_id, "value": value}
        step = Step(name=f"communication:{number}", kind=StepKind.ADD_COMMUNICATION, params=params)
        step.state, step.sent_at = StepState.UNKNOWN, ALWAYS_RIPE
        decision.plan.steps.append(step)
    decision.effects["given"] = [*snapshot.ledger.given, *(value for _, value in fresh)]
    decision.because("late_contacts", entity=str(kind), count=len(fresh))


def _known(snapshot: Snapshot, view: PortalView) -> list[tuple[str, str]]:
    phones = [("PHONE", phone) for phone in phones_of(snapshot, view)]
    return phones + [("EMAIL", address) for address in emails_of(snapshot)]


def _target(snapshot: Snapshot) -> tuple[Kind, int] | None:
    for kind in (Kind.CONTACT, Kind.LEAD):
        entity_id = snapshot.ledger.entity(kind)
        if entity_id is not None:
            return kind, entity_id
    return None
