"""Parking a portal: events are stored, nothing is called until its probe."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.storage.models import Installation, InstallationState


def park(session: Session, installation_id: int, reason: str, until: datetime) -> None:
    """Park an active portal. `reason`: code for administrators."""
    row = session.get_one(Installation, installation_id)
    if row.state == InstallationState.ACTIVE:
        row.state, row.problem, row.parked_until = InstallationState.PARKED, reason, until
