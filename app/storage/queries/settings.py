"""Settings: every save is a version; the newest counts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.storage.models import SettingsVersion
from app.storage.queries.upsert import insert_ignoring


def newest(session: Session, installation_id: int, section: str) -> SettingsVersion | None:
    """The version in force, None before the first save. Served by the unique key."""
    query = (
        select(SettingsVersion)
        .where(SettingsVersion.installation_id == installation_id, SettingsVersion.section == section)
        .order_by(SettingsVersion.revision.desc())
        .limit(1)
    )
    return session.scalar(query)


def documents(session: Session, installation_id: int, sections: Collection[str]) -> dict[str, dict[str, Any]]:
    """The documents in force of several sections; those that were never saved are missing. Served by the unique key."""
    last = (
        select(SettingsVersion.section, func.max(SettingsVersion.revision))
        .where(SettingsVersion.installation_id == installation_id, SettingsVersion.section.in_(sections))
        .group_by(SettingsVersion.section)
    )
    query = select(SettingsVersion.section, SettingsVersion.document).where(
        SettingsVersion.installation_id == installation_id,
        tuple_(SettingsVersion.section, SettingsVersion.revision).in_(last),
    )
    return {row.section: row.document for row in session.execute(query)}


def version(session: Session, installation_id: int, section: str, revision: int) -> SettingsVersion | None:
    """One version. Served by the unique key."""
    query = select(SettingsVersion).where(
        SettingsVersion.installation_id == installation_id,
        SettingsVersion.section == section,
        SettingsVersion.revision == revision,
    )
    return session.scalar(query)


def save(
    session: Session, *, installation_id: int, section: str, revision: int,
    document: dict[str, Any], author_id: int | None, now: datetime,
) -> bool:  # fmt: skip
    """Store `revision` + 1; False when somebody else did so first (the unique key decides)."""
    row = {
        "installation_id": installation_id, "section": section, "revision": revision + 1,
        "document": document, "author_id": author_id, "created_at": now,
    }  # fmt: skip
    current = newest(session, installation_id, section)
    if (current.revision if current else 0) != revision:
        return False
    return insert_ignoring(session, SettingsVersion, [row]) == 1


def versions(
    session: Session, installation_id: int, section: str, limit: int = 100
) -> Sequence[SettingsVersion]:
    """Versions of a section, newest first. Served by the unique key."""
    query = (
        select(SettingsVersion)
        .where(SettingsVersion.installation_id == installation_id, SettingsVersion.section == section)
        .order_by(SettingsVersion.revision.desc())
        .limit(limit)
    )
    return session.scalars(query).all()
