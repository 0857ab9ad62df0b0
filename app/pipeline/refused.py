"""A refusal because of mapped fields or a stage: what is made comes before what it is filled in with.

Portals check values by rules that no list of fields tells (patterns, ranges, records that are gone). A step that
was refused with mapped fields is sent once more without them, and the explanation names them. So it is with a stage
that was removed since the directories were read.
"""

from typing import Any

from app.domain.conversation import Reason
from app.domain.plan import ASIDE, Plan, Step, StepKind, StepState

CREATED = {
    StepKind.CREATE_LEAD: "lead", StepKind.CREATE_DEAL: "deal", StepKind.CREATE_CONTACT: "contact",
    StepKind.ADD_ACTIVITY: "activity", StepKind.UPDATE_ACTIVITY: "activity",
}  # fmt: skip


PLACED = {StepKind.CREATE_LEAD, StepKind.CREATE_DEAL}
VALUE_REFUSED = "CRM_FIELD_ERROR_VALUE_NOT_VALID"
PLACES = ("stageid", "categoryid", "stage_id", "category_id")


def refuse(step: Step, why: str) -> None:
    """Note a refusal for good. A creating step is planned again with less: without a stage that the portal may have
    lost since its directories were read, without mapped fields. Refused even then, it fails with its first reason
    and has everything back, for a retry by hand."""
    params: dict[str, Any] = dict(step.params)
    less = None
    if step.kind in CREATED and step.result is None:
        less = _without_place(step.kind, params, why) or _without_extra(params, why)
    if less is not None:
        step.params = {"first_refusal": why} | less
        step.state, step.problem = StepState.PLANNED, None
        return
    why = params.pop("first_refusal", why)
    refused, place = params.pop("refused", None), params.pop("place_refused", None)
    params |= {"extra": refused["fields"]} if refused else {}
    params |= {name: place[name] for name in ("category_id", "stage_id") if name in place} if place else {}
    step.params, step.state, step.problem = params, StepState.FAILED, why


def _without_extra(params: dict[str, Any], why: str) -> dict[str, Any] | None:
    if not params.get("extra"):
        return None
    left = {name: value for name, value in params.items() if name != "extra"}
    return left | {"refused": {"fields": params["extra"], "why": why}}


def _without_place(kind: StepKind, params: dict[str, Any], why: str) -> dict[str, Any] | None:
    """Into the general pipeline's first stage: where the portal names the place, or nothing else is left to blame."""
    if kind not in PLACED or not params.get("stage_id"):
        return None
    named = any(name in why.lower() for name in PLACES)
    if not named and (params.get("extra") or VALUE_REFUSED not in why.upper()):
        return None
    place = {name: params[name] for name in ("category_id", "stage_id") if name in params}
    empty = {name: 0 if name == "category_id" else None for name in place}
    return params | empty | {"place_refused": place | {"why": why}}


def told(plan: Plan) -> list[dict[str, Any]]:
    """Lines of the explanation for what was made without its mapped fields, and what a conversation is done without."""
    lines = []
    for step in plan.steps:
        refused = step.params.get("refused")
        if refused and step.state == StepState.DONE:
            names = ", ".join(refused["fields"])
            params = {"entity": CREATED[step.kind], "fields": names, "why": refused["why"]}
            lines.append(Reason(code="mapping_refused", params=params).to_json())
        place = step.params.get("place_refused")
        if place and step.state == StepState.DONE:
            params = {"entity": CREATED[step.kind], "stage": place["stage_id"], "why": place["why"]}
            lines.append(Reason(code="stage_refused", params=params).to_json())
        if step.kind in ASIDE and step.state in (StepState.FAILED, StepState.IN_DOUBT):
            code = "trace_in_doubt" if step.state == StepState.IN_DOUBT else "trace_failed"
            lines.append(Reason(code=code, params={"why": step.problem}).to_json())
    return lines
