"""Which addresses an outgoing request may go to."""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"({_LABEL}\.)*{_LABEL}", re.ASCII)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Exception):
    """The address is not one that we may connect to; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """Scheme, host and port of an address that passed the checks."""

    scheme: str
    host: str
    port: int

    @property
    def netloc(self) -> str:
        """`host`, with the port only when it is not that of https: how trusted hosts are written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if (self.scheme, self.port) == ("https", 443) else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.netloc}"


def check(url: str, *, sandbox: bool, trusted: Collection[str] | None = None) -> Target:
    """Look at the spelling of an address, without resolving it. Raises AddressRefused.

    https on port 443 without userinfo; `trusted`: the only hosts allowed (as `Target.netloc`). The sandbox
    may use plain http and any port on loopback hosts.
    """
    target = _parse(url)
    local = sandbox and is_loopback_name(target.host)
    if target.scheme != "https" and not local:
        raise AddressRefused(f"only https is allowed, not {target.scheme}")
    if target.port != 443 and not local:
        raise AddressRefused(f"only port 443 is allowed, not {target.port}")
    if trusted is not None and target.netloc not in trusted:
        raise AddressRefused(f"{target.netloc} is not a host that was verified")
    literal = _literal(target.host)
    if literal is not None and not allowed(literal, sandbox=sandbox):
        raise AddressRefused(f"{target.host} is not a public address")
    return target


def _parse(url: str) -> Target:
    if not url.isascii() or re.search(r"[\s\\\x00-\x20\x7f]", url):
        raise AddressRefused("the address has characters that do not belong there")
    try:
        parts, second = urlsplit(url), parse_url(url)
        host, port = parts.hostname or "", parts.port
    except (ValueError, LocationParseError):
        raise AddressRefused("the address cannot be read") from None
    # Two parsers must agree on where it leads, or a crafted address means one host to the check and another
    # to the connection.
    if host != (second.host or "").strip("[]").lower() or port != second.port:
        raise AddressRefused("the address is ambiguous")
    if "@" in parts.netloc:
        raise AddressRefused("an address with a user name is not allowed")
    if parts.scheme not in {"http", "https"} or not host:
        raise AddressRefused("only http(s) addresses with a host are known")
    if _literal(host) is None and not _HOST.fullmatch(host):
        raise AddressRefused("the host has characters that do not belong there")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80))


def is_loopback_name(host: str) -> bool:
    """Whether this host is this machine by its spelling."""
    literal = _literal(host)
    return host == "localhost" or (literal is not None and literal.is_loopback)


def allowed(address: Address, *, sandbox: bool) -> bool:
    """Whether a resolved address may be connected to: public ones, in the sandbox loopback too."""
    if sandbox and address.is_loopback:
        return True
    if address.is_multicast or not address.is_global:
        return False
    return all(allowed(inner, sandbox=False) for inner in _inside(address))


def _inside(address: Address) -> list[ipaddress.IPv4Address]:
    """IPv4 addresses that an IPv6 one leads to (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
