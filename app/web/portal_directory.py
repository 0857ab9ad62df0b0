"""What settings are checked against: the portal and its channels as last synchronized."""

from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.crm import Kind
from app.domain.settings import PortalDirectory, UserInfo
from app.pipeline.view import stages_of
from app.storage.models import Installation, LineState, LinesWork, UisChannel, UisConnection
from app.storage.queries import directory, lines


def portal_directory(session: Session, installation: Installation) -> PortalDirectory:
    """The directories of a portal; what was never read is None, and nothing is refused for it."""
    users = directory.items(session, installation.id, "users")
    return PortalDirectory(
        crm_mode=_mode(installation.crm_mode),
        users=None if users is None else {int(user["id"]): _user(user) for user in users},
        stages=stages_of(session, installation.id),
        channels=channel_ids(session, installation.id),
        fields=_fields(session, installation.id),
        lines=_lines(session, installation.id),
        employees=_employees(session, installation.id),
    )


def _lines(session: Session, installation_id: int) -> frozenset[int] | None:
    """Lines that were there when they were read last, and those made since then."""
    work = session.get(LinesWork, installation_id)
    if work is None or work.read_at is None:
        return None
    rows = lines.rows(session, installation_id)
    return frozenset(row.line_id for row in rows if row.state != LineState.GONE)


def _employees(session: Session, installation_id: int) -> frozenset[int] | None:
    staff = directory.employees(session, installation_id)
    return frozenset(one.uis_id for one in staff if one.active) or None


def _fields(session: Session, installation_id: int) -> dict[str, frozenset[str]]:
    found = {}
    for kind in Kind:
        rows = directory.items(session, installation_id, f"fields_{kind}")
        if rows is not None:
            found[str(kind)] = frozenset(str(row["name"]) for row in rows)
    return found


def channel_ids(session: Session, installation_id: int) -> frozenset[int] | None:
    """Channels of the UIS account; None while none is connected."""
    query = (
        select(UisChannel.chat_channel_id)
        .join(UisConnection, UisConnection.id == UisChannel.connection_id)
        .where(UisConnection.installation_id == installation_id, UisChannel.status != "deleted")
    )
    found = frozenset(session.scalars(query))
    return found or None


def _mode(mode: str | None) -> Literal["classic", "simple"] | None:
    return "simple" if mode == "simple" else "classic" if mode == "classic" else None


def _user(user: dict[str, Any]) -> UserInfo:
    return UserInfo(
        id=int(user["id"]), name=str(user.get("title") or ""), active=bool(user.get("active", True)),
        last_name=str(user.get("last_name") or ""),
    )  # fmt: skip
