"""What a delivery does to a letter."""

from datetime import datetime, timedelta

from app.domain.mail import Delivered, Delivery, LetterState
from app.domain.plan import Failed, Retry
from app.pipeline import backoff
from app.storage.models import OutboxRow


def intend(row: OutboxRow, now: datetime) -> None:
    """It is about to be sent; found in this state later, it was cut off."""
    row.state, row.sent_at, row.look_at = LetterState.SENT, now, None


def record(row: OutboxRow, delivery: Delivery, now: datetime, look_after: float | None) -> None:
    """Note what became of a letter. `look_after`: seconds after its sending when a doubt may be looked up."""
    if isinstance(delivery, Delivered):
        row.state, row.problem, row.result = LetterState.DONE, None, row.result | delivery.result
        row.remote_id = delivery.remote_id or row.remote_id
    elif isinstance(delivery, Retry):
        _retry(row, delivery, now)
    elif isinstance(delivery, Failed):
        row.state, row.problem = LetterState.FAILED, delivery.reason
    else:
        doubt(row, delivery.reason, look_after)
    if row.state != LetterState.WAITING:
        row.settled_at = now


def doubt(row: OutboxRow, reason: str, look_after: float | None) -> None:
    """No answer says whether it arrived: it is never sent again by itself. When the message itself came back from the
    other side before the answer was given up, there is nothing to doubt."""
    if row.remote_id is not None:
        row.state, row.problem = LetterState.DONE, None
        return
    row.state, row.problem = LetterState.IN_DOUBT, reason
    sent_at = row.sent_at or row.created_at
    row.look_at = sent_at + timedelta(seconds=look_after) if look_after is not None else None


def _retry(row: OutboxRow, delivery: Retry, now: datetime) -> None:
    row.state, row.problem = LetterState.WAITING, delivery.reason
    pause: float | None = 0.0
    if delivery.counts:
        row.attempts += 1
        pause = backoff.after(row.attempts)
    if pause is None:
        row.state = LetterState.FAILED
    else:
        row.look_at = now + timedelta(seconds=max(delivery.after, pause))
