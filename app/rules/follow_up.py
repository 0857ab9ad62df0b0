"""What comes after the decision: the activity kept current and completed, the transcript at the end."""

from datetime import datetime, timedelta

from app.domain.conversation import PortalView, Snapshot
from app.domain.crm import CrmFacts
from app.domain.decision import Decision
from app.domain.plan import Step, StepKind
from app.domain.settings.communication import Communication
from app.rules import activity
from app.rules.advertising import add_late_source
from app.rules.comments import GROUPED, add_transcripts, ripe, stands_in_activity, transcript_due
from app.rules.create import FALLBACK_TITLE
from app.rules.fields.activity_fields import extras
from app.rules.fields.enrich import add_late
from app.rules.late_contacts import add_late_contacts
from app.rules.life import follow_life
from app.rules.titles import render_or_default

REFRESH = timedelta(seconds=30)


def follow_up(
    snapshot: Snapshot, settings: Communication, view: PortalView, now: datetime, changed_at: datetime,
    crm: CrmFacts | None = None,
) -> Decision:  # fmt: skip
    """What has come since the decision. `changed_at`: when the last event was folded in; `crm`: answers about the
    entities, where facts came late."""
    decision = Decision()
    if crm is not None:
        living = follow_life(snapshot, settings, view, now, crm, decision)
        if living is None:
            decision.look_again = now
            return decision
        snapshot = living
        add_late(snapshot, settings, view, crm, decision)
    add_late_source(snapshot, settings, decision)
    add_late_contacts(snapshot, view, decision)
    if snapshot.ledger.activity_id is not None:
        _refresh_activity(snapshot, settings, view, now, changed_at, decision)
    if transcript_due(snapshot, settings):
        if ripe(snapshot, changed_at, now):
            add_transcripts(snapshot, settings, view, decision)
        else:
            _again(decision, changed_at + GROUPED)
    if not (snapshot.ledger.entities or snapshot.ledger.activity_id or decision.plan.steps):
        decision.state = "filtered"  # nothing was made or found for it: it stays what it was
    return decision


def _again(decision: Decision, when: datetime) -> None:
    decision.look_again = min(decision.look_again, when) if decision.look_again else when


def _refresh_activity(
    snapshot: Snapshot, settings: Communication, view: PortalView, now: datetime, changed_at: datetime,
    decision: Decision,
) -> None:  # fmt: skip
    """An open conversation is shown again once it has been quiet for a while, a closed one at once."""
    ledger, closed = snapshot.ledger, snapshot.closed_at is not None
    word = FALLBACK_TITLE[snapshot.kind][view.lang]
    title, _ = render_or_default(settings.titles.activity, word, snapshot.facts)
    more = extras(snapshot, settings, view)
    look = activity.layout(
        snapshot,
        view,
        title,
        more.lines,
        whole=stands_in_activity(snapshot, settings),
        files=settings.transcript.files,
    )
    mark = activity.fingerprint(look | more.fields)
    if mark == ledger.activity_hash and closed == ledger.activity_completed:
        return
    if not closed and now < changed_at + REFRESH:
        _again(decision, changed_at + REFRESH)
        return
    params = {"activity": ledger.activity_id, "layout": look, "completed": closed}
    fields = extras(snapshot, settings, view, again=True).fields
    params |= {"extra": fields} if fields else {}
    decision.plan.steps.append(Step(name="activity_update", kind=StepKind.UPDATE_ACTIVITY, params=params))
    decision.effects |= {"activity_hash": mark, "activity_completed": closed}
    decision.because("activity_completed" if closed else "activity_refreshed")
