"""A connection read for a while of work: secrets opened, no session held during HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from app.storage.models import Installation, UisConnection
from app.storage.services import Services
from app.uis.errors import UisError

SEALED = ("key", "webhook_token", "adapter_password", "adapter_token", "data_api_key")


def owner(member_id: str, column: str) -> str:
    """Whom a sealed value of the connection belongs to."""
    return f"{member_id}:uis_connection.{column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What is stored, with its secrets in the clear; never logged."""

    id: int
    installation_id: int
    member_id: str
    portal_url: str
    key_hash: str
    secrets: dict[str, str]  # of SEALED, those that are set
    project: str
    state: str
    answering: str
    adapter_id: int | None
    adapter_login: str | None
    adapter_token_until: datetime | None
    account_id: int | None
    app_id: int | None
    data_api: dict[str, Any]
    timezone: str
    created_at: datetime
    polled_till: datetime | None
    polled: dict[str, Any]
    requests_polled: dict[str, Any]
    history: dict[str, Any]

    def secret(self, column: str) -> str:
        """Raises UisError (not_connected) when it is not set."""
        if column not in self.secrets:
            raise UisError("not_connected")
        return self.secrets[column]

    def __repr__(self) -> str:
        return f"Connection({self.id}, installation {self.installation_id}, {self.state})"


def of_installation(services: Services, installation_id: int) -> Connection | None:
    """The connection of a portal, None when there is none."""
    return _load(services, _query().where(UisConnection.installation_id == installation_id))


def by_id(services: Services, connection_id: int) -> Connection:
    """Raises UisError (not_connected) when it is gone."""
    found = _load(services, _query().where(UisConnection.id == connection_id))
    if found is None:
        raise UisError("not_connected")
    return found


def save(services: Services, connection: Connection, **values: Any) -> None:
    """Change columns; those of SEALED are sealed on the way."""
    with services.sessions.begin() as session:
        session.execute(
            update(UisConnection)
            .where(UisConnection.id == connection.id)
            .values(**sealed(services, connection.member_id, values))
        )


def sealed(services: Services, member_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """The same columns with secrets sealed for their owner."""
    return {
        name: services.vault.seal(owner(member_id, name), value) if name in SEALED and value else value
        for name, value in values.items()
    }


Row = tuple[UisConnection, str, str]


def _query() -> Select[Row]:
    return select(UisConnection, Installation.member_id, Installation.portal_url).join(
        Installation, Installation.id == UisConnection.installation_id
    )


def _load(services: Services, query: Select[Row]) -> Connection | None:
    with services.sessions() as session:
        row = session.execute(query).one_or_none()
    if row is None:
        return None
    kept, member_id, portal_url = row
    opened = {
        name: services.vault.open(owner(member_id, name), value)
        for name in SEALED
        if (value := getattr(kept, name))
    }
    return Connection(
        id=kept.id, installation_id=kept.installation_id, member_id=member_id, portal_url=portal_url,
        key_hash=kept.key_hash, secrets=opened, project=kept.project, state=kept.state, answering=kept.answering,
        adapter_id=kept.adapter_id, adapter_login=kept.adapter_login,
        adapter_token_until=kept.adapter_token_until, account_id=kept.account_id, app_id=kept.app_id,
        data_api=dict(kept.data_api), timezone=kept.timezone, created_at=kept.created_at,
        polled_till=kept.polled_till, polled=dict(kept.polled),
        requests_polled=dict(kept.requests_polled),
        history=dict(kept.history),
    )  # fmt: skip
