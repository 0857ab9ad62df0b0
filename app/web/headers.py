"""Headers on every answer. Pages in frames set their own policy; what is not a page may do nothing at all."""

from flask import Flask, Response, request

NOTHING = "default-src 'none'; frame-ancestors 'none'"


def install(app: Flask) -> None:
    """Register the headers; a view that set one itself is left alone."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Content-Security-Policy", NOTHING)
    if request.path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
    return response
