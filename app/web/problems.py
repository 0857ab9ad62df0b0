"""Errors in words: `application/problem+json` (RFC 9457) under /api, a plain line elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Flask, Response, g, json, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from app.base.texts import catalogue, language, text
from app.domain.settings import FieldError
from app.web.liquid_words import in_words

log = structlog.get_logger()
RETRY_AFTER_S = 5


@dataclass(slots=True)
class Problem(Exception):
    """Refuse a call. `code`: its title is the text `problem.<code>`; `detail`: words for this very case."""

    status: int
    code: str
    detail: str = ""
    errors: list[dict[str, str]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status} {self.code}"


def lang() -> str:
    """The language of the caller: of the session, else of the browser."""
    return language(g.get("lang") or request.headers.get("Accept-Language"))


def field_messages(errors: Iterable[FieldError]) -> list[dict[str, str]]:
    """`[{"field": "create.moment", "message": "..."}]` in the caller's language."""
    spoken = lang()
    return [{"field": e.field, "message": text(f"settings.{e.code}", spoken, **_params(e))} for e in errors]


def _params(error: FieldError) -> dict[str, Any]:
    if error.code != "template":
        return dict(error.params)
    return {**error.params, "reason": in_words(str(error.params.get("reason")), lang())}


def answer(problem: Problem) -> Response:
    """The answer that says so."""
    body: Mapping[str, Any] = {
        "type": "about:blank",
        "title": text(f"problem.{problem.code}", lang()),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": problem.errors,
        **problem.more,
    }
    response = Response(json.dumps(body), problem.status, mimetype="application/problem+json")
    response.headers["Content-Language"] = lang()
    return response


def install(app: Flask) -> None:
    """Register the handlers for everything that nobody else handles."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    for lost in (OperationalError, InterfaceError):
        app.register_error_handler(lost, _database_away)


def _database_away(error: DBAPIError) -> Response:
    """A database that restarts is no fault of ours to look into: whoever called is to call again."""
    log.warning("database_away", problem=type(error.orig).__name__)
    response = _http(ServiceUnavailable())
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _http(error: HTTPException) -> Response:
    """404, 405, 413, 415, 500 ...: the code of the text is `http_<status>`."""
    if isinstance(error.response, Response):
        return error.response
    status = error.code or 500
    code = f"http_{status}" if f"problem.http_{status}" in catalogue("en") else "http_400"
    if status >= 500 and code == "http_400":
        code = "http_500"
    if request.path.startswith("/api/"):
        response = answer(Problem(status, code))
    else:
        response = Response(text(f"problem.{code}", lang()) + "\n", status, mimetype="text/plain")
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(allowed)
    return response
