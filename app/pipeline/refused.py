"""A refusal because of mapped fields: what is made comes before what it is filled in with.

Portals check values by rules that no list of fields tells (patterns, ranges, records that are gone). A step that
was refused with mapped fields is sent once more without them, and the explanation names them.
"""

from typing import Any

from app.domain.conversation import Reason
from app.domain.plan import ASIDE, Plan, Step, StepKind, StepState

CREATED = {
    StepKind.CREATE_LEAD: "lead", StepKind.CREATE_DEAL: "deal", StepKind.CREATE_CONTACT: "contact",
    StepKind.ADD_ACTIVITY: "activity", StepKind.UPDATE_ACTIVITY: "activity",
}  # fmt: skip


def refuse(step: Step, why: str) -> None:
    """Note a refusal for good. With mapped fields the step is planned again without them; refused then too, it
    fails with its first reason and has them back, for a retry by hand."""
    params: dict[str, Any] = dict(step.params)
    if step.kind in CREATED and params.get("extra") and step.result is None:
        extra = params.pop("extra")
        step.params = params | {"refused": {"fields": extra, "why": why}}
        step.state, step.problem = StepState.PLANNED, None
        return
    refused = params.pop("refused", None)
    if refused is not None:
        step.params, why = params | {"extra": refused["fields"]}, refused["why"]
    step.state, step.problem = StepState.FAILED, why


def told(plan: Plan) -> list[dict[str, Any]]:
    """Lines of the explanation for what was made without its mapped fields, and what a conversation is done without."""
    lines = []
    for step in plan.steps:
        refused = step.params.get("refused")
        if refused and step.state == StepState.DONE:
            names = ", ".join(refused["fields"])
            params = {"entity": CREATED[step.kind], "fields": names, "why": refused["why"]}
            lines.append(Reason(code="mapping_refused", params=params).to_json())
        if step.kind in ASIDE and step.state in (StepState.FAILED, StepState.IN_DOUBT):
            code = "trace_in_doubt" if step.state == StepState.IN_DOUBT else "trace_failed"
            lines.append(Reason(code=code, params={"why": step.problem}).to_json())
    return lines
