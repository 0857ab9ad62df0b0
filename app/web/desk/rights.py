"""Who may what at the workplace. Every call of its API begins here."""

from dataclasses import dataclass
from typing import cast

from flask import g
from sqlalchemy.orm import Session

from app.base.texts import text
from app.domain.desk import Person
from app.pipeline.view import section
from app.rules.desk.cards import keys_of
from app.storage.database import reading
from app.storage.models import Conversation
from app.storage.queries import desk as queries
from app.web.caller import Caller, caller, services
from app.web.desk.cards import card_of
from app.web.desk.people import joiners, person
from app.web.problems import Problem


@dataclass(frozen=True, slots=True)
class Desk:
    """The caller, and who he is at the workplace."""

    who: Caller
    person: Person

    @property
    def installation_id(self) -> int:
        return self.who.installation_id

    @property
    def lang(self) -> str:
        return self.who.lang


def desk(session: Session) -> Desk:
    """The caller at the workplace. Raises Problem (403) while it is switched off."""
    if "desk" not in g:
        who = caller()
        if not section(session, who.installation_id, "workplace").get("enabled", True):
            raise Problem(403, "workplace_off")
        found = person(session, who.installation_id, who.session.user_id, admin=who.admin)
        g.desk = Desk(who, found)
    return cast(Desk, g.desk)


def operator(session: Session) -> int:
    """The UIS employee in whose name the caller acts. Raises Problem (403) naming who can join him to one."""
    here = desk(session)
    if here.person.employee_id is None:
        raise _no_pair(session, here)
    return here.person.employee_id


def require_operator() -> None:
    """Before anything else of a call: whether the caller acts in the name of an employee. Raises Problem (403)."""
    with services().sessions() as session:
        operator(reading(session))


def lists(session: Session) -> Desk:
    """For calls that show more than one card. Raises Problem (403) for users who are no operators."""
    here = desk(session)
    if not here.person.lists:
        raise _no_pair(session, here)
    return here


def visible(session: Session, chat_id: int, card_keys: frozenset[str]) -> Conversation:
    """A conversation that the caller may see: by the setting, by the card of his session, or by its link.

    `card_keys`: of `card_keys()`, which asks the portal and so comes before the session. Raises Problem (404), the same
    whether it is not there or not his to see.
    """
    here = desk(session)
    row = session.get(Conversation, chat_id) if chat_id < 2**63 else None
    if row is None or row.installation_id != here.installation_id:
        raise Problem(404, "no_chat")
    if row.kind == "chat" and here.person.sees(row.operator_id):
        return row
    if here.who.session.chat_id == row.id or of_card(session, row, card_keys):
        return row
    raise Problem(404, "no_chat")


def of_card(session: Session, row: Conversation, card_keys: frozenset[str]) -> bool:
    """Whether a conversation is of the client of the card."""
    return bool(card_keys) and bool(queries.keys_of(session, [row.id])[row.id] & card_keys)


def card_keys() -> frozenset[str]:
    """Keys of the client of the card that the session stands in; none outside of a card. Raises Problem (503)."""
    found = card_of(caller())
    return keys_of(found.card, found.own_numbers) if found else frozenset()


def _no_pair(session: Session, here: Desk) -> Problem:
    """The names of those who can help are part of the words, and given for links as well."""
    helpers = joiners(session, here.installation_id, here.who.installation.portal_url)
    names = ", ".join(str(row["name"]) for row in helpers)
    words = text("desk.ask_joiner", here.lang, names=names) if names else text("desk.ask_admin", here.lang)
    return Problem(403, "no_pair", detail=words, more={"joiners": helpers})
