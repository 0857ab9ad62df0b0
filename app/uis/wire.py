"""One request to UIS: trusted hosts only, and every way to fail has its exception."""

from typing import Any
from urllib.parse import urlsplit

import requests

from app.base.config import UisHosts
from app.base.http import AddressRefused, RequestFailed
from app.storage.services import Services
from app.uis.errors import NoAnswer, SessionOver, UisError, refusal

READ_TIMEOUT_S = 30.0
"""UIS calls us back while an account is made, so it is given time."""


def hosts_of(services: Services, project: str) -> UisHosts:
    """Addresses of a project. Raises UisError (wrong_project)."""
    try:
        return services.config.uis_hosts(project)
    except KeyError:
        raise UisError("wrong_project") from None


def send(services: Services, hosts: UisHosts, method: str, url: str, **options: Any) -> requests.Response:
    """Send and get whatever answer came. Raises NoAnswer, or UisError (address_refused)."""
    trusted = {urlsplit(address).netloc for address in (hosts.login, hosts.logic, hosts.chat, hosts.data)}
    host = urlsplit(url).netloc
    options.setdefault("timeout", min(READ_TIMEOUT_S, services.config.read_timeout))
    try:
        response = services.http.request(method, url, trusted=trusted, **options)
    except AddressRefused:
        raise UisError("address_refused", host=host) from None
    except RequestFailed as error:
        raise NoAnswer(host, sent=error.sent) from None
    except requests.RequestException:
        raise NoAnswer(host) from None
    if response.status_code >= 500 or response.status_code == 429:
        # A server in trouble may have done it all the same.
        raise NoAnswer(host, sent=response.status_code not in {429, 503})
    return response


def rest(
    services: Services, hosts: UisHosts, method: str, url: str, token: str, **options: Any
) -> requests.Response:
    """The same with a Bearer token and the statuses of a REST API.

    Raises SessionOver (401), UisError: forbidden (403), missing (404), refused with UIS's words (other 4xx).
    """
    headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
    response = send(services, hosts, method, url, headers=headers, **options)
    status = response.status_code
    if status == 401:
        raise SessionOver
    if status in {403, 404}:
        raise UisError("forbidden" if status == 403 else "missing", problem=refusal(response))
    if status >= 400:
        raise UisError("refused", problem=refusal(response), status=status)
    if status >= 300:
        raise UisError("unexpected_answer", host=urlsplit(url).netloc, status=status)
    return response


def check_length(response: requests.Response, most: int) -> None:
    """Refuse what says itself that it is too large, before it is read. Raises UisError (file_too_large)."""
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > most:
        raise UisError("file_too_large", most=most // 1_000_000)


def answer_json(response: requests.Response) -> Any:
    """The JSON of an answer. Raises UisError (unexpected_answer) for HTML and the like."""
    try:
        return response.json()
    except ValueError:
        host = urlsplit(response.url or "").netloc
        raise UisError("unexpected_answer", host=host, status=response.status_code) from None
