"""Channels of UIS that are joined to a portal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.storage.models import UisChannel, UisConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel as it is joined now. `id`: of the set-up list, `adapter_id`: the adapter's own."""

    id: int
    adapter_id: int
    type: str
    name: str
    templates: tuple[Mapping[str, Any], ...]

    def template(self, template_id: int) -> Mapping[str, Any] | None:
        """A template of the channel."""
        return next((row for row in self.templates if row.get("id") == template_id), None)


def one(session: Session, installation_id: int, chat_channel_id: int | None) -> Channel | None:
    """None when it is not joined to the application (any more)."""
    query = _all(installation_id).where(
        UisConnection.state.in_(("connected", "broken")), UisChannel.chat_channel_id == chat_channel_id
    )
    row = session.scalar(query)
    return _channel(row) if row is not None and _usable(row) else None


def joined(session: Session, installation_id: int) -> list[Channel]:
    """All channels that are joined, by name."""
    query = _all(installation_id).where(UisChannel.joined.is_(True))
    rows = session.scalars(query.order_by(UisChannel.name, UisChannel.chat_channel_id))
    return [_channel(row) for row in rows if _usable(row)]


def names(session: Session, installation_id: int) -> list[str]:
    """What all channels of the account are called, which is often a phone number of its own."""
    return [row.name for row in session.scalars(_all(installation_id))]


def _all(installation_id: int) -> Select[tuple[UisChannel]]:
    return (
        select(UisChannel)
        .join(UisConnection, UisConnection.id == UisChannel.connection_id)
        .where(UisConnection.installation_id == installation_id)
    )


def _usable(row: UisChannel) -> bool:
    return row.joined and row.adapter_channel_id is not None


def _channel(row: UisChannel) -> Channel:
    return Channel(
        id=row.chat_channel_id, adapter_id=row.adapter_channel_id or 0, type=row.type, name=row.name,
        templates=tuple(row.templates),
    )  # fmt: skip
