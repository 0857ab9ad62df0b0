"""Who drains which portal: claims by compare-and-set, fenced by an epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from app.storage.models import PortalWork
from app.storage.queries.upsert import insert_ignoring
from app.storage.types import UtcDateTime

_WORK = cast(Table, PortalWork.__table__)
_BRING_FORWARD = (
    update(_WORK)
    .where(_WORK.c.installation_id == bindparam("portal"))
    .where(or_(_WORK.c.due_at.is_(None), _WORK.c.due_at > bindparam("moment", type_=UtcDateTime())))
    .values(due_at=bindparam("moment", type_=UtcDateTime()))
)


class ClaimLost(Exception):
    """Somebody else drains this portal now; nothing more may be written under the old claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to drain one portal."""

    installation_id: int
    epoch: int
    ttl: float


def ensure(session: Session, installation_id: int) -> None:
    """Make the portal's row, once."""
    insert_ignoring(session, PortalWork, [{"installation_id": installation_id, "epoch": 0}])


def due_by(session: Session | Connection, installation_id: int, when: datetime) -> None:
    """There is work at `when`: brings the due time forward, never back."""
    session.execute(_BRING_FORWARD, {"portal": installation_id, "moment": when})


def due_portals(session: Session, now: datetime, limit: int = 100) -> Sequence[int]:
    """Portals with work that nobody holds, longest waiting first. Served by ix_portal_work_due_at."""
    query = (
        select(PortalWork.installation_id)
        .where(PortalWork.due_at <= now, or_(PortalWork.lease_until.is_(None), PortalWork.lease_until < now))
        .order_by(PortalWork.due_at)
        .limit(limit)
    )
    return session.scalars(query).all()


def claim(session: Session, installation_id: int, holder: str, now: datetime, ttl: float) -> Claim | None:
    """Take a portal; None when somebody has it. Losing the race is normal."""
    free = or_(PortalWork.lease_until.is_(None), PortalWork.lease_until < now)
    epoch = session.scalar(
        update(PortalWork)
        .where(PortalWork.installation_id == installation_id, free)
        .values(epoch=PortalWork.epoch + 1, holder=holder, lease_until=now + timedelta(seconds=ttl))
        .returning(PortalWork.epoch)
    )
    return None if epoch is None else Claim(installation_id=installation_id, epoch=epoch, ttl=ttl)


def fence(session: Session, held: Claim, now: datetime) -> None:
    """Prolong the claim. Raises ClaimLost when it is not ours any more. First statement of every write.

    It locks the portal's row, so `release` sees every event that was accepted before it.
    """
    result = session.execute(
        update(PortalWork)
        .where(PortalWork.installation_id == held.installation_id, PortalWork.epoch == held.epoch)
        .values(lease_until=now + timedelta(seconds=held.ttl))
    )
    if cast(CursorResult[Any], result).rowcount != 1:
        raise ClaimLost


def release(session: Session, held: Claim, due_at: datetime | None) -> None:
    """Give the portal back with its next due time. Call after `fence` in the same transaction."""
    session.execute(
        update(PortalWork)
        .where(PortalWork.installation_id == held.installation_id, PortalWork.epoch == held.epoch)
        .values(holder=None, lease_until=None, due_at=due_at)
    )


def forget_claims(session: Session) -> None:
    """After the death of the only process: nobody holds anything. Only for the embedded mode."""
    session.execute(update(PortalWork).values(holder=None, lease_until=None, epoch=PortalWork.epoch + 1))
