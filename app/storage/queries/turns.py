"""Whose turn it was last in the queues of a portal."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.models import QueueTurn

Turn = tuple[int, int]
"""Place in the list of the queue, and the user."""


def last(session: Session, installation_id: int) -> dict[str, Turn]:
    """Queue -> its last turn. Served by the unique key."""
    rows = session.scalars(select(QueueTurn).where(QueueTurn.installation_id == installation_id))
    return {row.queue: (row.place, row.user_id) for row in rows}


def keep(session: Session, installation_id: int, taken: Mapping[str, Turn]) -> None:
    """Write turns that were taken; the caller has fenced the transaction, so nobody else does meanwhile."""
    if not taken:
        return
    query = select(QueueTurn).where(QueueTurn.installation_id == installation_id, QueueTurn.queue.in_(taken))
    known = {row.queue: row for row in session.scalars(query)}
    for queue, (place, user_id) in taken.items():
        if queue in known:
            known[queue].place, known[queue].user_id = place, user_id
        else:
            session.add(QueueTurn(installation_id=installation_id, queue=queue, place=place, user_id=user_id))
