"""Chats that wait for an answer for too long, and portals that want to be told of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.storage.models import Conversation, Installation, InstallationState, SettingsVersion

SECTION = "workplace"


def sections(session: Session) -> dict[int, dict[str, object]]:
    """Portal -> its section of the workplace, of active portals that saved one. Served by the unique key."""
    newest = (
        select(SettingsVersion.installation_id, func.max(SettingsVersion.revision).label("revision"))
        .where(SettingsVersion.section == SECTION)
        .group_by(SettingsVersion.installation_id)
        .subquery()
    )
    same = and_(
        SettingsVersion.installation_id == newest.c.installation_id,
        SettingsVersion.revision == newest.c.revision,
    )
    query = (
        select(SettingsVersion.installation_id, SettingsVersion.document)
        .join(newest, same)
        .join(Installation, Installation.id == SettingsVersion.installation_id)
        .where(SettingsVersion.section == SECTION, Installation.state == InstallationState.ACTIVE)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def waiting(
    session: Session, installation_id: int, since: datetime, until: datetime, limit: int
) -> Sequence[Conversation]:
    """Chats whose clients wait since then, the shortest wait first. Served by ix_conversation_waits."""
    query = select(Conversation).where(
        Conversation.installation_id == installation_id, Conversation.waits_since.is_not(None),
        Conversation.waits_since > since, Conversation.waits_since <= until,
    )  # fmt: skip
    return session.scalars(query.order_by(Conversation.waits_since.desc()).limit(limit)).all()
