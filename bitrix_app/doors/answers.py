"""Answers in words: small pages for people, plain lines for machines, and the limits of what is read."""

import secrets
from collections.abc import Sequence
from typing import Any

from flask import Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from app.base.texts import language, text
from app.web.caller import services
from bitrix_app.verify import Refused

MAX_BODY = 1024 * 1024
FOR_MACHINES = ("/bitrix/events", "/webhook")
FORM = "application/x-www-form-urlencoded"


def limit_size() -> None:
    """Bodies that no real request has are refused before they are read."""
    request.max_content_length = MAX_BODY
    request.max_form_memory_size = MAX_BODY
    request.max_form_parts = 2000


def wanted_lang() -> str:
    """The language of this request: what the portal or the form says, else the browser's."""
    said = g.get("lang") or request.args.get("LANG") or request.args.get("lang")
    return language(said or request.headers.get("Accept-Language"))


def form() -> dict[str, str]:
    """The form of this request, one value per name. Raises Refused when it is none, HTTPException when too large.

    A body of nothing is an empty form, whether or not it is called one.
    """
    if request.mimetype != FORM and (request.mimetype or request.get_data()):
        raise Refused(400, "not_a_form")
    return claims()


def claims() -> dict[str, str]:
    """What a caller says who is not verified yet: a body that is no form says nothing, so it proves nothing.

    Raises HTTPException when it is too large.
    """
    return dict(request.form.items()) if request.mimetype == FORM else {}


def page(
    template: str,
    *,
    status: int = 200,
    ancestors: Sequence[str] = ("'none'",),
    scripts: bool = False,
    shows: str | None = None,
    **values: Any,
) -> Response:
    """A page of ours. `ancestors`: who may frame it; `scripts`: whether our built scripts may run in it; `shows`: the
    one foreign site that it may frame itself."""
    nonce = secrets.token_urlsafe(16)
    html = render_template(template, nonce=nonce, lang=g.setdefault("lang", wanted_lang()), t=_t, **values)
    response = Response(html, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _policy(nonce, ancestors, scripts, shows)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def message(
    title: str, words: str, *, status: int = 200, ancestors: Sequence[str] = ("'none'",), **values: Any
) -> Response:
    """A page that says one thing. `title`, `words`: texts, not keys."""
    return page("message.html", status=status, ancestors=ancestors, title=title, words=words, **values)


def line(words: str, status: int = 200) -> Response:
    """A plain line for machines."""
    response = Response(words + "\n", status, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(refusal: Refused) -> Response:
    """4xx and 503 in words: a page for a browser's frame, a line for events."""
    words = text(f"refused.{refusal.code}", wanted_lang())
    if request.path.startswith(FOR_MACHINES):
        return line(words, refusal.status)
    # Nothing was verified, so any portal may show these words; there is nothing in them to steal.
    title = text("refused.title", wanted_lang())
    return message(title, words, status=refusal.status, ancestors=_anywhere(), tone="alert")


def too_large(_: HTTPException) -> Response:
    """413 in words."""
    return refused(Refused(413, "too_large"))


def _anywhere() -> tuple[str, ...]:
    """Any portal: https, in the sandbox plain http too."""
    return ("https:", "http:") if services().config.sandbox else ("https:",)


def _t(key: str, **params: object) -> str:
    return text(key, g.lang, **params)


def _policy(nonce: str, ancestors: Sequence[str], scripts: bool, shows: str | None) -> str:
    parts = [
        "default-src 'none'", "base-uri 'none'", f"frame-ancestors {' '.join(ancestors)}",
        f"img-src 'self' data: {' '.join(_anywhere())}", "font-src 'self' data:",
    ]  # fmt: skip
    if scripts:
        # The kit writes styles into elements, so inline styles are allowed; scripts never are.
        parts += [
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self' 'unsafe-inline'",
            "connect-src 'self'",
            "media-src 'self'",
        ]
        parts += [f"frame-src {shows}"] if shows else []
    else:
        # The form's answer leads on to the portal, and browsers hold redirects to this rule too.
        parts += [f"style-src 'nonce-{nonce}'", f"form-action 'self' {' '.join(_anywhere())}"]
    return "; ".join(parts)
