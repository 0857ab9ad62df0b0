"""Something before a server that may be dead at any moment: a request is sent again until somebody answers it."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import requests

from sandbox.core.server import Server

PATIENCE_S = 120.0


class Patient:
    """A balancer that loses nothing: `url` is its address, `target` the one behind it."""

    def __init__(self) -> None:
        self.target = ""
        self._server = Server(self._answer)
        self._server.start()

    @property
    def url(self) -> str:
        return self._server.url

    def stop(self) -> None:
        self._server.stop()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        ends = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self._ask(environ, body)
            except requests.RequestException:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.02)
                continue
            kept = [
                (name, value) for name, value in answer.headers.items() if name.lower() not in _OF_THE_HOP
            ]
            start(f"{answer.status_code} {answer.reason}", kept)
            return [answer.content]

    def _ask(self, environ: dict[str, Any], body: bytes) -> requests.Response:
        query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        headers = {
            name[5:].replace("_", "-"): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") and name[5:].replace("_", "-").lower() not in _OF_THE_HOP
        }
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        address = f"{self.target}{environ['PATH_INFO']}{query}"
        method = environ["REQUEST_METHOD"]
        return requests.request(
            method, address, data=body, headers=headers, timeout=10, allow_redirects=False
        )


_OF_THE_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "content-encoding",
    "accept-encoding",
}
