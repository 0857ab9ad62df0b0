"""Tickets: a sign-in to the personal account, good for ten minutes. The password is never kept."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from app.base.tokens import new_secret, sha256
from app.storage.models import Installation, UisTicket
from app.storage.services import Services
from app.uis.errors import UisError
from app.uis.joining.logic import Logic
from app.uis.joining.login import personal_account

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Ticket:
    """`channels`: `[{"id", "type", "name", "status"}]` of the account, to choose from."""

    ticket: str
    channels: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A ticket that was presented and is good."""

    id: int
    project: str
    login: str
    jwt: str
    channels: list[dict[str, Any]]

    def __repr__(self) -> str:
        return f"OpenTicket({self.id})"


def sign_in(services: Services, installation_id: int, project: str, login: str, password: str) -> Ticket:
    """Sign in and read the channels. Raises UisError and its kinds (see `app.uis.joining.login`)."""
    jwt = personal_account(services, project, login, password)
    channels = [_shown(channel) for channel in Logic(services, project, jwt).channels()]
    ticket, now = new_secret(), services.clock.now()
    with services.sessions.begin() as session:
        installation = session.get_one(Installation, installation_id)
        session.execute(delete(UisTicket).where(UisTicket.expires_at <= now))
        session.add(
            UisTicket(
                installation_id=installation_id, ticket_hash=sha256(ticket), project=project, login=login.strip(),
                jwt=services.vault.seal(_owner(installation.member_id), jwt), channels=channels,
                expires_at=now + LIFETIME,
            )
        )  # fmt: skip
    return Ticket(ticket, channels)


def present(services: Services, installation_id: int, ticket: str) -> OpenTicket:
    """The sign-in behind a ticket of this installation. Raises UisError (ticket_expired)."""
    found = _read(services, installation_id, sha256(ticket))
    if found is None:
        raise UisError("ticket_expired")
    return found


def latest(services: Services, installation_id: int) -> OpenTicket | None:
    """The newest sign-in that is still good: an uninstall cleans up with it."""
    return _read(services, installation_id, None)


def use_up(services: Services, installation_id: int) -> None:
    """Forget all sign-ins of an installation: what they were for is done."""
    with services.sessions.begin() as session:
        session.execute(delete(UisTicket).where(UisTicket.installation_id == installation_id))


def _read(services: Services, installation_id: int, ticket_hash: str | None) -> OpenTicket | None:
    query = (
        select(UisTicket, Installation.member_id)
        .join(Installation, Installation.id == UisTicket.installation_id)
        .where(UisTicket.installation_id == installation_id, UisTicket.expires_at > services.clock.now())
        .order_by(UisTicket.id.desc())
        .limit(1)
    )
    if ticket_hash is not None:
        query = query.where(UisTicket.ticket_hash == ticket_hash)
    with services.sessions() as session:
        row = session.execute(query).one_or_none()
    if row is None:
        return None
    kept, member_id = row
    jwt = services.vault.open(_owner(member_id), kept.jwt)
    return OpenTicket(kept.id, kept.project, kept.login, jwt, list(kept.channels))


def _owner(member_id: str) -> str:
    return f"{member_id}:uis_ticket.jwt"


def _shown(channel: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": int(channel["id"]), "type": str(channel.get("type") or ""), "name": str(channel.get("name") or ""),
        "status": str(channel.get("status") or ""),
    }  # fmt: skip
