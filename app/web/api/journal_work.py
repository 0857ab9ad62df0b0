"""What an administrator does about entries of the journal: try again, see the backlog, set it aside."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update

from app.pipeline.retry import retry as retry_failed
from app.storage.database import reading
from app.storage.models import Conversation, Installation
from app.storage.queries import journal
from app.web import letters
from app.web.api.journal import Code, EntryId, stored
from app.web.api.spec import Told, call
from app.web.caller import caller, services
from app.web.problems import Problem


class Again(Told):
    """Which entries to try again: these, or all with this problem (`problem_code`)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": [5]}]})

    ids: Annotated[list[EntryId], Field(max_length=1000)] | None = None
    problem: Code | None = None


class Backlog(BaseModel):
    """How many conversations wait for their first decision, and when the earliest of them began."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"count": 12, "since": "2026-01-12T07:24:00+00:00"}]}
    )

    count: int
    since: datetime | None


class Count(BaseModel):
    """How many entries were changed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 1}]})

    count: int


@call("POST", "/journal/retry", answer=Count)
def retry(json: Again) -> Any:
    """Try failed entries again. Repeating the call changes nothing; what is in doubt is never sent again."""
    if (json.ids is None) == (json.problem is None):
        raise Problem(422, "ids_or_problem")
    house, who = services(), caller()
    with house.sessions.begin() as session:
        ids = json.ids
        if ids is None:
            same = stored(session, who, json.problem or "")
            ids = list(journal.ids_with_problems(session, who.installation_id, same))
        count = retry_failed(session, who.installation_id, ids, house.clock.now())
        sent = letters.again(session, who.installation_id, ids, house.clock.now())
    house.wake(who.installation_id)
    house.wake.mail(who.installation_id)
    return {"count": count or sent}


@call("GET", "/journal/backlog", answer=Backlog, open_to="admin")
def backlog() -> Any:
    """What has come in and is not decided yet: it piles up while Main is off."""
    with services().sessions() as session:
        count, oldest = journal.undecided(reading(session), caller().installation_id)
    return {"count": count, "since": oldest.isoformat() if oldest else None}


@call("POST", "/journal/set_aside", answer=Count)
def set_aside() -> Any:
    """Leave the backlog that waits now alone: it is not worked through when Main is switched on again."""
    house, installation_id = services(), caller().installation_id
    now = house.clock.now()
    waiting = (Conversation.installation_id == installation_id) & (Conversation.state == "waiting")
    with house.sessions.begin() as session:
        session.get_one(Installation, installation_id).set_aside_at = now
        query = (
            update(Conversation)
            .where(waiting, Conversation.decided < 0)
            .values(state="filtered", reason="set_aside", due_at=None, updated_at=now)
            .returning(Conversation.id)
        )
        count = len(session.scalars(query).all())
        letters.set_aside(session, installation_id, now)
    return {"count": count}
