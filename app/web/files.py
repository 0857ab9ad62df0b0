"""`GET /files/<signed>`: a file of a message, for those who have its link. See `app.base.file_links`.

Whatever the file is, a browser saves it and never shows it as a page of ours.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from flask import Blueprint, Response, request, send_file

from app.base.file_links import FileLinks, FilePlace, LinkInvalid, LinkOfRecord, LinkOver
from app.base.texts import text
from app.storage.database import reading
from app.storage.models import Installation, InstallationState
from app.storage.services import Services
from app.uis.errors import NoAnswer, UisError
from app.uis.files import fetch
from app.web.caller import services
from app.web.problems import lang

log = structlog.get_logger()
blueprint = Blueprint("files", __name__)
AT_ONCE = threading.BoundedSemaphore(8)
"""A file may take half a minute: the other threads of the process stay free for everything else."""
STATUS = {"file_unknown": 404, "missing": 404, "not_connected": 404, "file_too_large": 413, "file_slow": 504}


class Busy(Exception):
    """Too many files are being fetched already."""


@blueprint.get("/files/<signed>")
def give(signed: str) -> Response:
    """The file as an attachment, else one line that says what is wrong."""
    house = services()
    try:
        place = links(house).read(signed)
        if request.method == "HEAD":
            return Response(status=200)
        with _turn():
            file = fetch(house, place)
    except LinkOfRecord as link:
        return _into_portal(house, link.place)
    except LinkInvalid:
        return _line(404, text("files.unknown", lang()))
    except LinkOver:
        return _line(410, text("files.over", lang()))
    except Busy:
        return _line(503, text("files.busy", lang()))
    except UisError as error:
        log.info("file_not_given", code=error.code)
        return _line(504 if isinstance(error, NoAnswer) else STATUS.get(error.code, 502), error.words(lang()))
    answer = send_file(file.content, mimetype=file.kind, as_attachment=True, download_name=file.name)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _into_portal(house: Services, place: FilePlace) -> Response:
    """A link of a record leads to our page in the portal, which asks who opens it."""
    with house.sessions() as session:
        row = reading(session).get(Installation, place.installation_id)
        if row is None or row.state == InstallationState.REMOVED:
            return _line(404, text("files.unknown", lang()))
        address = links(house).lasting(place, row.portal_url)
    answer = Response(status=302, headers={"Location": address})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def links(house: Services) -> FileLinks:
    """Maker and reader of links."""
    return FileLinks(house.config, house.clock)


@contextmanager
def _turn() -> Iterator[None]:
    if not AT_ONCE.acquire(timeout=1.0):
        raise Busy
    try:
        yield
    finally:
        AT_ONCE.release()


def _line(status: int, words: str) -> Response:
    response = Response(words + "\n", status, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response
