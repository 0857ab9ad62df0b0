"""One chat by each of the usual ways, and many at once as far as a library has a means for it.

Each takes the portal's REST address (`http://host:port/rest/`) and an access token, and keeps what it needs of
them for the next chat, as the libraries' own examples do.
"""

import time
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import requests
from b24pysdk import BitrixApp, BitrixToken
from fast_bitrix24 import BitrixAsync
from fast_bitrix24.utils import http_build_query

from bench.usual import requests_of as of

REFUSED = 503


def plain(url: str, token: str, chat: int) -> None:
    """(a) `requests`, one call per step; a refusal for the rate is tried again a second later."""
    _plain(url, token, of.look_up(chat))
    contact = _plain(url, token, of.contact(chat))["item"]["id"]
    deal = _plain(url, token, of.deal(chat, contact))["item"]["id"]
    _plain(url, token, of.activity(chat, deal))
    _plain(url, token, of.notification(chat, deal))


def _plain(url: str, token: str, request: of.Request) -> Any:
    method, params = request
    while True:
        answer = _session().post(f"{url}{method}", json={**params, "auth": token}, timeout=60)
        if answer.status_code != REFUSED:
            answer.raise_for_status()
            return answer.json()["result"]
        time.sleep(1)


@cache
def _session() -> requests.Session:
    return requests.Session()


async def fast(url: str, token: str, chat: int) -> None:
    """(b) fast_bitrix24: a lookup, then one batch with links; it keeps the rate by itself."""
    bitrix = fast_client(url, token)
    await bitrix.call("crm.duplicate.findbycomm", of.look_up(chat)[1], raw=True)
    commands = {key: f"{method}?{http_build_query(p)}" for key, (method, p) in of.chained(chat).items()}
    await bitrix.call_batch({"halt": 0, "cmd": commands})


async def fast_many(url: str, token: str, chats: Sequence[int]) -> None:
    """(b) all chats are known beforehand: each step for all of them, in the library's own batches, six at a time."""
    bitrix = fast_client(url, token)
    with bitrix.slow(6):
        await bitrix.call("crm.duplicate.findbycomm", [of.look_up(chat)[1] for chat in chats])
        contacts = await bitrix.call("crm.item.add", [of.contact(chat)[1] for chat in chats])
        wanted = [of.deal(chat, made["id"])[1] for chat, made in zip(chats, contacts, strict=True)]
        deals = await bitrix.call("crm.item.add", wanted)
        owners = [(chat, deal["id"]) for chat, deal in zip(chats, deals, strict=True)]
        await bitrix.call("crm.activity.configurable.add", [of.activity(*one)[1] for one in owners])
        await bitrix.call("im.notify.system.add", [of.notification(*one)[1] for one in owners])


@cache
def fast_client(url: str, token: str) -> BitrixAsync:
    """One for the process, as the library wants it: it counts the requests."""

    async def given() -> str:
        return token

    return BitrixAsync(url, given, verbose=False)


def sdk(url: str, token: str, chat: int) -> None:
    """(c) b24pysdk: a lookup, then one batch with links."""
    bitrix = _sdk_token(url, token)
    method, params = of.look_up(chat)
    bitrix.call_method(method, params)
    bitrix.call_batch(of.chained(chat))


def sdk_many(url: str, token: str, chats: Sequence[int]) -> None:
    """(c) all chats are known beforehand: each step for all of them, in the library's own batches."""
    bitrix = _sdk_token(url, token)

    def made(requests_: Sequence[of.Request]) -> list[Any]:
        results = bitrix.call_batches({f"r{at}": request for at, request in enumerate(requests_)})["result"][
            "result"
        ]
        return [results[f"r{at}"] for at in range(len(requests_))]

    made([of.look_up(chat) for chat in chats])
    contacts = made([of.contact(chat) for chat in chats])
    deals = made([of.deal(c, m["item"]["id"]) for c, m in zip(chats, contacts, strict=True)])
    owners = [(chat, deal["item"]["id"]) for chat, deal in zip(chats, deals, strict=True)]
    made([of.activity(chat, deal) for chat, deal in owners])
    made([of.notification(chat, deal) for chat, deal in owners])


@cache
def _sdk_token(url: str, token: str) -> BitrixToken:
    _over_plain_http()
    app = BitrixApp(client_id="app", client_secret="-")
    return BitrixToken(domain=urlsplit(url).netloc, auth_token=token, bitrix_app=app)


def _over_plain_http() -> None:
    """The library writes https into every address; the sandbox has no certificate. It is spared the handshakes."""
    asked = requests.post

    def post(url: str, *arguments: Any, **options: Any) -> requests.Response:
        return asked(url.replace("https://", "http://", 1), *arguments, **options)

    requests.post = post  # type: ignore[assignment]
