"""Files of operators on their way in, and the file that a link opens."""

from typing import Annotated, Any, Literal

from flask import request
from pydantic import BaseModel, ConfigDict, Field

from app.base.file_links import FilePlace
from app.storage.database import reading
from app.storage.queries import channels, conversations
from app.uis.files import MOST_BYTES
from app.web.api.spec import call
from app.web.api.workplace.shapes import FileOf
from app.web.caller import caller, services
from app.web.desk import rights
from app.web.desk.attachment import receive, too_large
from app.web.desk.may import refuse, why_not
from app.web.desk.talk import file_of
from app.web.files import links
from app.web.problems import Problem


class Named(BaseModel):
    """What the file is called; paths and control characters are dropped."""

    name: Annotated[str, Field(min_length=1, max_length=500)]


class AttachedFile(BaseModel):
    """A file that was checked and that UIS has. `file` goes into a message of the same channel, within a day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"file": "eyJpIjoxfQ", "name": "счёт.pdf", "size": 48211, "kind": "document"}]
        }
    )

    file: str
    name: str
    size: int
    kind: Literal["photo", "video", "audio", "document"]


class OpenedFile(FileOf):
    """The file that the followed link opens; its address ends within two hours."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "счёт.pdf", "size": 48211, "view": "document", "url": "https://omni.example/files/x"}
            ]
        }
    )


@call(
    "POST", "/workplace/chats/<int:chat_id>/files", answer=AttachedFile, open_to="operator", upload=True,
    fails=(404, 409, 413, 503),
)  # fmt: skip
def attach(chat_id: int, query: Named) -> Any:
    """Take a file in: the body is the file itself, at most 20 MB."""
    keys, house = rights.card_keys(), services()
    with house.sessions() as session:
        rights.operator(reading(session))
        chat = rights.visible(session, chat_id, keys)
        here = rights.desk(session)
        channel = channels.one(session, here.installation_id, chat.channel_id)
        why = why_not(here, chat, channel, house.clock.now())
    if why or channel is None:
        raise refuse(here, why or "channel_left")
    if (request.content_length or 0) > MOST_BYTES:
        raise too_large()
    request.max_content_length = MOST_BYTES
    made = receive(house, here.installation_id, (channel.id, channel.adapter_id), query.name, request.stream)
    return {"file": made.token, "name": made.name, "size": made.size, "kind": made.kind}


@call("GET", "/workplace/file", answer=OpenedFile, open_to="user", fails=(403, 404, 503))
def opened_file() -> Any:
    """The file that the link of this session opens. Whether the user may have it was asked with his own token."""
    page = caller().session
    if page.chat_id is None or page.message_id is None:
        raise Problem(404, "no_file")
    keys = rights.card_keys()
    with services().sessions() as session:
        chat = rights.visible(reading(session), page.chat_id, keys)
        found = conversations.some_messages(session, [chat.id], [page.message_id])
    if not found or not found[0].resource:
        raise Problem(404, "no_file")
    place = FilePlace(chat.installation_id, chat.id, found[0].message_id)
    return file_of(found[0].resource, place, links(services()))
