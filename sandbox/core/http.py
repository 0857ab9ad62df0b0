"""Small HTTP helpers: broken answers for faults, outgoing deliveries, PHP-style forms."""

import threading
from collections.abc import Iterator
from typing import Any

import requests
from flask import Flask, Response, jsonify

from sandbox.core.faults import ConnectionFault, Fault
from sandbox.core.server import CONNECTION_HEADER

DELIVERY_TIMEOUT_S = 10.0
HTML_ERROR = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"

_local = threading.local()


def broken_answer(fault: Fault) -> Response:
    """The answer for the kinds that mean the same with every vendor (all but `error` and `expired_token`)."""
    if fault.kind.startswith("timeout"):
        return Response(headers={CONNECTION_HEADER: f"hang; seconds={fault.options.get('seconds', 30)}"})
    if fault.kind.startswith("reset"):
        return Response(headers={CONNECTION_HEADER: "reset"})
    if fault.kind.startswith("http_"):
        return Response("", status=int(fault.kind[5:]), content_type="text/plain")
    return Response(HTML_ERROR, status=int(fault.options.get("status", 502)), content_type="text/html")


def break_on_faults(app: Flask) -> None:
    """Turn a ConnectionFault that left a view into the broken answer that it asks for."""
    app.register_error_handler(ConnectionFault, lambda error: broken_answer(error.fault))


def json_answer(payload: Any, status: int = 200) -> Response:
    """JSON with the content type that both vendors send."""
    response = jsonify(payload)
    response.status_code = status
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    return response


def session() -> requests.Session:
    """A pooled session of this thread, deaf to proxy variables: the sandbox talks to loopback only."""
    found: requests.Session | None = getattr(_local, "session", None)
    if found is None:
        found = _local.session = requests.Session()
        found.trust_env = False
        found.headers["User-Agent"] = "sandbox/1.0"
    return found


def bracket_form(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Flatten nested data to form pairs as PHP's http_build_query does: `data[FIELDS][ID]`, all strings."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from bracket_form(inner, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from bracket_form(inner, f"{name}[{index}]" if name else str(index))
    elif value is None:
        return
    elif isinstance(value, bool):
        yield name, "1" if value else "0"
    else:
        yield name, str(value)
