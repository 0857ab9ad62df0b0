"""Authorization chains of a portal: which to use, and who may refresh one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from app.storage.models import Chain, Installation, InstallationState
from app.storage.queries.counted import changed

KEPT_ADMINS = 2
_BEST_FIRST = (Chain.state, Chain.is_admin.desc(), Chain.is_installer.desc(), Chain.seen_at.desc())


def usable(session: Session, installation_id: int, without: Collection[int] = ()) -> Sequence[Chain]:
    """Chains that are not dead, the best first: healthy, administrator, installer, seen last."""
    query = (
        select(Chain)
        .where(Chain.installation_id == installation_id, Chain.state != "dead", Chain.id.not_in(without))
        .order_by(*_BEST_FIRST)
    )
    return session.scalars(query).all()


def access(
    session: Session, installation_id: int, without: Collection[int]
) -> tuple[Installation | None, Sequence[Chain]]:
    """The portal, None when it is gone, and its usable chains, the best first."""
    chain = and_(Chain.installation_id == Installation.id, Chain.state != "dead", Chain.id.not_in(without))
    query = select(Installation, Chain).outerjoin(Chain, chain).where(Installation.id == installation_id)
    found = session.execute(query.order_by(*_BEST_FIRST)).all()
    return (found[0][0] if found else None), [row[1] for row in found if row[1] is not None]


def refreshed_elsewhere(session: Session, installation_id: int, oauth_url: str, since: datetime) -> bool:
    """Whether this server gave another portal a new pair since. Served by ix_chain_refreshed_at.

    A pair that came with a frame is stored with its `seen_at`; only one that was asked for is newer than that.
    """
    query = (
        select(Chain.id)
        .join(Installation, Installation.id == Chain.installation_id)
        .where(Chain.refreshed_at >= since, Chain.seen_at < since)
        .where(Chain.installation_id != installation_id, Installation.oauth_url == oauth_url)
        .limit(1)
    )
    return session.scalar(query) is not None


def suspected_since(session: Session, installation_id: int, moment: datetime) -> bool:
    """Whether the server refused a pair of this portal for the first time since then. Served by the unique key."""
    query = select(Chain.id).where(Chain.installation_id == installation_id, Chain.suspect_at >= moment)
    return session.scalar(query.limit(1)) is not None


def in_succession(session: Session, installation_id: int) -> Sequence[Chain]:
    """All chains, in the order in which they are used; those that are over come last."""
    living = usable(session, installation_id)
    over = select(Chain).where(Chain.installation_id == installation_id, Chain.state == "dead")
    return [*living, *session.scalars(over.order_by(Chain.seen_at.desc()))]


def succeeded(kept: Sequence[Chain]) -> bool:
    """Whether another administrator took over: the installer's chain is over, or no administrator's any more."""
    installer = next((chain for chain in kept if chain.is_installer), None)
    others = [chain for chain in kept if chain is not installer and chain.state != "dead" and chain.is_admin]
    return bool(others) and installer is not None and (installer.state == "dead" or not installer.is_admin)


def of_user(session: Session, installation_id: int, user_id: int) -> Chain | None:
    """Served by the unique key of installation and user."""
    return session.scalar(
        select(Chain).where(Chain.installation_id == installation_id, Chain.user_id == user_id)
    )


def take_lease(session: Session, chain_id: int, refresh_hash: str, now: datetime, until: datetime) -> bool:
    """The right to refresh this pair. False: somebody has it, or the pair is not the stored one any more."""
    query = (
        update(Chain)
        .where(Chain.id == chain_id, Chain.refresh_hash == refresh_hash)
        .where(or_(Chain.lease_until.is_(None), Chain.lease_until <= now))
        .values(lease_until=until)
    )
    return changed(session, query) == 1


def replace_pair(session: Session, chain_id: int, refresh_hash: str, values: dict[str, Any]) -> bool:
    """Store a result of the refresh of this pair. False when another pair is stored already: that one counts."""
    query = update(Chain).where(Chain.id == chain_id, Chain.refresh_hash == refresh_hash).values(**values)
    return changed(session, query) == 1


def only_installer(session: Session, installation_id: int, user_id: int) -> None:
    """Only the latest installation counts: this user's chain is the installer's, no other one is."""
    query = update(Chain).where(Chain.installation_id == installation_id)
    session.execute(query.values(is_installer=Chain.user_id == user_id))


def prune(session: Session, installation_id: int) -> int:
    """Keep the installer's chain and those of the administrators seen last; returns how many were dropped."""
    others = (
        select(Chain.id)
        .where(
            Chain.installation_id == installation_id, Chain.is_installer.is_(False), Chain.is_admin.is_(True)
        )
        .order_by(Chain.seen_at.desc(), Chain.id.desc())
        .limit(KEPT_ADMINS)
    )
    kept = session.scalars(others).all()
    query = delete(Chain).where(
        Chain.installation_id == installation_id, Chain.is_installer.is_(False), Chain.id.not_in(kept)
    )
    return changed(session, query)


def untold(session: Session, limit: int = 50) -> Sequence[Chain]:
    """Dead chains of administrators in working portals, of which the others do not know yet."""
    query = (
        select(Chain)
        .join(Installation, Installation.id == Chain.installation_id)
        .where(
            Chain.state == "dead", Chain.told_at.is_(None), Chain.is_admin.is_(True),
            Installation.state == InstallationState.ACTIVE,
        )
        .order_by(Chain.id)
        .limit(limit)
    )  # fmt: skip
    return session.scalars(query).all()


def forget(session: Session, installation_id: int) -> int:
    """Erase all tokens of a portal."""
    return changed(session, delete(Chain).where(Chain.installation_id == installation_id))


def idle(
    session: Session, refreshed_before: datetime, after: tuple[datetime, int] | None = None, limit: int = 50
) -> Sequence[Chain]:
    """Chains of living installations that nobody has refreshed since. Served by ix_chain_refreshed_at.

    In the order of (refreshed_at, id); `after`: where the page before this one ended.
    """
    living = (InstallationState.ACTIVE, InstallationState.INSTALLING, InstallationState.PARKED)
    query = (
        select(Chain)
        .join(Installation, Installation.id == Chain.installation_id)
        .where(Chain.refreshed_at < refreshed_before, Chain.state != "dead", Installation.state.in_(living))
        .order_by(Chain.refreshed_at, Chain.id)
        .limit(limit)
    )
    if after is not None:
        at, chain_id = after
        beyond = or_(Chain.refreshed_at > at, Chain.id > chain_id)
        query = query.where(Chain.refreshed_at >= at, beyond)
    return session.scalars(query).all()
