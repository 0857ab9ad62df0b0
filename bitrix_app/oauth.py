"""Tokens: from a code, and by refresh, one at a time per chain.

Bitrix24: settings/oauth/index, settings/oauth/auto-renewal. A refresh token is treated as single-use: the pair that
was presented is compared when the new one is stored, so a pair that somebody else stored meanwhile is never lost.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
import structlog
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.auth import ClientAuth

from app.base import addresses
from app.base.addresses import AddressRefused
from app.base.config import Config
from app.base.secrets import SealBroken
from app.base.tokens import sha256
from app.storage.database import reading
from app.storage.models import Chain, Installation
from app.storage.queries import chains
from app.storage.sealed import owner
from app.storage.services import Services
from bitrix_app import errors
from bitrix_app.app_info import ServerUnknown, allowed_server
from bitrix_app.errors import BitrixError, Later, NoAnswer, Parked, Rejected

TIMEOUT = (3.0, 10.0)
LEASE = timedelta(seconds=30)
SUSPECT_FOR = timedelta(seconds=20)
IDLE_AFTER = timedelta(days=21)

_log = structlog.get_logger()
_locks: dict[int, threading.Lock] = defaultdict(threading.Lock)


class GrantRefused(BitrixError):
    """`invalid_grant`: the code or the refresh token is over, or somebody used it before."""


class ChainDead(Rejected):
    """This chain cannot be refreshed any more; another one may."""


class ChainDoubted(Later):
    """`invalid_grant` once: wait whether somebody else stored a newer pair, or use another chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """An answer of the token endpoint. `expires_in`: seconds; `user_id`: only after a refresh."""

    access_token: str
    refresh_token: str
    expires_in: int
    member_id: str
    client_endpoint: str
    user_id: int | None
    scope: str
    status: str


def exchange_code(services: Services, oauth_url: str, code: str) -> Tokens:
    """Tokens for an authorization code (30 seconds old at most). Raises BitrixError, GrantRefused among them."""
    return _token(services, oauth_url, grant_type="authorization_code", code=code)


def refresh_tokens(services: Services, oauth_url: str, refresh_token: str) -> Tokens:
    """A new pair for a refresh token. A lost answer is asked for once more. Raises BitrixError."""
    try:
        return _token(services, oauth_url, grant_type="refresh_token", refresh_token=refresh_token)
    except NoAnswer:
        return _token(services, oauth_url, grant_type="refresh_token", refresh_token=refresh_token)


def refresh(
    services: Services, chain_id: int, presented_hash: str, *, wait: Callable[[float], None] = time.sleep
) -> Chain:
    """Make the chain usable again for somebody whose pair (`presented_hash`) did not work.

    Answers the stored chain: refreshed by us, or by whoever was first. Raises ChainDead, ChainDoubted, Later
    (somebody else's refresh takes long), Parked, NoAnswer (authorization server away).
    """
    with _locks[chain_id]:
        for _ in range(int(LEASE.total_seconds() * 2)):
            chain = _read(services, chain_id)
            if chain.refresh_hash != presented_hash:
                return chain
            check_usable(services, chain)
            if _take(services, chain):
                return _refreshed(services, chain)
            wait(0.5)
    raise Later("somebody else is refreshing", 5.0)


def refresh_idle(services: Services) -> int:
    """Keep chains alive that nobody used for three weeks; returns how many were refreshed. For the sweeper."""
    return sum(_refresh_quietly(services, chain) for chain in _idle(services))


def _idle(services: Services) -> Iterator[Chain]:
    """All that are due, page by page: those that fail keep their place, and hold up only themselves."""
    before, after = services.clock.now() - IDLE_AFTER, None
    while True:
        with services.sessions() as session:
            page = chains.idle(reading(session), before, after)
        if not page:
            return
        yield from page
        after = page[-1].refreshed_at, page[-1].id


def _refresh_quietly(services: Services, chain: Chain) -> bool:
    try:
        refresh(services, chain.id, chain.refresh_hash)
    except BitrixError:
        return False  # its state and problem are stored; the next sweep asks again
    except (ServerUnknown, AddressRefused, SealBroken) as error:
        _log.warning("idle_not_refreshed", chain=chain.id, error=type(error).__name__)
        return False
    return True


def _read(services: Services, chain_id: int) -> Chain:
    with services.sessions() as session:
        chain = reading(session).get(Chain, chain_id)
    if chain is None:
        raise ChainDead("chain_gone", "the authorization was removed")
    return chain


def check_usable(services: Services, chain: Chain) -> None:
    """Raises ChainDead, or ChainDoubted while it is not known yet."""
    if chain.state == "dead":
        raise ChainDead("invalid_grant", "the authorization is over")
    if chain.suspect_at is not None:
        left = (chain.suspect_at + SUSPECT_FOR - services.clock.now()).total_seconds()
        if left > 0:
            raise ChainDoubted("invalid_grant", left)


def _take(services: Services, chain: Chain) -> bool:
    now = services.clock.now()
    with services.sessions.begin() as session:
        return chains.take_lease(session, chain.id, chain.refresh_hash, now, now + LEASE)


def _refreshed(services: Services, chain: Chain) -> Chain:
    """Present the pair. Every attempt is counted: refreshing too often is what Bitrix24 blocks for."""
    outcome = "failed"
    try:
        fresh = _present(services, chain)
        outcome = "ok"
    except (ChainDead, ChainDoubted):
        outcome = "refused"
        raise
    finally:
        services.meters.count("token_refreshes", outcome)
    return fresh


def _present(services: Services, chain: Chain) -> Chain:
    with services.sessions() as session:
        installation = reading(session).get_one(Installation, chain.installation_id)
    kept_by = owner(installation.member_id, "chain.refresh_token")
    try:
        tokens = refresh_tokens(
            services, installation.oauth_url, services.vault.open(kept_by, chain.refresh_token)
        )
        _check_owner(tokens, installation, chain)
    except GrantRefused:
        raise _doubted(services, chain) from None
    except BitrixError as error:
        _store(services, chain, {"lease_until": None, "problem": str(error)[:500]})
        raise
    _store(services, chain, pair_values(services, installation.member_id, tokens))
    return _read(services, chain.id)


def _check_owner(tokens: Tokens, installation: Installation, chain: Chain) -> None:
    """A refresh token that came with a frame is proven only now."""
    if tokens.member_id != installation.member_id or tokens.user_id not in {None, chain.user_id}:
        raise GrantRefused("the refresh token belongs to another portal or user")


def _doubted(services: Services, chain: Chain) -> BitrixError:
    """First `invalid_grant`: wait whether somebody stored a newer pair. Second: the chain is dead."""
    if chain.suspect_at is None:
        values = {"state": "suspect", "suspect_at": services.clock.now(), "lease_until": None}
        _store(services, chain, values | {"problem": "invalid_grant"})
        return ChainDoubted("invalid_grant", SUSPECT_FOR.total_seconds())
    _store(services, chain, {"state": "dead", "lease_until": None, "problem": "invalid_grant"})
    return ChainDead("invalid_grant", "the authorization is over")


def _store(services: Services, chain: Chain, values: dict[str, Any]) -> None:
    """Losing this race is normal: then a newer pair is stored, and it counts."""
    with services.sessions.begin() as session:
        chains.replace_pair(session, chain.id, chain.refresh_hash, values)


def pair_values(services: Services, member_id: str, tokens: Tokens) -> dict[str, Any]:
    """Columns of a chain for a fresh pair."""
    now = services.clock.now()
    return {
        "access_token": services.vault.seal(owner(member_id, "chain.access_token"), tokens.access_token),
        "refresh_token": services.vault.seal(owner(member_id, "chain.refresh_token"), tokens.refresh_token),
        "refresh_hash": sha256(tokens.refresh_token),
        "expires_at": now + timedelta(seconds=tokens.expires_in),
        "refreshed_at": now,
        "lease_until": None,
        "state": "alive",
        "suspect_at": None,
        "problem": None,
    }


def _token(services: Services, oauth_url: str, **grant: str) -> Tokens:
    """Ask the token endpoint by GET with everything in the query, as the pages say (settings/oauth, auto-renewal).

    The address holds the secret: it stands in no error text, and nothing logs or reports addresses.
    """
    config = services.config
    server = allowed_server(config, oauth_url)
    addresses.check(server, sandbox=config.sandbox)
    with _session(services, config) as session:
        try:
            answer = session.fetch_token(
                f"{server}/oauth/token/", method="GET", timeout=TIMEOUT, allow_redirects=False, **grant
            )
            return _parse(dict(answer))
        except OAuthError as error:
            raise _refusal(error) from None
        except requests.HTTPError as error:
            raise NoAnswer(f"authorization server: http {error.response.status_code}") from None
        except requests.RequestException as error:
            raise NoAnswer(f"authorization server: {type(error).__name__}") from None
        except (KeyError, TypeError, json.JSONDecodeError):
            raise NoAnswer("authorization server: an answer that cannot be read") from None


def _session(services: Services, config: Config) -> OAuth2Session:
    session = OAuth2Session(config.client_id, config.client_secret, token_endpoint_auth_method=_in_query)
    services.http.equip(session)
    return session


def _in_query(client: ClientAuth, method: str, uri: str, headers: Any, body: Any) -> tuple[str, Any, Any]:
    """Where this server wants the client's id and secret; authlib knows the body and the header only."""
    told = [("client_id", client.client_id), ("client_secret", client.client_secret)]
    return add_params_to_uri(uri, told), headers, body


def _parse(answer: dict[str, Any]) -> Tokens:
    return Tokens(
        access_token=str(answer["access_token"]),
        refresh_token=str(answer["refresh_token"]),
        expires_in=int(answer.get("expires_in") or 3600),
        member_id=str(answer["member_id"]),
        client_endpoint=str(answer["client_endpoint"]),
        user_id=int(answer["user_id"]) if answer.get("user_id") else None,
        scope=str(answer.get("scope") or ""),
        status=str(answer.get("status") or ""),
    )


def _refusal(error: OAuthError) -> BitrixError:
    code, text = str(error.error or ""), str(error.description or "")
    if code.lower() == "invalid_grant":
        return GrantRefused(code)
    meaning = errors.classify(code, text, "oauth/token")
    return meaning if isinstance(meaning, Parked | Later | NoAnswer) else Rejected(code, text)
