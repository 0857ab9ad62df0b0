"""Quick replies: ready answers of the portal, kept by administrators, filled with what is known of the client.

Bitrix24 documents no method for the quick replies of its Open Lines, so ours are kept here (decision 0047).
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.domain.settings.base import Template
from app.rules.titles import TitleError, fill
from app.storage.database import reading
from app.storage.models import QuickReply
from app.storage.queries import replies
from app.web.api.spec import Told, call
from app.web.caller import caller, services
from app.web.desk import rights

ChatId = Annotated[int, Field(ge=1, le=2**63 - 1)]
_REPLY: dict[str, Any] = {"title": "Приветствие", "text": "Здравствуйте, {{ visitor.name }}!"}


class Reply(Told):
    """A ready answer; its text is Liquid over the source fields of a conversation."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REPLY]})

    title: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
    text: Annotated[Template, Field(min_length=1)]


class Replies(Told):
    """All of them, in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_REPLY]}]})

    items: Annotated[list[Reply], Field(max_length=300)]


class ReplyRow(BaseModel):
    """A ready answer. `filled`: its text for the conversation that was named; null where it cannot be filled."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": 1, **_REPLY, "filled": "Здравствуйте, Пётр!"}]}
    )

    id: int
    title: str
    text: str
    filled: str | None


class Of(BaseModel):
    """The conversation whose client is named in the texts."""

    chat: ChatId | None = None


@call("GET", "/workplace/replies", answer=list[ReplyRow], open_to="user", fails=(403, 404, 503))
def read(query: Of) -> Any:
    """Quick replies, filled for a conversation."""
    keys = rights.card_keys() if query.chat else frozenset[str]()
    with services().sessions() as session:
        rights.desk(reading(session))
        chat = rights.visible(session, query.chat, keys) if query.chat else None
        rows = replies.all_of(session, caller().installation_id)
    facts = chat.facts if chat else {}
    return [
        {"id": row.id, "title": row.title, "text": row.text, "filled": _filled(row, facts) if chat else None}
        for row in rows
    ]


@call("PUT", "/workplace/replies", answer=list[ReplyRow], open_to="admin")
def write(json: Replies) -> Any:
    """Replace all of them."""
    with services().sessions.begin() as session:
        pairs = [(item.title, item.text) for item in json.items]
        rows = replies.replace(session, caller().installation_id, pairs)
        return [{"id": row.id, "title": row.title, "text": row.text, "filled": None} for row in rows]


def _filled(row: QuickReply, facts: Any) -> str | None:
    try:
        return fill(row.text, facts)
    except TitleError:
        return None
