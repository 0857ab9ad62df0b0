"""Requests as PHP reads them: bracket names in queries and forms, JSON bodies, lists that are maps with numbers.

Bitrix24: settings/how-to-call-rest-api/data-encoding, general-principles.
"""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from flask import Request

from sandbox.bitrix.errors import RestError

_NAME = re.compile(r"^([^\[]+)((?:\[[^\]]*\])*)$")
_BRACKET = re.compile(r"\[([^\]]*)\]")
MAX_PAIRS = 20_000


def decode_query(text: str) -> dict[str, Any]:
    """`a[b][0]=c` → `{"a": {"b": ["c"]}}`; every value is a string, a name without brackets keeps its last value."""
    return decode_pairs(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PAIRS))


def decode_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nest decoded name and value pairs; maps with the keys 0..n-1 become lists."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        match = _NAME.match(name)
        if match is None:
            root[name] = value
            continue
        _put(root, [match[1], *_BRACKET.findall(match[2])], value)
    return {key: _listed(value) for key, value in root.items()}


def _put(node: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        key = step or _next_index(node)
        inner = node.get(key)
        if not isinstance(inner, dict):
            inner = node[key] = {}
        node = inner
    node[path[-1] or _next_index(node)] = value


def _next_index(node: dict[str, Any]) -> str:
    numbers = [int(key) for key in node if key.isdigit()]
    return str(max(numbers) + 1 if numbers else 0)


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    return [*inner.values()] if [*inner] == [str(index) for index in range(len(inner))] else inner


def request_params(request: Request) -> dict[str, Any]:
    """Query and body of a request together; the body wins. Raises RestError for a body that is no JSON object."""
    params = decode_query(request.query_string.decode("latin-1"))
    if request.mimetype == "application/json":
        body = request.get_json(silent=True)
        if body is None and request.get_data():
            raise RestError("INVALID_REQUEST", "Malformed JSON in the request body")
        if isinstance(body, dict):
            params.update(body)
        elif body:
            raise RestError("INVALID_REQUEST", "The request body must be a JSON object")
    elif request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        params.update(decode_pairs(request.form.items(multi=True)))
    elif request.get_data():
        raise RestError("INVALID_REQUEST", f"Unsupported content type {request.mimetype!r}")
    return params


def time_block(
    zone: dt.tzinfo, began: float, finish: float, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The `time` of every answer: unix seconds, durations in seconds, moments in the portal's zone.

    `more` adds `operating` and `operating_reset_at` where it has them (Bitrix24: data-types, limits).
    """
    block = {
        "start": began,
        "finish": finish,
        "duration": finish - began,
        "processing": finish - began,
        "date_start": dt.datetime.fromtimestamp(int(began), zone).isoformat(),
        "date_finish": dt.datetime.fromtimestamp(int(finish), zone).isoformat(),
    }
    return block | {key: value for key, value in (more or {}).items() if key.startswith("operating")}
