"""Installations of the application. `member_id` is the key of a portal, never its address."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.storage.models import Installation, InstallationState, PendingConnect
from app.storage.queries.counted import changed


def by_member(session: Session, member_id: str) -> Installation | None:
    """Served by the unique key on member_id."""
    return session.scalar(select(Installation).where(Installation.member_id == member_id))


def by_event_key(session: Session, key_hash: str) -> Installation | None:
    """Served by the unique key on event_key_hash."""
    return session.scalar(select(Installation).where(Installation.event_key_hash == key_hash))


def by_host(session: Session, host: str) -> Installation | None:
    """A portal that is installed at this host (`portal.bitrix24.ru`, with a port only in the sandbox)."""
    query = select(Installation).where(
        func.lower(Installation.portal_url).in_([f"https://{host}", f"http://{host}"]),
        Installation.state.not_in([InstallationState.REMOVED, InstallationState.DISABLED]),
    )
    return session.scalars(query).first()


def in_state(session: Session, state: InstallationState) -> Sequence[Installation]:
    """All installations of one state: few for every state that a sweeper asks for."""
    return session.scalars(select(Installation).where(Installation.state == state)).all()


def set_state(session: Session, installation_id: int, old: InstallationState, new: InstallationState) -> bool:
    """Compare and set; False when somebody changed the state first."""
    query = (
        update(Installation)
        .where(Installation.id == installation_id, Installation.state == old)
        .values(state=new)
    )
    return changed(session, query) == 1


def take_match_lease(session: Session, installation_id: int, now: datetime, until: datetime) -> bool:
    """The right to make this portal match the manifest. False while somebody else has it."""
    free = or_(Installation.match_lease_until.is_(None), Installation.match_lease_until <= now)
    query = (
        update(Installation).where(Installation.id == installation_id, free).values(match_lease_until=until)
    )
    return changed(session, query) == 1


def to_match(
    session: Session, now: datetime, unfinished: datetime, checked: datetime
) -> Sequence[Installation]:
    """Living portals that nobody matches now and nobody has looked at since, the longest ago first.

    `unfinished`: for those that are still installing; `checked`: for the others.
    """
    looked = func.coalesce(Installation.checked_at, Installation.created_at)
    query = (
        select(Installation)
        .where(
            or_(
                and_(Installation.state == InstallationState.INSTALLING, looked <= unfinished),
                and_(Installation.state == InstallationState.ACTIVE, looked <= checked),
            ),
            or_(Installation.match_lease_until.is_(None), Installation.match_lease_until <= now),
        )
        .order_by(looked)
    )
    return session.scalars(query).all()


def waiting_connect(session: Session, host: str, now: datetime) -> PendingConnect | None:
    """The latest credentials made at /connect that wait for this portal. Served by ix on portal_host."""
    query = (
        select(PendingConnect)
        .where(
            PendingConnect.portal_host == host,
            PendingConnect.used_at.is_(None),
            PendingConnect.expires_at > now,
        )
        .order_by(PendingConnect.id.desc())
    )
    return session.scalars(query).first()


def connects_from(session: Session, source: str, since: datetime) -> int:
    """How many credentials were made from an address since. Served by ix_pending_connect_source_created_at."""
    query = select(func.count()).where(PendingConnect.source == source, PendingConnect.created_at > since)
    return int(session.scalar(query) or 0)


def connect_by_state(session: Session, state_hash: str) -> PendingConnect | None:
    """Served by the unique key on state_hash."""
    return session.scalar(select(PendingConnect).where(PendingConnect.state_hash == state_hash))


def use_connect(session: Session, pending_id: int, now: datetime) -> bool:
    """Mark credentials as used; False when they were used already: a state counts once."""
    query = (
        update(PendingConnect)
        .where(PendingConnect.id == pending_id, PendingConnect.used_at.is_(None))
        .values(used_at=now)
    )
    return changed(session, query) == 1


def use_state(session: Session, pending_id: int, state_hash: str, used_hash: str, now: datetime) -> bool:
    """Use up a state: it is replaced by a hash that nobody can present. False when it was used already."""
    query = (
        update(PendingConnect)
        .where(PendingConnect.id == pending_id, PendingConnect.state_hash == state_hash)
        .values(state_hash=used_hash, used_at=func.coalesce(PendingConnect.used_at, now))
    )
    return changed(session, query) == 1


def drop_old_connects(session: Session, before: datetime) -> int:
    """Forget credentials that expired before this moment."""
    return changed(session, delete(PendingConnect).where(PendingConnect.expires_at < before))
