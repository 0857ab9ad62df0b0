"""Where a request of a browser comes from: an address that its sender cannot choose."""

import hashlib
import hmac
from ipaddress import IPv6Address, ip_address, ip_network

from flask import Request

INSIDE = tuple(
    map(
        ip_network,
        (
            "127.0.0.0/8",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "::1/128",
            "fc00::/7",
        ),
    )
)
"""Where a proxy of ours may stand."""
SHARED_BITS = 64
"""A customer of a provider gets a whole network of so many bits in IPv6."""


def source_of(request: Request) -> str:
    """The address of the sender. What a proxy of ours says (the last entry of X-Forwarded-For) counts when it is on our
    own network; a stranger's is not believed. IPv6 addresses are told as their network."""
    peer = request.remote_addr or ""
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return _plain(said if said and _ours(peer) else peer)


def keyed(secret: str, source: str) -> str:
    """What is stored of an address: a hash that nobody can turn back without our secret."""
    return hmac.new(secret.encode(), source.encode(), hashlib.sha256).hexdigest()


def _ours(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in INSIDE)


def _plain(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return text[:64]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> SHARED_BITS << SHARED_BITS))
    return str(address)
