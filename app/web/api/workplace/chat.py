"""One conversation: its words, what is known of its client, what was read."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.storage.database import reading
from app.storage.queries import channels
from app.storage.queries import desk as queries
from app.web.api.spec import Told, call
from app.web.api.workplace.shapes import Chat
from app.web.caller import caller, services
from app.web.desk import known, rights
from app.web.desk.answering import answering, begin
from app.web.desk.may import may
from app.web.desk.rows import names, row
from app.web.desk.talk import Talk
from app.web.files import links

FRESH = timedelta(minutes=2)
"""So long a letter that UIS has is shown until it is seen as a message."""
MessageId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Part(BaseModel):
    """Which messages: the last ones, or the last ones before a message."""

    before: MessageId | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


class Read(Told):
    """The last message that the user has before his eyes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"message_id": 623010897}]})

    message_id: MessageId


@call("GET", "/workplace/chats/<int:chat_id>", answer=Chat, open_to="user", fails=(403, 404, 503))
def chat(chat_id: int, query: Part) -> Any:
    """A conversation with its last messages, and letters that are on their way to the client."""
    keys = rights.card_keys()
    now = services().clock.now()
    with services().sessions() as session:
        found = rights.visible(reading(session), chat_id, keys)
        here = rights.desk(session)
        people = names(session, here.installation_id)
        page = queries.messages(session, found.id, query.before, query.limit + 1)
        shown = page[: query.limit]
        last = queries.last_words(session, [found]).get(found.id)
        seen = queries.seen(session, here.person.user_id, [found.id]).get(found.id, 0)
        talk = Talk(session, here, people, found, links(services()))
        letters = queries.letters(session, found.id, now - FRESH) if query.before is None else ()
        channel = channels.one(session, here.installation_id, found.channel_id)
        return row(here, people, found, last, seen, now) | {
            "messages": talk.messages(shown),
            "older": shown[-1].message_id if len(page) > query.limit else None,
            "letters": talk.letters(letters),
            "visitor": known.visitor(found, here.lang),
            "source": known.source(found, here.lang),
            "cards": known.cards(found, here.who.installation.portal_url),
            "answering": answering(session, here, found.id, now),
            "may": may(here, found, channel, now),
            "visits": found.visitor_id is not None,
        }


@call("POST", "/workplace/chats/<int:chat_id>/seen", open_to="user", status=204, fails=(403, 404, 503))
def see(chat_id: int, json: Read) -> Any:
    """The user has read up to a message."""
    keys = rights.card_keys()
    with services().sessions.begin() as session:
        found = rights.visible(session, chat_id, keys)
        queries.see(session, found, rights.desk(session).person.user_id, json.message_id)
    return "", 204


@call("POST", "/workplace/chats/<int:chat_id>/answering", open_to="operator", status=204, fails=(404, 503))
def is_answering(chat_id: int) -> Any:
    """The operator is writing here; colleagues see it for some seconds, so the page says it again while he does."""
    keys, house = rights.card_keys(), services()
    with house.sessions.begin() as session:
        found = rights.visible(session, chat_id, keys)
        begin(session, found.id, rights.desk(session), house.clock.now())
    house.wake.news(caller().installation_id)
    return "", 204
