"""Strict reading of Chat API bodies: unknown keys, missing keys and wrong types are refused in words.

The pages document no error bodies; the sandbox answers `{"detail": "..."}` with 4xx.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request

from sandbox.core.http import json_answer


class Refused(Exception):
    """Ends a request with `status` and the reason in words."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail

    def answer(self) -> Response:
        """The answer to the client."""
        return json_answer({"detail": self.detail}, self.status)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_url(value: Any) -> bool:
    address = urlsplit(value) if isinstance(value, str) else None
    return address is not None and address.scheme in ("http", "https") and bool(address.netloc)


def _is_moment(value: Any) -> bool:
    if not isinstance(value, str) or "T" not in value:
        return False
    try:
        return dt.datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(check(item) for item in value)


KINDS: dict[str, Callable[[Any], bool]] = {
    "int": _is_int,
    "text": _is_text,
    "str": lambda value: isinstance(value, str),
    "mnemonic": lambda value: isinstance(value, str) and re.fullmatch(r"[a-z0-9_]+", value) is not None,
    "url": _is_url,
    "moment": _is_moment,
    "object": lambda value: isinstance(value, dict),
    "ints": _list_of(_is_int),
    "texts": _list_of(_is_text),
}


def body_of(required: dict[str, str], optional: dict[str, str] | None = None) -> dict[str, Any]:
    """The JSON object of this request, checked; an optional key may also be null. Raises Refused."""
    if request.mimetype != "application/json":
        raise Refused(415, f"the body must be application/json, not {request.mimetype or 'nothing'}")
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refused(400, "the body is not a JSON object")
    check(body, required, optional or {})
    return body


def check(body: dict[str, Any], required: dict[str, str], optional: dict[str, str], where: str = "") -> None:
    """Raises Refused(422) for the first key that is unknown, missing or of a wrong type."""
    for name in body:
        if name not in required and name not in optional:
            raise Refused(422, f"unknown attribute {where}{name}")
    for name, kind in required.items():
        if name not in body:
            raise Refused(422, f"attribute {where}{name} is required")
        if not KINDS[kind](body[name]):
            raise Refused(422, f"attribute {where}{name} must be {kind}")
    for name, kind in optional.items():
        if body.get(name) is not None and not KINDS[kind](body[name]):
            raise Refused(422, f"attribute {where}{name} must be {kind} or null")


def bearer() -> str:
    """The token of `Authorization: Bearer ...`; empty when there is none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else ""
