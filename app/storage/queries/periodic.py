"""What periodic work looks for: portals to synchronize or to probe."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.storage.models import Installation, InstallationState


def to_synchronize(session: Session, read_before: datetime, limit: int = 20) -> Sequence[int]:
    """Active portals whose directories are older than this, longest waiting first."""
    query = (
        select(Installation.id)
        .where(
            Installation.state == InstallationState.ACTIVE,
            or_(Installation.synced_at.is_(None), Installation.synced_at < read_before),
        )
        .order_by(Installation.synced_at.is_not(None), Installation.synced_at)
        .limit(limit)
    )
    return session.scalars(query).all()


def unpark(session: Session, now: datetime) -> Sequence[int]:
    """Give parked portals whose probe is due another try; whoever still refuses is parked again.

    Those that may be uninstalled are left to the one who asks the authorization server.
    """
    query = (
        update(Installation)
        .where(
            Installation.state == InstallationState.PARKED,
            Installation.parked_until <= now,
            Installation.problem != "not_installed",
        )
        .values(state=InstallationState.ACTIVE, problem=None, parked_until=None)
        .returning(Installation.id)
    )
    return session.scalars(query).all()
