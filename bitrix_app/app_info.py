"""What the authorization server says about an access token: the only thing that proves a frame or an event.

Bitrix24: api-reference/common/system/app-info, asked at the authorization server (settings/oauth/simple-way).
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.base import addresses
from app.base.addresses import AddressRefused
from app.base.config import Config
from app.base.http import RequestFailed
from app.storage.services import Services
from bitrix_app import errors
from bitrix_app.errors import NoAnswer

TIMEOUT = (3.0, 10.0)


class ServerUnknown(Exception):
    """The named authorization server is not on the allow-list; nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppInfo:
    """The trusted facts of a token. `client_endpoint` ends with a slash; `scope` is a set of names."""

    client_id: str
    user_id: int
    scope: frozenset[str]
    member_id: str
    client_endpoint: str
    status: str
    installed: bool
    version: str

    @property
    def portal_url(self) -> str:
        """https://portal, no slash at the end."""
        parts = urlsplit(self.client_endpoint)
        return f"{parts.scheme}://{parts.netloc}"


def allowed_server(config: Config, named: str | None) -> str:
    """The allow-listed authorization server that is meant by "https://host/rest/", "host" or nothing at all.

    Raises ServerUnknown.
    """
    if not named:
        return config.oauth_urls[0]
    text = named if "://" in named else f"https://{named}"
    for url in config.oauth_urls:
        # A bare name says nothing about the scheme, so only the host is compared then.
        if _origin(text) == _origin(url) or ("://" not in named and named.lower() == urlsplit(url).netloc):
            return url
    raise ServerUnknown("the authorization server is not on the allow-list")


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return ""


def app_info(services: Services, oauth_url: str, access_token: str) -> AppInfo:
    """Ask an allow-listed authorization server about a token. Raises BitrixError."""
    server = allowed_server(services.config, oauth_url)
    target = addresses.check(server, sandbox=services.config.sandbox)
    try:
        response = services.http.request(
            "POST",
            f"{server}/rest/app.info",
            data={"auth": access_token},
            trusted={target.netloc},
            timeout=TIMEOUT,
        )
    except RequestFailed as failure:
        raise NoAnswer(str(failure), sent=failure.sent) from None
    return _parse(services.config, errors.read(response, "app.info").get("result"))


def _parse(config: Config, result: Any) -> AppInfo:
    try:
        install = result["install"]
        info = AppInfo(
            client_id=str(result["client_id"]),
            user_id=int(result["user_id"]),
            scope=split_scope(result["scope"]),
            member_id=str(install["member_id"]),
            client_endpoint=str(install["client_endpoint"]).rstrip("/") + "/",
            status=str(install.get("status") or ""),
            installed=bool(install.get("installed")),
            version=str(install.get("version") or ""),
        )
    except (KeyError, TypeError, ValueError):
        raise NoAnswer("app.info: an answer of another shape") from None
    check_endpoint(config, info.client_endpoint)
    return info


def check_endpoint(config: Config, client_endpoint: str) -> None:
    """Even the authorization server's word does not lead us to inside addresses. Raises NoAnswer."""
    try:
        addresses.check(client_endpoint, sandbox=config.sandbox)
    except AddressRefused as refusal:
        raise NoAnswer(f"the portal's address cannot be used: {refusal}", sent=False) from None


def split_scope(scope: object) -> frozenset[str]:
    """Names of a scope: commas, commas with spaces and plain spaces all occur."""
    return frozenset(str(scope).replace(",", " ").split())
