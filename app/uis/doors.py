"""Where UIS calls us: verify, accept, answer. Chat API: "Обратные вызовы", v1 and v2."""

from typing import cast

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.base.texts import text
from app.pipeline.accept import accept
from app.storage.services import Services
from app.uis.fields import BadCallback, Fields
from app.uis.keys import dedup_key
from app.uis.parse import kind_of, read
from app.uis.verify import Refused, check_path, speaks_for, verify

MOST_BYTES = 1_000_000
_METHODS = ("POST", "PATCH", "DELETE")

blueprint = Blueprint("uis", __name__)


@blueprint.route("/uis/<key>/<path:path>", methods=_METHODS)
def callback(key: str, path: str) -> Response:
    """Any callback: 200 when it is committed (or was before), else 4xx in words and nothing is stored."""
    services = cast(Services, current_app.extensions["omni"])
    authorization = request.headers.get("Authorization")
    caller = verify(services, key, authorization)
    kind = _kind(path)
    body = _body()
    fields = Fields.load(body)
    event = read(kind, fields)
    check_path(path, fields)
    if not speaks_for(caller, kind, fields):
        # What is remembered may be older than the account: look before refusing.
        caller = verify(services, key, authorization, anew=True)
        if not speaks_for(caller, kind, fields):
            raise Refused(403, "uis.door.foreign_account")
    dedup = dedup_key(event, kind, body, services.clock.now())
    accept(services, caller.installation_id, source="uis", kind=kind, dedup_key=dedup, body=body)
    return Response(status=200, mimetype="text/plain")


def _kind(path: str) -> str:
    kind = kind_of(request.method, path)
    if kind is None:
        known = any(kind_of(method, path) for method in _METHODS)
        raise Refused(405 if known else 404, "uis.door.wrong_method" if known else "uis.door.unknown_path")
    return kind


def _body() -> bytes:
    request.max_content_length = MOST_BYTES
    return request.get_data(cache=False)


@blueprint.errorhandler(Refused)
def _refused(error: Refused) -> Response:
    return _answer(error.status, error.key)


@blueprint.errorhandler(BadCallback)
def _bad(error: BadCallback) -> Response:
    return _answer(400, "uis.door.bad_body", problem=str(error))


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_: RequestEntityTooLarge) -> Response:
    return _answer(413, "uis.door.too_large", most=MOST_BYTES)


def _answer(status: int, key: str, **params: object) -> Response:
    answer = jsonify({"error": text(key, request.headers.get("Accept-Language"), **params)})
    answer.status_code = status
    return answer
