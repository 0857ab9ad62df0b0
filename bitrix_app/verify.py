"""Who is calling: frames and life-cycle events by their access token, other events by key and application_token.

Bitrix24: settings/oauth/simple-way, api-reference/events/safe-event-handlers. Of a frame only AUTH_ID is input;
everything that is kept comes from the authorization server's answer about it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.base import addresses
from app.base.addresses import AddressRefused
from app.base.http import RequestFailed
from app.base.texts import language
from app.base.tokens import same, sha256
from app.storage.database import reading
from app.storage.models import Installation, InstallationState
from app.storage.queries import installations, webhooks
from app.storage.sealed import owner
from app.storage.services import Services
from bitrix_app import errors
from bitrix_app.app_info import AppInfo, ServerUnknown, allowed_server, app_info
from bitrix_app.errors import BitrixError, Moved, NoAnswer, RateLimited
from bitrix_app.limits.limiter import Limiter

TIMEOUT = (5.0, 15.0)
MAX_FIELD = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Refused(Exception):
    """The caller is not who it says, or says it wrongly. `status`: HTTP; `code`: key of a text `refused.<code>`."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedUser:
    """A living access token of our application: whose it is, in which portal, and whether that is an administrator."""

    info: AppInfo
    admin: bool
    oauth_url: str
    access_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedFrame:
    """A frame of a verified user. Fields other than `user` are the caller's word and decide nothing about trust."""

    user: VerifiedUser
    refresh_token: str
    expires_in: int
    application_token: str
    lang: str
    placement: str
    options: dict[str, Any]


def verify_user(
    services: Services, limiter: Limiter, oauth_url: str, access_token: str, *, ask_admin: bool = True
) -> VerifiedUser:
    """Prove an access token at an allow-listed authorization server. Raises Refused."""
    if not access_token or not _is_text(access_token, MAX_FIELD):
        raise Refused(401, "no_token")
    try:
        info = app_info(services, oauth_url, access_token)
        if not same(info.client_id, services.config.client_id):
            raise Refused(403, "foreign_application")
        admin = ask_admin and is_admin(services, limiter, info, access_token)
    except (NoAnswer, Moved, RateLimited):
        raise Refused(503, "portal_away") from None
    except BitrixError:
        raise Refused(401, "wrong_token") from None
    return VerifiedUser(info=info, admin=admin, oauth_url=oauth_url, access_token=access_token)


def is_admin(services: Services, limiter: Limiter, info: AppInfo, access_token: str) -> bool:
    """Whether the user may change settings: user.admin with this user's token at the verified portal.

    Bitrix24: api-reference/common/users/user-admin. Raises BitrixError.
    """
    return call_as(services, limiter, info, access_token, "user.admin").get("result") is True


def call_as(
    services: Services, limiter: Limiter, info: AppInfo, access_token: str, method: str,
    params: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A call with a user's own token, so with his rights, at the verified portal; the answer. Raises BitrixError."""
    limiter.take(info.member_id, 10.0)
    try:
        target = addresses.check(info.client_endpoint, sandbox=services.config.sandbox)
        response = services.http.request(
            "POST", f"{info.client_endpoint}{method}", json={**(params or {}), "auth": access_token},
            trusted={target.netloc}, timeout=TIMEOUT,
        )  # fmt: skip
    except (RequestFailed, AddressRefused) as failure:
        raise NoAnswer(str(failure)) from None
    return errors.read(response, method)


def verify_frame(
    services: Services, limiter: Limiter, args: Mapping[str, str], form: Mapping[str, str]
) -> VerifiedFrame:
    """A frame request: query string and form. Raises Refused."""
    server = _server(services, form.get("SERVER_ENDPOINT"))
    user = verify_user(services, limiter, server, form.get("AUTH_ID", ""))
    _check_hints(user.info, args.get("DOMAIN", ""), form.get("member_id", ""))
    for value in (*args.values(), *form.values()):
        check_text(value, most=65_536)
    return VerifiedFrame(
        user=user,
        refresh_token=check_text(form.get("REFRESH_ID", "")),
        expires_in=_seconds(form.get("AUTH_EXPIRES", "")),
        application_token=check_text(form.get("APPLICATION_TOKEN", "")),
        lang=language(args.get("LANG")),
        placement=check_text(form.get("PLACEMENT", "DEFAULT"), most=100),
        options=_options(form.get("PLACEMENT_OPTIONS", "")),
    )


def verify_life_event(services: Services, limiter: Limiter, form: Mapping[str, str]) -> VerifiedFrame:
    """ONAPPINSTALL or ONAPPUPDATE, proven by its access token, which must be an administrator's. Raises Refused."""
    server = _server(services, form.get("auth[server_endpoint]"))
    user = verify_user(services, limiter, server, form.get("auth[access_token]", ""))
    _check_hints(user.info, form.get("auth[domain]", ""), form.get("auth[member_id]", ""))
    for value in form.values():
        check_text(value, most=65_536)
    if not user.admin:
        # Every employee has an access token; the application_token that comes along must not be theirs to choose.
        raise Refused(403, "not_admin")
    return VerifiedFrame(
        user=user,
        refresh_token=check_text(form.get("auth[refresh_token]", "")),
        expires_in=_seconds(form.get("auth[expires_in]", "")),
        application_token=check_text(form.get("auth[application_token]", "")),
        lang=language(form.get("data[LANGUAGE_ID]")),
        placement="",
        options={},
    )


def verify_event(services: Services, key: str | None, form: Mapping[str, str]) -> Installation:
    """An event by its secret address (None: the card's bare one) and application_token. Raises Refused."""
    with services.sessions() as session:
        session = reading(session)
        member_id = claim(form, "auth[member_id]", most=64)
        if key is not None:
            found = installations.by_event_key(session, sha256(key))
            if found is None or found.state == InstallationState.REMOVED:
                raise Refused(404, "unknown_address")
        else:
            found = installations.by_member(session, member_id)
    if found is None or not same(member_id, found.member_id):
        raise Refused(403, "other_portal")
    kept = found.application_token
    given = claim(form, "auth[application_token]")
    if not kept or not given:
        raise Refused(401, "no_token")
    if not same(given, services.vault.open(owner(found.member_id, "installation.application_token"), kept)):
        raise Refused(401, "wrong_token")
    return found


def verify_webhook(services: Services, key: str, form: Mapping[str, str]) -> Installation:
    """An outgoing webhook of the portal by its secret address. Raises Refused.

    Its `application_token` is one that the portal made for it when an administrator set it up (Bitrix24:
    api-reference/events, "Event Sent to an Outgoing Webhook"): it is unknown to us, and only its absence says anything.
    """
    with services.sessions() as session:
        found = webhooks.by_key(reading(session), sha256(key))
    if found is None or found.state == InstallationState.REMOVED:
        raise Refused(404, "unknown_address")
    if not same(claim(form, "auth[member_id]", most=64), found.member_id):
        raise Refused(403, "other_portal")
    if not claim(form, "auth[application_token]"):
        raise Refused(401, "no_token")
    return found


def check_text(value: str, most: int = MAX_FIELD) -> str:
    """A field as it came. Raises Refused for control characters and for lengths that no real field has."""
    if not _is_text(value, most):
        raise Refused(400, "malformed")
    return value


def claim(form: Mapping[str, str], name: str, most: int = MAX_FIELD) -> str:
    """A field that is to prove who calls; one that no portal writes proves as little as none."""
    value = form.get(name, "")
    return value if _is_text(value, most) else ""


def _is_text(value: str, most: int) -> bool:
    return len(value) <= most and not _CONTROL.search(value)


def _server(services: Services, named: str | None) -> str:
    try:
        return allowed_server(services.config, named)
    except ServerUnknown:
        raise Refused(403, "foreign_server") from None


def _check_hints(info: AppInfo, domain: str, member_id: str) -> None:
    """What the caller says of its portal must be what the authorization server says; nothing is taken from it."""
    if member_id and not same(member_id, info.member_id):
        raise Refused(403, "other_portal")
    if domain and _host(domain) != _host(urlsplit(info.client_endpoint).netloc):
        raise Refused(403, "other_portal")


def _host(netloc: str) -> str:
    return netloc.lower().removesuffix(":443").removesuffix(":80")


def _seconds(text: str) -> int:
    return min(int(text), 3600) if text.isascii() and text.isdigit() and len(text) < 10 else 3600


def _options(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        options = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(400, "malformed") from None
    # PHP writes an empty map as a list.
    if not isinstance(options, dict):
        if options in ([], "", None, "undefined"):
            return {}
        raise Refused(400, "malformed")
    return options
