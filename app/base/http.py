"""The one place where HTTP leaves the application: pooled, timed, to checked and pinned addresses only."""

import ipaddress
import socket
from collections.abc import Callable, Collection, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from app.base import addresses
from app.base.addresses import AddressRefused
from app.base.config import Config

__all__ = ["AddressRefused", "Http", "RequestFailed"]

USER_AGENT = "UIS-OMNI-Bitrix24/0.1"
CONNECT_TIMEOUT = 10.0
CONNECTIONS_PER_HOST = 16

Resolve = Callable[[str, int], list[str]]


class RequestFailed(requests.RequestException):
    """No usable answer came. The text names the host and the kind of failure, never the address or a secret.

    `sent`: False only when the request certainly never reached the server, so that nothing can have happened.
    """

    def __init__(self, host: str, kind: str, *, sent: bool) -> None:
        super().__init__(f"{host}: {kind}")
        self.host = host
        self.kind = kind  # "connect" | "timeout" | "tls" | "broken"
        self.sent = sent


class Http:
    """Thread-safe. Follows no redirects; uses no proxies, cookies or netrc of the environment."""

    def __init__(self, config: Config, resolve: Resolve | None = None) -> None:
        self._config = config
        self._adapter = _PinnedAdapter(resolve or system_resolve, config.sandbox)

    def request(
        self,
        method: str,
        url: str,
        *,
        trusted: Collection[str] | None = None,
        json: Any = None,
        data: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        files: Any = None,
        timeout: float | tuple[float, float] | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """Send one request. `trusted`: the hosts that are allowed, with the port where it is not 443.

        `timeout`: seconds to read, or (connect, read). Raises AddressRefused before anything is sent,
        RequestFailed when no answer came. Any status is an answer.
        """
        target = addresses.check(url, sandbox=self._config.sandbox, trusted=trusted)
        connect, read = timeout if isinstance(timeout, tuple) else (CONNECT_TIMEOUT, timeout)
        with self._session() as session:
            try:
                return session.request(
                    method, url, json=json, data=data, params=params, files=files, stream=stream,
                    headers={"User-Agent": USER_AGENT, "Accept": "application/json"} | dict(headers or {}),
                    timeout=(connect, read or self._config.read_timeout), allow_redirects=False,
                )  # fmt: skip
            except requests.RequestException as error:
                # The original text holds the whole address, parameters included.
                raise _failed(target.netloc, error) from None

    def equip(self, session: requests.Session) -> None:
        """Let a session made by a library leave through the same checks and connections.

        The caller checks the address with `addresses.check` and forbids redirects.
        """
        session.trust_env = False
        session.headers["User-Agent"] = USER_AGENT
        session.adapters.clear()
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)

    def _session(self) -> "_Session":
        return _Session(self._adapter)


class _Session(requests.Session):
    """A session of one request, so that no cookie and no state is shared between portals or threads.

    The connections outlive it: they belong to the adapter.
    """

    def __init__(self, adapter: HTTPAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def close(self) -> None:
        """Leave the adapter's pool open."""


class _PinnedAdapter(HTTPAdapter):
    """Connects only to addresses that were checked after resolution, and to exactly those."""

    def __init__(self, resolve: Resolve, sandbox: bool) -> None:
        self._resolve = resolve
        self._sandbox = sandbox
        super().__init__(pool_connections=256, pool_maxsize=CONNECTIONS_PER_HOST, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _pools(self._open)

    def _open(self, connection: HTTPConnection) -> socket.socket:
        host, timeout = connection.host.strip("[]"), connection.timeout
        seconds = timeout if isinstance(timeout, int | float) else CONNECT_TIMEOUT
        try:
            found = self._resolve(host, connection.port)
            _check_all(found, host, sandbox=self._sandbox)
            opened = _connect(found, connection.port, seconds)
        except OSError as error:
            raise NewConnectionError(connection, f"no connection to {host}") from error
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened


Opener = Callable[[HTTPConnection], socket.socket]


def _pools(opener: Opener) -> dict[str, type[HTTPConnectionPool]]:
    class PinnedHttp(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return opener(self)

    class PinnedHttps(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return opener(self)

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = PinnedHttp

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = PinnedHttps

    return {"http": HttpPool, "https": HttpsPool}


def _check_all(found: list[str], host: str, *, sandbox: bool) -> None:
    """One forbidden address among them is enough to refuse the host."""
    for text in found:
        if not addresses.allowed(ipaddress.ip_address(text.split("%")[0]), sandbox=sandbox):
            raise AddressRefused(f"{host} does not lead to a public address")


def _connect(found: list[str], port: int, seconds: float) -> socket.socket:
    """A socket to the first address that answers; the last failure otherwise."""
    failure = OSError("the host has no address")
    for address in found:
        try:
            return socket.create_connection((address, port), seconds)
        except OSError as error:
            failure = error
    raise failure


def system_resolve(host: str, port: int) -> list[str]:
    """Addresses of a host, the preferred first. Raises OSError when there are none."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _failed(host: str, error: requests.RequestException) -> RequestFailed:
    if isinstance(error, requests.exceptions.SSLError):
        # Only a refused certificate is certainly before the request.
        return RequestFailed(host, "tls", sent="CERTIFICATE_VERIFY_FAILED" not in str(error))
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return RequestFailed(host, "connect", sent=False)
    if isinstance(error, requests.exceptions.Timeout):
        return RequestFailed(host, "timeout", sent=True)
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NewConnectionError):
        return RequestFailed(host, "connect", sent=False)
    return RequestFailed(host, "broken", sent=True)
