"""Leases: what one process of the cluster does at a time. Taken by compare-and-set, lost by waiting too long."""

from datetime import datetime

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from app.storage.models import LeaseRow
from app.storage.queries.counted import changed
from app.storage.queries.upsert import insert_ignoring


def hold(session: Session, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take a lease that is free, or prolong one's own. False: somebody else has it, which is normal."""
    free = or_(LeaseRow.holder == holder, LeaseRow.until <= now)
    query = update(LeaseRow).where(LeaseRow.name == name, free).values(holder=holder, until=until)
    if changed(session, query):
        return True
    return insert_ignoring(session, LeaseRow, [{"name": name, "holder": holder, "until": until}]) == 1


def let_go(session: Session, name: str, holder: str) -> None:
    """Give one's own lease back."""
    session.execute(delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.holder == holder))
