"""Writes that met nothing: the entity of a comment or of fields was deleted or merged since.

The conversation does not fail for it: what is lost is noted in the ledger, and the next look asks what became of it
(`app.rules.life`).
"""

from app.domain.conversation import Ledger
from app.domain.plan import Plan, Step, StepKind, StepState

GONE = "gone: "
CODES = ("OWNER_NOT_FOUND", "NOT_FOUND")
WRITES = {StepKind.ADD_COMMENT, StepKind.UPDATE_ITEM}


def is_gone(step: Step, reason: str) -> bool:
    """Whether a refusal says that what the step writes to is there no more."""
    return step.kind in WRITES and reason.partition(":")[0].strip().upper() in CODES


def mark_lost(before: Ledger, after: Ledger, plan: Plan) -> Ledger:
    """The ledger after a plan, with the kinds that were not found; what was not written counts as not written."""
    for step in plan.steps:
        kind = str(step.params.get("entity"))
        if step.state != StepState.FAILED or not (step.problem or "").startswith(GONE):
            continue
        if kind in before.lost or kind not in after.entities:
            continue  # asked about already: it is not looked for again
        after.lost = [*dict.fromkeys([*after.lost, kind])]
        after.transcript = {name: held for name, held in after.transcript.items() if name != kind}
        if kind in before.transcript:
            after.transcript[kind] = before.transcript[kind]
    return after
