"""The explanation of one conversation in words: reasons of the rules, steps of the plans, problems."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.base.texts import catalogue, text
from app.domain.facts import fact
from app.domain.plan import Plan, Step, StepKind, StepState
from app.storage.models import Conversation, PlanRow

METHODS = {
    StepKind.CREATE_LEAD: "crm.item.add", StepKind.CREATE_DEAL: "crm.item.add",
    StepKind.CREATE_CONTACT: "crm.item.add", StepKind.ADD_ACTIVITY: "crm.activity.configurable.add",
    StepKind.UPDATE_ACTIVITY: "crm.activity.configurable.update",
    StepKind.ADD_COMMENT: "crm.timeline.comment.add", StepKind.UPDATE_ITEM: "crm.item.update",
    StepKind.ADD_TRACE: "crm.tracking.trace.add", StepKind.ADD_COMMUNICATION: "crm.item.update",
    StepKind.NOTIFY: "im.notify.system.add", StepKind.UPDATE_COMMENT: "crm.timeline.comment.update",
}  # fmt: skip
MADE = {StepKind.CREATE_LEAD: "lead", StepKind.CREATE_DEAL: "deal", StepKind.CREATE_CONTACT: "contact"}
"""Steps that make an entity with a card."""
_DEPENDS = "depends_on:"


def reason_line(reason: Mapping[str, Any], lang: str) -> dict[str, str]:
    """`{"text", "kind"}` of one reason; its parameters are told in words where they are codes."""
    code = str(reason["code"])
    params = {name: _param(name, value, lang) for name, value in (reason.get("params") or {}).items()}
    if not params.get("others"):
        params["others"] = ""
    else:
        params["others"] = text("why.others", lang, ids=params["others"])
    return {"kind": code, "text": refusal(code, lang, **params)}


def _param(name: str, value: Any, lang: str) -> str:
    if name in ("entity", "kind"):
        known = f"why.{name}.{value}"
        return text(known, lang) if known in catalogue("en") else str(value)
    if isinstance(value, list):
        return ", ".join(f"#{item}" for item in value)
    return "" if value is None else str(value)


def explanation(row: Conversation, plans: Iterable[PlanRow], lang: str) -> list[dict[str, str]]:
    """What came in, what was decided and why, in the order of the decisions."""
    lines = [_arrival(row, lang)]
    lines += [reason_line(reason, lang) for plan in plans for reason in plan.explanation]
    if row.reason and row.reason not in {line["kind"] for line in lines}:
        lines.append({"kind": row.reason, "text": refusal(row.reason, lang)})
    if row.closed_at is not None and row.kind == "offline":
        lines.append({"kind": "closed", "text": text("why.processed", lang)})
    elif row.closed_at is not None:
        lines.append(
            {"kind": "closed", "text": text("why.closed", lang, reason=closed(row.close_reason, lang))}
        )
    return lines


def closed(reason: str | None, lang: str) -> str:
    """UIS's reason in words; a new one stays as it came. UIS: chat-api.md, "Завершение чата"."""
    key = f"why.close.{reason}"
    return text(key, lang) if key in catalogue("en") else reason or "—"


def refusal(reason: str, lang: str, **params: object) -> str:
    """The text of a reason; one of a version to come is shown by its code."""
    return text(f"why.{reason}", lang, **params) if f"why.{reason}" in catalogue("en") else reason


def _arrival(row: Conversation, lang: str) -> dict[str, str]:
    if row.kind == "offline":
        channel = fact(row.facts, "traffic.source_name") or fact(row.facts, "request.form_name") or "—"
        key = "why.arrived_offline"
    else:
        channel = fact(row.facts, "chat.channel_name") or row.channel_id or "—"
        key = "why.arrived_chat"
    return {"kind": "arrived", "text": text(key, lang, channel=channel, number=row.source_id)}


def calls(plans: Iterable[PlanRow], lang: str) -> list[dict[str, Any]]:
    """The steps that were carried out, with their outcome in words."""
    return [call(step, lang) for plan in plans for step in Plan.from_json(plan.steps).steps]


def call(step: Step, lang: str) -> dict[str, Any]:
    """One step with its outcome in words."""
    return {
        "method": METHODS[step.kind],
        "step": text(f"journal.step.{step.kind}", lang),
        "name": step.name,
        "state": step.state.value,
        "outcome": text(f"journal.outcome.{step.state}", lang),
        "result": step.result,
        "problem": _step_problem(step.problem, lang) if step.problem else None,
    }


def problem_code(stored: str) -> str:
    """What makes two stored problems the same for a person: numbers of entities and chats are left out."""
    return hashlib.sha256(re.sub(r"\d+", "#", stored).encode()).hexdigest()[:16]


def problem(stored: str | None, lang: str) -> str | None:
    """What is wrong with a conversation, in words; the vendor's own words stand as they came."""
    if not stored:
        return None
    name, separator, said = stored.partition(": ")
    if not separator:
        return _step_problem(stored, lang)
    kind = name.partition(":")[0]
    title = f"journal.part.{kind}"
    words = _step_problem(said, lang)
    return f"{text(title, lang)}: {words}" if title in catalogue("en") else words


def _step_problem(said: str, lang: str) -> str:
    if said.startswith(_DEPENDS):
        return text("journal.problem.depends", lang)
    if said.startswith("internal"):
        return text("journal.problem.internal", lang)
    return said


def made_titles(plans: Iterable[PlanRow]) -> dict[str, str]:
    """Titles of the entities that we made, by kind."""
    found: dict[str, str] = {}
    for plan in plans:
        for step in Plan.from_json(plan.steps).steps:
            if step.kind in MADE and step.state == StepState.DONE:
                found[MADE[step.kind]] = str(step.params.get("title") or step.params.get("name") or "")
    return found
