"""What comes after the decision: the activity kept current and completed, the transcript at the end."""

from datetime import datetime, timedelta
from typing import Any

from app.domain.conversation import Ledger, PortalView, Snapshot
from app.domain.crm import Kind
from app.domain.decision import Decision
from app.domain.message import TranscriptMessage
from app.domain.plan import Ref, Step, StepKind
from app.domain.settings.communication import Communication
from app.rules import activity
from app.rules.create import FALLBACK_TITLE
from app.rules.filters import matches
from app.rules.markers import reference
from app.rules.questions import role_marker
from app.rules.titles import render_or_default
from app.rules.transcript import render

REFRESH = timedelta(seconds=30)


def follow_up(
    snapshot: Snapshot, settings: Communication, view: PortalView, now: datetime, changed_at: datetime
) -> Decision:
    """What has come since the decision. `changed_at`: when the last event was folded in."""
    decision = Decision()
    if snapshot.ledger.activity_id is not None:
        _refresh_activity(snapshot, settings, view, now, changed_at, decision)
    if transcript_due(snapshot, settings):
        add_transcripts(snapshot, settings, view, decision)
    return decision


def _refresh_activity(
    snapshot: Snapshot, settings: Communication, view: PortalView, now: datetime, changed_at: datetime,
    decision: Decision,
) -> None:  # fmt: skip
    """An open conversation is shown again once it has been quiet for a while, a closed one at once."""
    ledger, closed = snapshot.ledger, snapshot.closed_at is not None
    word = FALLBACK_TITLE[snapshot.kind][view.lang]
    title, _ = render_or_default(settings.titles.activity, word, snapshot.facts)
    look = activity.layout(snapshot, view, title)
    mark = activity.fingerprint(look)
    if mark == ledger.activity_hash and closed == ledger.activity_completed:
        return
    if not closed and now < changed_at + REFRESH:
        decision.look_again = changed_at + REFRESH
        return
    params = {"activity": ledger.activity_id, "layout": look, "completed": closed}
    decision.plan.steps.append(Step(name="activity_update", kind=StepKind.UPDATE_ACTIVITY, params=params))
    decision.effects |= {"activity_hash": mark, "activity_completed": closed}
    decision.because("activity_completed" if closed else "activity_refreshed")


def transcript_due(snapshot: Snapshot, settings: Communication) -> bool:
    """At the end of the conversation; messages after the close are due when it has come to rest again."""
    if snapshot.closed_at is None or not settings.transcript.to:
        return False
    return settings.transcript.filter is None or matches(settings.transcript.filter, snapshot.facts)


def add_transcripts(
    snapshot: Snapshot, settings: Communication, view: PortalView, decision: Decision
) -> None:
    """One comment per target with the messages that stand in none yet."""
    targets = transcript_targets(snapshot.ledger, decision)
    for kind in settings.transcript.to:
        if kind in targets:
            _comment(snapshot, settings, view, decision, kind, targets[kind])


def transcript_targets(ledger: Ledger, decision: Decision) -> dict[str, int | Ref]:
    """Kind -> id of what the conversation belongs to, or the step that makes it."""
    targets: dict[str, int | Ref] = dict(ledger.entities)
    for kind, value in decision.effects.get("entities", {}).items():
        targets[kind] = Ref(value["$step"]) if isinstance(value, dict) else value
    return targets


def _comment(
    snapshot: Snapshot, settings: Communication, view: PortalView, decision: Decision, kind: str, target: int | Ref
) -> None:  # fmt: skip
    written = snapshot.ledger.transcript.get(kind, [])
    known = {message_id for ids in written for message_id in ids}
    fresh = tuple(message for message in snapshot.messages if message.id not in known and _tells(message))
    if not fresh:
        return
    mark = role_marker(snapshot, view, f"transcript:{kind}:{len(written) + 1}")
    texts = render(
        fresh, lang=view.lang, timezone=view.timezone, names={}, files=settings.transcript.files,
        reference=reference(mark),
    )  # fmt: skip
    for number, text in enumerate(texts, start=1):
        name = f"transcript:{kind}:{len(written) + 1}" + (f":{number}" if number > 1 else "")
        params: dict[str, Any] = {"entity": kind, "entity_id": target, "text": text}
        suffix = mark if number == 1 else f"{mark}/{number}"
        decision.plan.steps.append(Step(name=name, kind=StepKind.ADD_COMMENT, params=params, marker=suffix))
    ids = [*written, [message.id for message in fresh]]
    decision.effects.setdefault("transcript", {})[kind] = ids
    decision.because("transcript_written", entity=str(Kind(kind)), messages=len(fresh))


def _tells(message: TranscriptMessage) -> bool:
    return bool(message.text or message.files)
