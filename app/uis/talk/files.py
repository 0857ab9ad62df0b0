"""Files that operators attach in the portal, on their way to a client: fetched from the verified portal only.

The page of the event says nothing of files; what portals send are addresses of their own. A host that was not
verified is never asked, and no token goes along.
"""

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import unquote, urljoin, urlsplit

import requests

from app.base.http import AddressRefused
from app.domain.file_names import safe_name, sniffed
from app.storage.services import Services
from app.uis.errors import NoAnswer, UisError
from app.uis.files import MOST_BYTES, MOST_SECONDS, FetchedFile, collect
from app.uis.wire import check_length

_CHUNK = 16 * 1024
_PAGE = "text/html"


def fetch(services: Services, portal_url: str, url: str, name: str | None) -> FetchedFile:
    """A file of the portal, whole. Raises NoAnswer, UisError (file_foreign, file_not_public, file_too_large, ...)."""
    address = urljoin(f"{portal_url}/", url)
    portal, target = urlsplit(portal_url), urlsplit(address)
    if (target.scheme, target.netloc.lower()) != (portal.scheme, portal.netloc.lower()):
        raise UisError("file_foreign", host=target.netloc or "?")
    response = _ask(services, portal_url, address)
    with closing(response):
        told = safe_name(name or _named(response) or unquote(target.path.rpartition("/")[2]))
        if response.status_code != 200 or (
            _is_page(response) and not told.lower().endswith((".html", ".htm"))
        ):
            raise UisError("file_not_public", name=told)
        check_length(response, MOST_BYTES)
        content = collect(_pieces(response))
    head = content.read(16)
    content.seek(0)
    return FetchedFile(name=told, kind=sniffed(head), content=content)


def resource_type(kind: str) -> str:
    """What UIS calls a file of this media type. Chat API: "Добавление ресурса"."""
    family = kind.partition("/")[0]
    return {"image": "photo", "video": "video", "audio": "audio"}.get(family, "document")


def _ask(services: Services, portal_url: str, address: str) -> requests.Response:
    host = urlsplit(address).netloc
    headers = {"Accept": "*/*", "Accept-Language": "ru,en", "Referer": f"{portal_url}/"}
    try:
        return services.http.request(
            "GET", address, trusted={host}, stream=True, timeout=MOST_SECONDS, headers=headers
        )
    except AddressRefused:
        raise UisError("file_foreign", host=host) from None
    except requests.RequestException:
        raise NoAnswer(host, sent=False) from None  # reading changes nothing


def _pieces(response: requests.Response) -> Iterator[bytes]:
    yield from response.iter_content(_CHUNK)


def _is_page(response: requests.Response) -> bool:
    """A page where a file was expected: the portal asks to sign in."""
    return response.headers.get("Content-Type", "").lower().startswith(_PAGE)


def _named(response: requests.Response) -> str | None:
    """The name in Content-Disposition (RFC 6266)."""
    for part in response.headers.get("Content-Disposition", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name.lower() == "filename*":
            return unquote(value.rpartition("''")[2])
        if name.lower() == "filename":
            return value.strip('"')
    return None
