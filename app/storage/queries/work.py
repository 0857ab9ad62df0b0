"""Who works on which portal: claims by compare-and-set, fenced by an epoch. Each lane has its own.

Whoever needs several lanes in one transaction takes that of `PortalWork` first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import (
    Connection,
    Table,
    Update,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)  # fmt: skip
from sqlalchemy.orm import Session

from app.storage.models import AnalyticsWork, InboxRow, MailWork, PortalNews, PortalWork
from app.storage.queries import driver
from app.storage.queries.upsert import insert_ignoring
from app.storage.types import UtcDateTime

_ROUSE = (
    "UPDATE portal_work SET due_at = ?, woken_at = ?"
    " WHERE installation_id = ? AND (due_at IS NULL OR due_at > ?)"
)
_ROUSE_MAIL = (
    "UPDATE mail_work SET due_at = ?, woken_at = ?"
    " WHERE installation_id = ? AND (due_at IS NULL OR due_at > ?) AND EXISTS"
    " (SELECT 1 FROM portal_work WHERE installation_id = ? AND claimed_at < ?)"
)
_FENCE = "UPDATE {lane} SET lease_until = ? WHERE installation_id = ? AND epoch = ?"
_HOLD = "SELECT epoch FROM {lane} WHERE installation_id = ? FOR UPDATE"
Work = type[PortalWork] | type[MailWork] | type[AnalyticsWork]
LANES: tuple[Work, ...] = (PortalWork, MailWork, AnalyticsWork)
LONG_S = 0.5
"""A drain that takes longer leaves what comes in meanwhile to the mail lane."""
EARLY = timedelta(milliseconds=150)
"""So long before its moment a portal is claimed and read: what is due then is begun in time."""
LEAST_S = 0.002
"""How long nobody sweeps again."""
REPEAT_S = 10.0
"""A wake-up that nobody followed for so long counts as lost: brokers may lose everything."""


class ClaimLost(Exception):
    """Somebody else works on this portal now; nothing more may be written under the old claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on one lane of one portal."""

    installation_id: int
    epoch: int
    ttl: float
    lane: Work = PortalWork
    due_at: datetime | None = None  # when there was something to do, as the lane knew it


def ensure(session: Session, installation_id: int) -> None:
    """Make the portal's rows, once."""
    for lane in LANES:
        insert_ignoring(session, lane, [{"installation_id": installation_id, "epoch": 0}])
    insert_ignoring(
        session, PortalNews, [{"installation_id": installation_id, "version": 0, "answering": {}}]
    )


def due_by(
    session: Session | Connection, installation_id: int, when: datetime, lane: Work = PortalWork
) -> None:
    """There is work at `when`: brings the due time forward, never back."""
    session.execute(_bring_forward(lane), {"portal": installation_id, "moment": when})


def rouse(connection: Connection, installation_id: int, now: datetime) -> frozenset[Work]:
    """Events came in: the portal is due. Returns the lanes that were idle until now, and are to be woken.

    While the portal is being drained for long, the mail lane takes events in beside it.
    """
    if driver.run(connection, _ROUSE, now, now, installation_id, now).rowcount:
        return frozenset({PortalWork})
    long = now - timedelta(seconds=LONG_S)
    beside = driver.run(connection, _ROUSE_MAIL, now, now, installation_id, now, installation_id, long)
    return frozenset({MailWork}) if beside.rowcount else frozenset()


def due_everywhere(session: Session, installation_id: int, when: datetime) -> None:
    """What stood still may go on: all lanes of the portal are due at `when`."""
    for lane in LANES:
        due_by(session, installation_id, when, lane)


@cache
def _bring_forward(lane: Work) -> Update:
    table = cast(Table, lane.__table__)
    moment = bindparam("moment", type_=UtcDateTime())
    later = or_(table.c.due_at.is_(None), table.c.due_at > moment)
    return (
        update(table).where(table.c.installation_id == bindparam("portal")).where(later).values(due_at=moment)
    )


def due_portals(session: Session, now: datetime, limit: int = 100, lane: Work = PortalWork) -> Sequence[int]:
    """Portals with work that nobody holds, longest waiting first. Served by the index of due_at."""
    query = (
        select(lane.installation_id)
        .where(lane.due_at <= now, or_(lane.lease_until.is_(None), lane.lease_until < now))
        .order_by(lane.due_at)
        .limit(limit)
    )
    return session.scalars(query).all()


def until_due(session: Session, now: datetime, most: float, lanes: Sequence[Work] = LANES) -> float:
    """Seconds until the next portal becomes due in one of the lanes, at most `most`, at least LEAST_S.

    Served by the indexes of due_at. Whoever sweeps again then is in time, not up to `most` late.
    """
    moments = [session.scalar(select(func.min(lane.due_at)).where(lane.due_at > now)) for lane in lanes]
    waits = [(moment - now).total_seconds() for moment in moments if moment is not None]
    return max(LEAST_S, min([most, *waits]))


def to_wake(session: Session, now: datetime, limit: int = 1_000, lane: Work = PortalWork) -> Sequence[int]:
    """Portals that are due and free, for which no wake-up is under way; noted as woken, longest waiting first.

    Served by the index of due_at. Several may sweep at once.
    """
    lost = now - timedelta(seconds=REPEAT_S)
    due = (
        select(lane.installation_id)
        .where(lane.due_at <= now, or_(lane.lease_until.is_(None), lane.lease_until < now))
        .where(or_(lane.woken_at.is_(None), lane.woken_at < lane.due_at, lane.woken_at < lost))
        .order_by(lane.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.scalars(due).all()
    session.execute(update(lane).where(lane.installation_id.in_(found)).values(woken_at=now))
    return found


def forgotten(session: Session, now: datetime, limit: int = 1_000) -> Sequence[int]:
    """Portals that nobody will look at although events wait, noted as due now.

    An event and the release of its portal may pass each other: on PostgreSQL the one does not see that the portal
    stops being due, and the other does not see the event, for neither is committed. Served by ix_inbox_pending.
    """
    waits = exists().where(InboxRow.installation_id == PortalWork.installation_id, InboxRow.state == "new")
    query = (
        select(PortalWork.installation_id)
        .where(or_(PortalWork.due_at.is_(None), PortalWork.due_at > now))
        .where(or_(PortalWork.lease_until.is_(None), PortalWork.lease_until < now), waits)
        .limit(limit)
    )
    found = session.scalars(query).all()
    for installation_id in found:
        due_by(session, installation_id, now)
    return found


def claim(
    session: Session, installation_id: int, holder: str, now: datetime, ttl: float, lane: Work = PortalWork
) -> Claim | None:
    """Take a portal's lane; None when somebody has it. Losing the race is normal."""
    free = or_(lane.lease_until.is_(None), lane.lease_until < now)
    row = session.execute(
        update(lane)
        .where(lane.installation_id == installation_id, free)
        .values(epoch=lane.epoch + 1, holder=holder, lease_until=now + timedelta(seconds=ttl), claimed_at=now)
        .returning(lane.epoch, lane.due_at)
    ).one_or_none()
    if row is None:
        return None
    return Claim(installation_id=installation_id, epoch=row.epoch, ttl=ttl, lane=lane, due_at=row.due_at)


def fence(session: Session, held: Claim, now: datetime) -> None:
    """Prolong the claim. Raises ClaimLost when it is not ours any more. First statement of every write.

    It locks the portal's row, so `release` sees every event that was accepted before it.
    """
    until = now + timedelta(seconds=held.ttl)
    statement = _FENCE.format(lane=held.lane.__tablename__)
    if driver.run(session.connection(), statement, until, held.installation_id, held.epoch).rowcount != 1:
        raise ClaimLost


def hold(session: Session, installation_id: int, lane: Work = PortalWork) -> None:
    """Keep the holder of a portal's lane from writing until this transaction ends.

    What both lanes change (events folded in, dialogs of lines) is changed under this lock or under the lane's fence.
    On SQLite whoever writes is alone anyway.
    """
    if session.get_bind().dialect.name != "sqlite":
        driver.run(session.connection(), _HOLD.format(lane=lane.__tablename__), installation_id)


def release(session: Session, held: Claim, due_at: datetime | None) -> None:
    """Give the portal back with its next due time. Call after `fence` in the same transaction."""
    session.execute(
        update(held.lane)
        .where(held.lane.installation_id == held.installation_id, held.lane.epoch == held.epoch)
        .values(holder=None, lease_until=None, claimed_at=None, due_at=due_at)
    )


def forget_claims(session: Session) -> None:
    """After the death of the only process: nobody holds anything. Only for the embedded mode."""
    for lane in LANES:
        nobody = {"holder": None, "lease_until": None, "claimed_at": None}
        session.execute(update(lane).values(epoch=lane.epoch + 1, **nobody))
