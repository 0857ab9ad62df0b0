"""What is new: asked every second by every open page, answered from memory."""

import threading
import time
from dataclasses import dataclass
from typing import Annotated, Any, cast

from flask import current_app
from pydantic import BaseModel, ConfigDict, Field

from app.base.sessions import PageSession
from app.domain.desk import Person
from app.rules.desk.cards import keys_of
from app.storage.database import reading
from app.web.api.spec import call
from app.web.api.workplace.shapes import Answering
from app.web.caller import living_installation, page_session, services
from app.web.desk.answering import alive
from app.web.desk.cards import book
from app.web.desk.people import person
from app.web.desk.watch import Change, Watch

KNOWN_S = 300.0
"""So long it is remembered who a user is: what is told here are numbers, what they stand for is asked for by right."""
MOST = 20_000


class Since(BaseModel):
    """`version` of the answer before; absent: from now on. `chat`: the one that is open, for who writes there."""

    since: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    chat: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class Updates(BaseModel):
    """What happened since. `reset`: too much, so the list is to be read again from its beginning."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": 118,
                    "reset": False,
                    "changed": [5],
                    "others": [9],
                    "answering": [{"user_id": 9, "name": "Ольга Ким"}],
                }
            ]
        }
    )

    version: int
    reset: bool
    changed: list[int] = Field(description="conversations of this user's lists, or of the card, that changed")
    others: list[int] = Field(description="others that changed: of interest only while the page shows them")
    answering: list[Answering]


@dataclass(frozen=True, slots=True)
class _Known:
    """Who a user is, until when that is believed."""

    person: Person
    until: float


class KnownPeople:
    """Users of this process's pages."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, int, bool], _Known] = {}

    def get(self, page: PageSession) -> Person:
        """Reads the database for a user who is not known yet. Raises Problem (401) for a portal that is gone."""
        key = (page.installation_id, page.user_id, page.admin)
        with self._lock:
            found = self._kept.get(key)
        if found is not None and found.until > time.monotonic():
            return found.person
        living_installation(page)
        with services().sessions() as session:
            who = person(reading(session), page.installation_id, page.user_id, admin=page.admin)
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = _Known(who, time.monotonic() + KNOWN_S)
        return who


@call("GET", "/workplace/updates", answer=Updates, open_to="watcher")
def updates(query: Since) -> Any:
    """What is new since the last answer."""
    page = page_session()
    who = cast(KnownPeople, current_app.extensions.setdefault("omni.people", KnownPeople())).get(page)
    told = cast(Watch, current_app.extensions["omni.watch"]).look(page.installation_id, query.since)
    mine, others = _sorted(page, who, told.changes)
    writing = alive(told.answering, query.chat, who.user_id, services().clock.now()) if query.chat else []
    return {
        "version": told.version,
        "reset": told.reset,
        "changed": mine,
        "others": others,
        "answering": writing,
    }


def _sorted(page: PageSession, who: Person, changes: tuple[Change, ...]) -> tuple[list[int], list[int]]:
    """Those that concern this page, and the rest, each once."""
    keys = _card_keys(page)
    mine: dict[int, bool] = {}
    others: dict[int, bool] = {}
    for change in changes:
        if keys is not None:
            concerns = bool(change.keys & keys)
        else:
            concerns = page.entity_type is not None or who.sees(change.operator_id)
        (mine if concerns or change.chat_id == page.chat_id else others)[change.chat_id] = True
    return list(mine), [number for number in others if number not in mine] if who.lists else []


def _card_keys(page: PageSession) -> frozenset[str] | None:
    """Keys of the card of the page, None outside of a card, and when no call of it came to this process yet."""
    if page.entity_type is None or page.entity_id is None:
        return None
    found = book().known((page.installation_id, page.entity_type, page.entity_id))
    return keys_of(found.card, found.own_numbers) if found else None
