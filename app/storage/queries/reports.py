"""When the reports of UIS are to be read."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.storage.models import UisConnection
from app.storage.queries.counted import changed


def read_by(session: Session, installation_id: int, when: datetime) -> bool:
    """Bring the next read of a portal's reports forward, never back; True when that changed anything.

    For a decision that waits for facts which only a report knows. Served by the unique key on installation_id.
    """
    query = update(UisConnection).where(
        UisConnection.installation_id == installation_id,
        UisConnection.state == "connected",
        UisConnection.poll_due_at > when,
    )
    return changed(session, query.values(poll_due_at=when)) == 1
