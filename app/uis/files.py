"""Files of messages, fetched from UIS when somebody opens them: nothing is kept here.

A callback names a resource of the Chat API (id and token); a row of the report has an address (`file_url`).
Chat API: "Получение данных ресурса"; Data API: get.chat_messages_report.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import select

from app.base.file_links import FilePlace
from app.base.http import AddressRefused
from app.domain.file_names import safe_name, sniffed
from app.storage.models import (
    Conversation,
    Installation,
    InstallationState,
    Message,
    UisChannel,
    UisConnection,
)
from app.storage.services import Services
from app.uis.connection import by_id
from app.uis.errors import NoAnswer, UisError
from app.uis.talk.chat import ChatApi
from app.uis.wire import check_length

MEGABYTE = 1_000_000
MOST_BYTES = 20 * MEGABYTE
MOST_SECONDS = 30.0
_IN_MEMORY = 1_000_000
_CHUNK = 16 * 1024
_GONE = (InstallationState.DISABLED, InstallationState.REMOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """A whole file: `content` stands at its beginning, `kind` is its media type by its first bytes."""

    name: str
    kind: str
    content: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a message tells of its file, and through which connection and channel it may be fetched."""

    resource: dict[str, Any]
    connection_id: int
    channel_id: int | None


def fetch(
    services: Services, place: FilePlace, most: int | None = None, seconds: float | None = None
) -> FetchedFile:
    """The file of a message, in full, before a byte of it is passed on: at most MOST_BYTES in MOST_SECONDS, or less.

    Raises UisError: file_unknown, file_too_large, file_slow, missing, and whatever UIS answers; NoAnswer.
    """
    most, seconds = most or MOST_BYTES, seconds or MOST_SECONDS
    told = _look_up(services, place)
    size = told.resource.get("size")
    if isinstance(size, int) and size > most:
        raise UisError("file_too_large", most=most // MEGABYTE)
    content = collect(_pieces(services, told, most), most, seconds)
    head = content.read(16)
    content.seek(0)
    name = told.resource.get("name") or told.resource.get("file_name")
    return FetchedFile(name=safe_name(name), kind=sniffed(head), content=content)


def _look_up(services: Services, place: FilePlace) -> _Told:
    query = (
        select(Message.resource, UisConnection.id, UisChannel.adapter_channel_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Installation, Installation.id == Conversation.installation_id)
        .join(UisConnection, UisConnection.installation_id == Installation.id)
        .outerjoin(
            UisChannel,
            (UisChannel.connection_id == UisConnection.id)
            & (UisChannel.chat_channel_id == Conversation.channel_id),
        )
        .where(
            Installation.id == place.installation_id, Installation.state.not_in(_GONE),
            Conversation.id == place.conversation_id, Message.message_id == place.message_id,
        )
    )  # fmt: skip
    with services.sessions() as session:
        row = session.execute(query).first()
    if row is None or not row[0]:
        raise UisError("file_unknown")
    return _Told(resource=row[0], connection_id=row[1], channel_id=row[2])


def _pieces(services: Services, told: _Told, most: int) -> Iterator[bytes]:
    resource = told.resource
    if isinstance(resource.get("id"), int) and resource.get("token") and told.channel_id is not None:
        api = ChatApi(services, by_id(services, told.connection_id))
        return api.download(told.channel_id, resource["id"], str(resource["token"]), most)
    if isinstance(resource.get("file_url"), str):
        return _from_address(services, resource["file_url"], most)
    raise UisError("file_unknown")


def _from_address(services: Services, url: str, most: int) -> Iterator[bytes]:
    """An address that UIS wrote into a report: any public host, checked like every outgoing request."""
    host = urlsplit(url).netloc
    try:
        response = services.http.request("GET", url, stream=True, timeout=MOST_SECONDS)
    except AddressRefused:
        raise UisError("address_refused", host=host) from None
    except requests.RequestException:
        raise NoAnswer(host) from None
    with closing(response):
        if response.status_code in (403, 404, 410):
            raise UisError("missing", problem=str(response.status_code))
        if response.status_code != 200:
            raise UisError("unexpected_answer", host=host, status=response.status_code)
        check_length(response, most)
        yield from response.iter_content(_CHUNK)


def collect(pieces: Iterator[bytes], most: int = MOST_BYTES, seconds: float = MOST_SECONDS) -> IO[bytes]:
    """Everything, within the limits of size and time; large files wait on the disk, not in memory.

    Raises UisError (file_too_large, file_slow), NoAnswer, and what `pieces` raises.
    """
    content = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (the answer closes it)
    until, size = time.monotonic() + seconds, 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > most:
                raise UisError("file_too_large", most=most // MEGABYTE)
            if time.monotonic() > until:
                raise UisError("file_slow", seconds=int(seconds))
            content.write(piece)
    except requests.RequestException:
        content.close()
        raise NoAnswer("UIS") from None
    except UisError:
        content.close()
        raise
    content.seek(0)
    return content
