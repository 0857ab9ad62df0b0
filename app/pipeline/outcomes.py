"""What an outcome does to a step, and what settled steps do to a conversation."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.domain.conversation import Ledger
from app.domain.plan import (
    ASIDE,
    WITHOUT_MARKER,
    Done,
    Failed,
    Outcome,
    Plan,
    Retry,
    Step,
    StepKind,
    StepState,
)
from app.pipeline import backoff, life
from app.pipeline.refused import refuse, told
from app.pipeline.snapshots import apply_effects
from app.storage.models import Conversation, PlanRow

# Linked to the wrong place they cannot be moved: they are removed, then made again.
REMADE = {StepKind.ADD_ACTIVITY, StepKind.ADD_COMMENT}


def record(step: Step, outcome: Outcome) -> float:
    """Note an outcome on its step. Returns seconds until the plan should be looked at again (0: now)."""
    if isinstance(outcome, Done):
        return _done(step, outcome)
    if isinstance(outcome, Failed) and life.is_gone(step, outcome.reason):
        step.state, step.problem = StepState.FAILED, f"{life.GONE}{outcome.reason}"
        return 0.0
    if isinstance(outcome, Failed):
        refuse(step, outcome.reason)
        return 0.0
    if isinstance(outcome, Retry):
        return _retry(step, outcome)
    step.state = StepState.IN_DOUBT if step.kind in WITHOUT_MARKER else StepState.UNKNOWN
    step.problem = outcome.reason
    return 0.0


def doubt(plan: Plan) -> None:
    """Steps that were cut off and cannot be looked up are in doubt."""
    for step in plan.steps:
        if step.kind in WITHOUT_MARKER and step.state in (StepState.SENT, StepState.UNKNOWN):
            step.state, step.problem = StepState.IN_DOUBT, "cut off before an answer came"


def _done(step: Step, outcome: Done) -> float:
    step.problem = None
    if step.state == StepState.REPAIR:
        if step.kind in REMADE:
            step.state, step.result = StepState.PLANNED, None
        else:
            step.state = StepState.DONE
        return 0.0
    step.result = outcome.result
    step.state = StepState.DONE if outcome.linked else StepState.REPAIR
    return 0.0


def _retry(step: Step, outcome: Retry) -> float:
    was_repair = step.result is not None and step.state != StepState.UNKNOWN
    step.state = StepState.REPAIR if was_repair else StepState.PLANNED
    step.problem = outcome.reason
    if not outcome.counts:
        return outcome.after
    step.attempts += 1
    pause = backoff.after(step.attempts)
    if pause is None or (step.kind in ASIDE and step.attempts > 1):
        step.state = StepState.FAILED
        return 0.0
    return max(outcome.after, pause)


def settle(
    row: Conversation, plan_row: PlanRow, plan: Plan, now: datetime, wait: float, unknown_wait: float
) -> None:
    """Write a plan's steps back, and say what becomes of the conversation.

    Ended without failures: the ledger takes the effects and the conversation rests, unless something came in
    meanwhile. With failures: it is shown and waits for a person; a retry resumes this same plan.
    """
    plan_row.steps = plan.to_json()
    open_steps = plan.open()
    if open_steps:
        row.due_at = _next(open_steps, now, wait, unknown_wait)
        row.problem = next((step.problem for step in open_steps if step.problem), None)
        return
    failed = [
        step
        for step in plan.steps
        if step.state in (StepState.FAILED, StepState.IN_DOUBT)
        and step.kind not in ASIDE
        and not (step.problem or "").startswith(life.GONE)
    ]
    if failed:
        _failed(row, failed)
        return
    _finished(row, plan_row, plan, now)


def _next(steps: Iterable[Step], now: datetime, wait: float, unknown_wait: float) -> datetime:
    """Unknown steps are looked up when the server can no longer be working on them; others after `wait`."""
    sent = [
        step.sent_at for step in steps if step.state in (StepState.UNKNOWN, StepState.SENT) and step.sent_at
    ]
    ripe = [datetime.fromtimestamp(at + unknown_wait, tz=now.tzinfo) for at in sent]
    return max([now + timedelta(seconds=wait), *ripe])


def _failed(row: Conversation, failed: list[Step]) -> None:
    first = next((step for step in failed if not (step.problem or "").startswith("depends_on:")), failed[0])
    row.state = "in_doubt" if first.state == StepState.IN_DOUBT else "failed"
    row.problem = f"{first.name}: {first.problem}"
    row.due_at = None


def _finished(row: Conversation, plan_row: PlanRow, plan: Plan, now: datetime) -> None:
    effects = dict(plan_row.effects)
    look_again = effects.pop("$look_again", None)
    before = Ledger.from_json(row.ledger)
    row.ledger = life.mark_lost(before, apply_effects(before.copy(), effects, plan), plan).to_json()
    plan_row.settled_at = now
    if lines := told(plan):
        plan_row.explanation = [*plan_row.explanation, *lines]
    row.problem, row.attempts = None, 0
    news = row.changed != row.decided or bool(row.ledger.get("lost"))
    row.state = "waiting" if news else "done"
    row.due_at = now if news else datetime.fromtimestamp(look_again, tz=now.tzinfo) if look_again else None
