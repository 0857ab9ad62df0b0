"""Retry by hand: a failed conversation resumes the plan that it had; nothing is decided again, nothing doubled."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.plan import Plan, StepState
from app.storage.models import Conversation
from app.storage.queries import conversations, work


def retry(session: Session, installation_id: int, ids: Collection[int], now: datetime) -> int:
    """Make failed conversations of this portal due again. Returns how many; repeating it changes nothing.

    Steps in doubt stay in doubt: whether a client got a message is for a person to say.
    """
    query = select(Conversation).where(
        Conversation.installation_id == installation_id,
        Conversation.id.in_(ids),
        Conversation.state == "failed",
    )
    rows = list(session.scalars(query))
    plans = conversations.open_plans(session, [row.id for row in rows])
    for row in rows:
        if row.id in plans:
            plan = Plan.from_json(plans[row.id].steps)
            _reopen(plan)
            plans[row.id].steps = plan.to_json()
        row.state, row.problem, row.attempts, row.due_at, row.updated_at = "waiting", None, 0, now, now
    if rows:
        work.due_by(session, installation_id, now)
    return len(rows)


def _reopen(plan: Plan) -> None:
    for step in plan.steps:
        if step.state == StepState.FAILED:
            step.state = StepState.REPAIR if step.result else StepState.PLANNED
            step.attempts, step.not_before, step.problem = 0, None, None
