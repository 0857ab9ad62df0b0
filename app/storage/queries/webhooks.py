"""Secret addresses for outgoing webhooks of a portal's administrators."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.storage.models import Installation, Webhook
from app.storage.queries.upsert import insert_ignoring


def by_key(session: Session, key_hash: str) -> Installation | None:
    """The installation of an address. Served by the unique key on key_hash."""
    query = select(Installation).join(Webhook, Webhook.installation_id == Installation.id)
    return session.scalar(query.where(Webhook.key_hash == key_hash))


def of_installation(session: Session, installation_id: int) -> Webhook | None:
    """Served by the unique key on installation_id."""
    return session.scalar(select(Webhook).where(Webhook.installation_id == installation_id))


def make(session: Session, installation_id: int, key: str, key_hash: str, now: datetime) -> None:
    """Give an installation its address, unless it has one already. `key`: sealed."""
    row = {"installation_id": installation_id, "key": key, "key_hash": key_hash, "created_at": now}
    insert_ignoring(session, Webhook, [row])


def heard(session: Session, installation_id: int, now: datetime) -> None:
    """Somebody set it up, and it works."""
    query = update(Webhook).where(Webhook.installation_id == installation_id)
    session.execute(query.values(heard_at=now))
