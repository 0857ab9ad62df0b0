"""What became of letters: sent again or given up by a person's word, and notes for the card."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field
from sqlalchemy.orm import Session

from app.domain.card import card_key
from app.domain.mail import Exit, Kind, LetterState
from app.domain.settings.base import no_nul
from app.storage.models import MailWork, OutboxRow
from app.storage.queries import desk as queries
from app.storage.queries import news, work
from app.web.api.spec import Told, call
from app.web.api.workplace.answer import Id, Key
from app.web.api.workplace.shapes import LetterRow
from app.web.caller import caller, services
from app.web.desk import known, rights
from app.web.desk.letters import letter_row
from app.web.desk.may import refuse
from app.web.desk.posting import Written, post, woken
from app.web.desk.rows import names
from app.web.problems import Problem

TROUBLED = (LetterState.FAILED, LetterState.IN_DOUBT)
ENDED = (*TROUBLED, LetterState.WAITING)


class CardOf(Told):
    """A card of the conversation."""

    type: Annotated[str, Field(max_length=32)]
    id: Id


class Note(Told):
    """Words for colleagues, written into the timeline of the card; null: into every card of the conversation."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"key": "2f1c0a55", "text": "Просит скидку", "card": None}]}
    )

    key: Key
    text: Annotated[str, Field(min_length=1, max_length=4_000), AfterValidator(no_nul)]
    card: CardOf | None = None


@call(
    "POST", "/workplace/letters/<int:letter_id>/again", answer=LetterRow, status=202, open_to="operator",
    fails=(404, 409, 503),
)  # fmt: skip
def again(letter_id: int) -> Any:
    """Send a letter again that was refused or is in doubt: the client may get what is in doubt twice."""
    return _change(letter_id, TROUBLED, LetterState.WAITING), 202


@call(
    "DELETE", "/workplace/letters/<int:letter_id>", answer=LetterRow, open_to="operator", fails=(404, 409, 503)
)  # fmt: skip
def drop(letter_id: int) -> Any:
    """Give a letter up that did not leave, was refused or is in doubt."""
    return _change(letter_id, ENDED, LetterState.DROPPED)


def _change(letter_id: int, from_: tuple[LetterState, ...], to: LetterState) -> dict[str, Any]:
    keys, house = rights.card_keys(), services()
    with house.sessions.begin() as session:
        rights.operator(session)
        here = rights.desk(session)
        # The lane that carries letters writes under the same lock: a letter is not taken back while it leaves.
        work.hold(session, here.installation_id, MailWork)
        row = _own(session, here, letter_id, keys)
        if row.state not in from_:
            raise Problem(409, "letter_moved")
        now = house.clock.now()
        row.state, row.problem, row.look_at, row.attempts = to, None, None, 0
        row.settled_at = now if to == LetterState.DROPPED else None
        if to == LetterState.WAITING:
            work.due_by(session, here.installation_id, now, MailWork)
        news.tell(session, here.installation_id, [row.conversation_id] if row.conversation_id else [])
        told = letter_row(row, here, names(session, here.installation_id), None)
    woken(house, caller().installation_id)
    return told


def _own(session: Session, here: rights.Desk, letter_id: int, keys: frozenset[str]) -> OutboxRow:
    """A letter that the caller may see: of a conversation of his, or a first message of his or of his card."""
    row = queries.letter(session, here.installation_id, letter_id) if letter_id < 2**63 else None
    if row is None or row.exit not in queries.EXITS or row.kind not in queries.OF_OPERATORS:
        raise Problem(404, "no_letter")
    if row.conversation_id is not None:
        rights.visible(session, row.conversation_id, keys)
        return row
    card = row.body.get("card") or {}
    of_card = bool(card) and card_key(str(card.get("type")), int(card.get("id", 0))) in keys
    if row.author_id != here.person.user_id and not of_card and not here.person.admin:
        raise Problem(404, "no_letter")
    return row


@call(
    "POST", "/workplace/chats/<int:chat_id>/notes", answer=list[LetterRow], status=202, open_to="operator",
    fails=(404, 409, 503),
)  # fmt: skip
def note(chat_id: int, json: Note) -> Any:
    """Write a note into the cards of the conversation."""
    keys, house = rights.card_keys(), services()
    with house.sessions.begin() as session:
        rights.operator(session)
        chat = rights.visible(session, chat_id, keys)
        here = rights.desk(session)
        cards = {(row["type"], row["id"]) for row in known.cards(chat, "")}
        wanted = {(json.card.type, json.card.id)} if json.card else cards
        if not wanted or not wanted <= cards:
            raise refuse(here, "no_card")
        people = names(session, here.installation_id)
        told = []
        for kind, number in sorted(wanted):
            body = {"card": {"type": kind, "id": number}, "text": json.text, "author": here.person.name}
            order = Written(kind=Kind.NOTE, key=f"{json.key}:{kind}:{number}", body=body, exit=Exit.PORTAL)
            told.append(letter_row(post(session, house, here, chat, order), here, people, None))
    woken(house, caller().installation_id)
    return told, 202
