"""Connecting UIS, changing the connection, disconnecting: safe to run again after any failure.

Chat API: "Управление адаптерами", "Подключение адаптера". The order is: look (ticket, channels, key), then take
the lease, then the adapter, then the account, then our own login. What is made is stored before the next step.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.base.tokens import new_secret, sha256
from app.storage.models import InboxRow, Installation, UisChannel, UisConnection
from app.storage.queries import analytics
from app.storage.queries.upsert import insert_ignoring
from app.storage.services import Services
from app.uis import connection as connections
from app.uis import verify
from app.uis.connection import Connection, of_installation, save, sealed
from app.uis.errors import UisError
from app.uis.joining import join, tickets
from app.uis.joining.join import adapter_type
from app.uis.joining.key_check import KeyFacts, check_key
from app.uis.joining.lease import Lease, lease
from app.uis.joining.logic import CHANNEL_TYPES, Logic
from app.uis.joining.tickets import OpenTicket
from app.uis.parse import parse
from app.uis.problem import as_problem
from app.uis.talk import chat

ANSWERING = ("uis", "bitrix24")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the administrator chose, checked."""

    ticket: OpenTicket
    channels: list[int]
    answering: str
    data_api_key: str
    facts: KeyFacts

    @property
    def handed_over(self) -> list[int]:
        """Channels that an adapter can be given; the others are read from the reports alone."""
        types = {channel["id"]: channel["type"] for channel in self.ticket.channels}
        return [channel for channel in self.channels if types[channel] in CHANNEL_TYPES]


def connect(
    services: Services, installation_id: int, *, ticket: str, channels: Sequence[int], answering: str,
    data_api_key: str | None = None,
) -> None:  # fmt: skip
    """Connect, or change what is connected; `data_api_key` may be left out when one is kept.

    Raises UisError and its kinds: `error.words(lang)` say what to do. A failure leaves a state from which the
    same call goes on.
    """
    known = of_installation(services, installation_id)
    wish = _wish(services, installation_id, known, ticket, list(channels), answering, data_api_key)
    connection = known or _begin(services, installation_id, wish)
    with lease(services, connection.id) as held:
        try:
            _join(services, held, connections.by_id(services, connection.id), wish)
        except UisError as error:
            _note_failure(services, connection.id, error)
            raise
    tickets.use_up(services, installation_id)


def disconnect(services: Services, installation_id: int, ticket: str) -> None:
    """Delete account and adapter at UIS, then everything of ours. Raises like `connect`; safe to run again."""
    connection = of_installation(services, installation_id)
    signed_in = tickets.present(services, installation_id, ticket)
    if connection is not None:
        with lease(services, connection.id) as held:
            logic = Logic(services, signed_in.project, signed_in.jwt)
            join.leave(logic, held, connection.member_id)
            _erase(services, connection)
    tickets.use_up(services, installation_id)


def forget(services: Services, installation_id: int) -> str | None:
    """For an uninstall: clean up at UIS if a sign-in is still there, refuse callbacks in any case.

    Returns the name of the adapter that is left at UIS (words: "uis.left.adapter"), None when nothing is.
    """
    connection = of_installation(services, installation_id)
    if connection is None:
        return None
    signed_in = tickets.latest(services, installation_id)
    if signed_in is not None:
        try:
            with lease(services, connection.id) as held:
                join.leave(Logic(services, signed_in.project, signed_in.jwt), held, connection.member_id)
        except UisError:
            signed_in = None  # said below: it is left to be deleted by hand
    left = connection.adapter_id is not None and signed_in is None
    _erase(services, connection)
    tickets.use_up(services, installation_id)
    return adapter_type(connection.member_id) if left else None


def _wish(
    services: Services, installation_id: int, known: Connection | None, ticket: str, channels: list[int],
    answering: str, data_api_key: str | None,
) -> Wish:  # fmt: skip
    if answering not in ANSWERING:
        raise UisError("bad_answering")
    signed_in = tickets.present(services, installation_id, ticket)
    _check_channels(signed_in, channels, answering)
    key = (data_api_key or "").strip() or (known.secrets.get("data_api_key") if known else None)
    if not key:
        raise UisError("key_required")
    facts = check_key(services, signed_in.project, key)
    if known and known.account_id and known.app_id and facts.app_id not in (None, known.app_id):
        raise UisError("adapter_taken")
    return Wish(
        ticket=signed_in,
        channels=list(dict.fromkeys(channels)),
        answering=answering,
        data_api_key=key,
        facts=facts,
    )


def _check_channels(ticket: OpenTicket, channels: list[int], answering: str) -> None:
    known = {channel["id"]: channel for channel in ticket.channels}
    if not channels:
        raise UisError("no_channels")
    for number in channels:
        if number not in known:
            raise UisError("unknown_channel", channel=number)
        channel = known[number]
        if answering == "bitrix24" and channel["type"] not in CHANNEL_TYPES:
            raise UisError("channel_unsupported", channel=channel["name"], type=channel["type"])


def _begin(services: Services, installation_id: int, wish: Wish) -> Connection:
    """The row of a new connection, with secrets of its own; that of another administrator when he was first."""
    key = new_secret()
    with services.sessions.begin() as session:
        member_id = session.get_one(Installation, installation_id).member_id
        row = {
            "installation_id": installation_id, "key": key, "key_hash": sha256(key),
            "webhook_token": new_secret(), "project": wish.ticket.project, "login": wish.ticket.login,
            "state": "joining", "answering": wish.answering, "data_api": {}, "polled": {},
            "timezone": wish.facts.timezone, "created_at": services.clock.now(),
        }  # fmt: skip
        insert_ignoring(session, UisConnection, [sealed(services, member_id, row)])
    made = of_installation(services, installation_id)
    if made is None:
        raise UisError("joining")  # disconnected in the same moment
    return made


def _join(services: Services, held: Lease, connection: Connection, wish: Wish) -> None:
    logic = Logic(services, wish.ticket.project, wish.ticket.jwt)
    connection = _join_adapter(services, held, connection, wish, logic)
    _meet_account(services, connection, logic)
    last_row = _newest_row(services)
    account_id = join.join_account(
        logic, held, _number(connection.adapter_id), _name(connection), wish.handed_over,
        scenario=wish.answering == "bitrix24",
    )  # fmt: skip
    save(services, connection, account_id=account_id, answering=wish.answering)
    verify.forget(connection.key_hash)
    _check_app(services, connection, wish, account_id, last_row)
    chat.log_in(services, connection)
    _settle(services, connection, wish)


def _join_adapter(
    services: Services, held: Lease, connection: Connection, wish: Wish, logic: Logic
) -> Connection:
    login = connection.adapter_login or f"omni_{secrets.token_hex(12)}"
    password = connection.secrets.get("adapter_password") or new_secret()
    # Stored before they are sent: an adapter whose login nobody knows would be lost.
    save(
        services, connection, adapter_login=login, adapter_password=password, project=wish.ticket.project,
        login=wish.ticket.login,
    )  # fmt: skip
    address = f"{services.config.public_url}/uis/{connection.secret('key')}"
    body = join.adapter_body(_name(connection), login, password, address, connection.secret("webhook_token"))
    adapter_id = join.join_adapter(logic, held, connection.member_id, body)
    save(services, connection, adapter_id=adapter_id)
    verify.forget(connection.key_hash)
    return connections.by_id(services, connection.id)


def _meet_account(services: Services, connection: Connection, logic: Logic) -> None:
    """The account that is there now is the one whose callbacks come: deleted at UIS, a new one has another id."""
    accounts = logic.accounts(_number(connection.adapter_id))
    current = int(accounts[0]["id"]) if accounts else None
    if current != connection.account_id:
        save(services, connection, account_id=current)
        verify.forget(connection.key_hash)


def _check_app(
    services: Services, connection: Connection, wish: Wish, account_id: int, last_row: int
) -> None:
    """The key must be of the account that was signed in to: UIS has just told us which one that is."""
    query = select(InboxRow.body).where(
        InboxRow.id > last_row, InboxRow.installation_id == connection.installation_id,
        InboxRow.kind == "account",
    )  # fmt: skip
    with services.sessions() as session:
        bodies = list(session.scalars(query))
    heard = [parse("account", body) for body in bodies]
    told = {
        getattr(event, "app_id", None) for event in heard if getattr(event, "account_id", None) == account_id
    }
    known = next(iter(told - {None}), connection.app_id)
    if known is not None and wish.facts.app_id not in (None, known):
        raise UisError("other_account")


def _settle(services: Services, connection: Connection, wish: Wish) -> None:
    now = services.clock.now()
    with services.sessions.begin() as session:
        row = session.get_one(UisConnection, connection.id)
        row.state, row.problem, row.answering = "connected", None, wish.answering
        row.app_id = wish.facts.app_id or row.app_id
        row.timezone = wish.facts.timezone
        row.data_api_key = services.vault.seal(
            connections.owner(connection.member_id, "data_api_key"), wish.data_api_key
        )
        row.data_api = row.data_api | {
            "state": "ok", "problem": None, "warnings": list(wish.facts.warnings), "limits": dict(wish.facts.limits),
            "at": now.isoformat(),
        }  # fmt: skip
        row.polled_till = row.polled_till or now
        row.poll_due_at = row.requests_due_at = now
        _keep_channels(session, connection.id, wish)
        analytics.try_now(session, connection.installation_id, now)


def _keep_channels(session: Session, connection_id: int, wish: Wish) -> None:
    """Callbacks about the channels may be folded in at this very moment: who inserts second finds the row."""
    rows = [
        {
            "connection_id": connection_id, "chat_channel_id": channel["id"], "type": channel["type"],
            "name": channel["name"], "status": channel["status"], "joined": False, "templates": [],
        }
        for channel in wish.ticket.channels
    ]  # fmt: skip
    insert_ignoring(session, UisChannel, rows)
    told = {channel["id"]: channel for channel in wish.ticket.channels}
    for kept in session.scalars(select(UisChannel).where(UisChannel.connection_id == connection_id)):
        channel = told.get(kept.chat_channel_id)
        kept.joined = kept.chat_channel_id in wish.channels
        kept.status = channel["status"] if channel else "deleted"
        kept.name = channel["name"] if channel else kept.name


def _note_failure(services: Services, connection_id: int, error: UisError) -> None:
    """A new connection says what went wrong; one that works keeps working."""
    with services.sessions.begin() as session:
        row = session.get(UisConnection, connection_id)
        if row is not None and row.state != "connected":
            row.state, row.problem = "broken", as_problem(error)


def _erase(services: Services, connection: Connection) -> None:
    with services.sessions.begin() as session:
        session.execute(delete(UisConnection).where(UisConnection.id == connection.id))
    verify.forget(connection.key_hash)


def _newest_row(services: Services) -> int:
    with services.sessions() as session:
        return session.scalar(select(func.max(InboxRow.id))) or 0


def _name(connection: Connection) -> str:
    return f"UIS OMNI, {urlsplit(connection.portal_url).netloc}"


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise UisError("joining")  # somebody disconnected meanwhile
    return value
