"""The advertising source in the CRM: UTM fields of what we made, and one trace for Sales Intelligence.

Reports tell the source, so it may be known at once or later. A row of the mapping that fills a UTM field has
precedence over us. Bitrix24: crm/universal/object-fields (utm*), crm/tracking/crm-tracking-trace-add.
"""

from collections.abc import Iterable
from typing import Any

from app.domain.conversation import PortalView, Snapshot
from app.domain.decision import Decision
from app.domain.facts import fact
from app.domain.plan import Ref, Step, StepKind
from app.domain.settings.communication import Communication
from app.rules.titles import one_line

MARKS = ("source", "medium", "campaign", "content", "term")
LONGEST = 255
TRACED = ("lead", "deal", "contact")


OFFLINE_SOURCE = "UIS_OFFLINE"
"""Code of the CRM's source for offline requests."""


def source_of_type(channel_type: str) -> str:
    """Code of the CRM's source for chats of a type of channel."""
    return f"UIS_{channel_type}".upper()


def marks_of(snapshot: Snapshot) -> dict[str, str]:
    """UTM marks that are known: "source" -> "yandex"."""
    found = {mark: fact(snapshot.facts, f"traffic.utm_{mark}") for mark in MARKS}
    return {mark: one_line(str(value))[:LONGEST] for mark, value in found.items() if value is not None}


def utm_fields(snapshot: Snapshot, settings: Communication, kind: str) -> dict[str, str]:
    """Fields of `crm.item.*`, without those that the mapping fills."""
    mapped = {row.field for row in settings.mapping if row.entity == kind}
    fields = {f"utm{mark.capitalize()}": value for mark, value in marks_of(snapshot).items()}
    return {name: value for name, value in fields.items() if name not in mapped}


def source_id(snapshot: Snapshot, settings: Communication, view: PortalView, kind: str) -> dict[str, str]:
    """`sourceId` where the portal has a source of its own for the channel: by id `UIS_<TYPE>`, else by its name."""
    if any(row.entity == kind and row.field == "sourceId" for row in settings.mapping):
        return {}
    told = fact(snapshot.facts, "chat.channel_type") or ""
    wanted = OFFLINE_SOURCE if snapshot.kind == "offline" else source_of_type(str(told))
    name = str(fact(snapshot.facts, "chat.channel_name") or "").strip().casefold()
    named = [key for key, title in view.sources.items() if name and title.strip().casefold() == name]
    found = wanted if wanted in view.sources else next(iter(named), None)
    return {"sourceId": found} if found else {}


def trace_new(snapshot: Snapshot, decision: Decision) -> None:
    """The trace of what this plan makes. The fields were filled while it was made."""
    marks = marks_of(snapshot)
    making = {step.name for step in decision.plan.steps}
    made = {kind: Ref(kind) for kind in TRACED if kind in making}
    if marks and made:
        decision.effects |= {"advertised": True}
        _trace(marks, made, decision)


def add_late_source(snapshot: Snapshot, settings: Communication, decision: Decision) -> None:
    """Fields and trace of what was made before its source was known."""
    ledger, marks = snapshot.ledger, marks_of(snapshot)
    made = {kind: ledger.entities[kind] for kind in TRACED if kind in ledger.made and kind in ledger.entities}
    if ledger.advertised or not (marks and made and settings.enabled):
        return
    for kind, number in made.items():
        fields = utm_fields(snapshot, settings, kind)
        if fields:
            params = {"entity": kind, "entity_id": number, "fields": fields}
            decision.plan.steps.append(Step(name=f"utm:{kind}", kind=StepKind.UPDATE_ITEM, params=params))
    decision.effects |= {"advertised": True}
    decision.because("source_added", source=_words(marks.values()))
    _trace(marks, made, decision)


def _trace(marks: dict[str, str], made: dict[str, Any], decision: Decision) -> None:
    tags = {f"utm_{mark}": value for mark, value in marks.items()}
    params = {"tags": tags, **made}
    decision.plan.steps.append(Step(name="trace", kind=StepKind.ADD_TRACE, params=params))


def _words(values: Iterable[str]) -> str:
    return " / ".join(values)
