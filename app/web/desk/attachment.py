"""Files that operators attach: received within limits, checked, and handed to UIS at once; nothing is kept here.

What UIS calls the file goes back to the page signed, so that nobody attaches what was not checked.
"""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException

from app.base.texts import text
from app.domain.file_names import safe_name
from app.domain.sendable import HEAD, NotSendable, kind_of, media_type
from app.storage.services import Services
from app.uis.connection import of_installation
from app.uis.errors import NoAnswer, UisError
from app.uis.files import MEGABYTE, MOST_BYTES
from app.uis.talk.chat import ChatApi
from app.web.desk.wrong import wrong
from app.web.problems import Problem, lang

MOST_SECONDS = 120.0
VALID_S = 24 * 3600
AT_ONCE = threading.BoundedSemaphore(4)
"""A slow sender keeps a thread: the others of the process stay free for everything else."""
_IN_MEMORY = 256_000
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that UIS has. `token`: what the page gives back with the message."""

    token: str
    name: str
    size: int
    kind: str


def receive(
    services: Services, installation_id: int, channel: tuple[int, int], name: str, stream: IO[bytes]
) -> Attached:
    """Take a file in and hand it to UIS. `channel`: id of the set-up list, and the adapter's.

    Raises Problem: 413, 422 with the field, 503 while too many are under way or UIS does not answer.
    """
    told = safe_name(name)
    with _turn(), tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as content:
        size = _collect(stream, content)
        content.seek(0)
        head = content.read(HEAD)
        content.seek(0)
        try:
            kind = kind_of(told, head)
        except NotSendable as refused:
            raise wrong("file", refused.refusal, name=told) from None
        resource = _hand_over(
            services, installation_id, channel[1], kind, told, content, media_type(kind, told, head)
        )
    kept = {"i": installation_id, "c": channel[0], "r": resource}
    return Attached(token=str(_serializer(services).dumps(kept)), name=told, size=size, kind=kind)


def opened(services: Services, token: str, installation_id: int, channel_id: int) -> dict[str, Any]:
    """The file of a token as letters hold it. Raises Problem (422)."""
    try:
        kept = _serializer(services).loads(token, max_age=VALID_S)
    except BadData:
        raise wrong("file", "file_token") from None
    if (kept.get("i"), kept.get("c")) != (installation_id, channel_id):
        raise wrong("file", "file_token")
    return {"name": kept["r"].get("name"), "resource": kept["r"]}


def _collect(stream: IO[bytes], content: IO[bytes]) -> int:
    """Everything that comes, within the limits of size and time; large files wait on the disk, not in memory."""
    until, size = time.monotonic() + MOST_SECONDS, 0
    try:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > MOST_BYTES:
                raise too_large()
            if time.monotonic() > until:
                raise wrong("file", "file_slow", seconds=int(MOST_SECONDS))
            content.write(piece)
    except HTTPException as error:
        if error.code == 413:
            raise too_large() from None
        raise wrong("file", "file_broken") from None
    except OSError:
        raise wrong("file", "file_broken") from None
    return size


def _hand_over(
    services: Services, installation_id: int, adapter_channel: int, kind: str, name: str, content: IO[bytes], mime: str
) -> dict[str, Any]:  # fmt: skip
    """Uploading shows nothing to the client, so a lost answer does no harm. Raises Problem (422, 503)."""
    connection = of_installation(services, installation_id)
    if connection is None:
        raise Problem(503, "uis_away")
    try:
        return ChatApi(services, connection).upload(adapter_channel, kind, name, content, mime)
    except NoAnswer:
        raise Problem(503, "uis_away") from None
    except UisError as error:
        words = error.words(lang())
        raise Problem(422, "not_valid", detail=words, errors=[{"field": "file", "message": words}]) from None


def too_large() -> Problem:
    """413, with the limit in words."""
    return Problem(
        413, "file_too_large", detail=text("desk.file_too_large", lang(), most=MOST_BYTES // MEGABYTE)
    )


@contextmanager
def _turn() -> Iterator[None]:
    if not AT_ONCE.acquire(timeout=2.0):
        raise Problem(503, "files_busy")
    try:
        yield
    finally:
        AT_ONCE.release()


def _serializer(services: Services) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(list(reversed(services.config.secret_keys)), salt="desk-file")
