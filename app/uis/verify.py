"""Whose callback is this? Answers with a connection or raises; nobody downstream guesses one.

A callback is trusted when its address holds the secret key of a connection and its `Authorization` the Bearer
token that we gave as `webhook_auth` (Chat API: "Обратные вызовы"). Its ids must be those of the connection.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.base.tokens import same, sha256
from app.storage.database import Sessions, reading
from app.storage.models import Installation, InstallationState, UisConnection
from app.storage.services import Services
from app.uis.fields import BadCallback, Fields

REMEMBER_S = 10
_MOST = 10_000


class Refused(Exception):
    """The request is not let in: HTTP status, and the key of its words."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified connection, as far as a door needs it."""

    installation_id: int
    connection_id: int
    token: str
    adapter_id: int | None
    account_id: int | None
    app_id: int | None


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    sessions: Sessions
    until: datetime


# Connections that called a moment ago, by key hash: a busy one costs no SELECT per callback.
_known: dict[str, _Known] = {}


def verify(services: Services, key: str, authorization: str | None, *, anew: bool = False) -> Caller:
    """The connection of `/uis/<key>`. Raises Refused: 404 for an unknown key, 401 for a wrong token.

    `anew`: as stored now, not as remembered.
    """
    key_hash = sha256(key)
    if anew:
        forget(key_hash)
    caller = _find(services, key_hash)
    if caller is None:
        raise Refused(404, "uis.door.unknown_key")
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not same(token.strip(), caller.token):
        raise Refused(401, "uis.door.wrong_token")
    return caller


def speaks_for(caller: Caller, kind: str, fields: Fields) -> bool:
    """Whether the body is about the account, the adapter and the client of the connection.

    What is not known yet (while the account is being created) is not checked.
    """
    about_account = kind.startswith("account")
    account = fields.number("id" if about_account else "account_id")
    adapter = fields.maybe_number("adapter_id") if about_account else None
    app = fields.inner("context").maybe_number("app_id")
    pairs = ((account, caller.account_id), (adapter, caller.adapter_id), (app, caller.app_id))
    return all(None in pair or pair[0] == pair[1] for pair in pairs)


def check_path(path: str, fields: Fields) -> None:
    """Raises BadCallback when an address like `account/286` names another id than the body."""
    tail = path.rpartition("/")[2]
    if tail.isdecimal() and int(tail) != fields.number("id"):
        raise BadCallback("id must be the one of the address")


def forget(key_hash: str) -> None:
    """Read this connection anew at its next callback. Other processes do so within REMEMBER_S seconds."""
    _known.pop(key_hash, None)


def _find(services: Services, key_hash: str) -> Caller | None:
    now = services.clock.now()
    known = _known.get(key_hash)
    if known is not None and known.until > now and known.sessions is services.sessions:
        return known.caller
    caller = _read(services, key_hash)
    if caller is None:
        forget(key_hash)
        return None
    if len(_known) >= _MOST:
        _known.clear()
    _known[key_hash] = _Known(caller, services.sessions, now + timedelta(seconds=REMEMBER_S))
    return caller


def _read(services: Services, key_hash: str) -> Caller | None:
    query = (
        select(UisConnection, Installation.member_id)
        .join(Installation, Installation.id == UisConnection.installation_id)
        .where(UisConnection.key_hash == key_hash, UisConnection.state != "closed")
        .where(Installation.state != InstallationState.REMOVED)
    )
    with services.sessions() as session:
        row = reading(session).execute(query).one_or_none()
    if row is None:
        return None
    connection, member_id = row
    token = services.vault.open(f"{member_id}:uis_connection.webhook_token", connection.webhook_token)
    return Caller(
        installation_id=connection.installation_id, connection_id=connection.id, token=token,
        adapter_id=connection.adapter_id, account_id=connection.account_id, app_id=connection.app_id,
    )  # fmt: skip
