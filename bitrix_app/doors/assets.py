"""The built files of the front end. Their names carry a hash of what is in them, so they never change."""

from flask import Blueprint, Response, abort, request

from bitrix_app import runtime
from bitrix_app.shell import compressed, content_type

FOREVER = "public, max-age=31536000, immutable"


def register(doors: Blueprint) -> None:
    """/assets/<name>."""
    doors.add_url_rule("/assets/<path:name>", "asset", _asset, methods=["GET"])


def _asset(name: str) -> Response:
    file = runtime.shell().asset(name)
    if file is None:
        abort(404)
    packed = (
        compressed(file, file.stat().st_mtime_ns) if request.accept_encodings.best_match(["gzip"]) else None
    )
    response = Response(packed if packed is not None else file.read_bytes(), mimetype=content_type(file))
    if packed is not None:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOREVER
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
