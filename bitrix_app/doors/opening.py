"""What a frame opens: a card of the CRM, a conversation, a file; and whether its user may see it.

Bitrix24: widgets/crm/detail-tab (`PLACEMENT_OPTIONS.ID`), widgets/universal/app-url (`params[...]` of a link),
crm/timeline/activities/configurable/structure/action (`actionParams` of our activity's button). All of it is the
caller's word: rights are asked with the user's own token.
"""

from dataclasses import dataclass, replace
from typing import Literal

import structlog
from sqlalchemy.orm import Session

from app.base.file_links import PARAMETER, FileLinks, FilePlace, LinkInvalid
from app.pipeline.desk.cards import entities_of
from app.storage.database import reading
from app.storage.models import Conversation, Installation
from app.storage.queries import conversations
from app.web.caller import services
from app.web.desk.people import person
from bitrix_app import manifest, runtime
from bitrix_app.desk.cards import readable
from bitrix_app.errors import BitrixError
from bitrix_app.verify import VerifiedFrame

log = structlog.get_logger()
KINDS = ("chat", "offline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the session of a frame gets. `verdict` of a card or conversation: "open", "refused" or "away".

    `card`: kind and id, only when the user may read it; `message_id`: the message whose file is to be opened.
    """

    card: tuple[str, int] | None = None
    verdict: Literal["open", "refused", "away"] | None = None
    chat_id: int | None = None
    message_id: int | None = None


def opening(frame: VerifiedFrame, installation: Installation) -> Opening:
    """What this frame opens for its user."""
    try:
        if (kind := manifest.entity_of(frame.placement)) is not None:
            return _card(frame, kind)
        return _link(frame, installation)
    except BitrixError as error:
        log.info("right_not_asked", portal=installation.id, error=type(error).__name__)
        return Opening(verdict="away")


def _card(frame: VerifiedFrame, kind: str) -> Opening:
    number = _number(frame.options.get("ID"))
    if not number:
        return Opening()  # a card that was not saved yet
    card = _first_readable(frame, [(kind, number)])
    return Opening(card=card, verdict="open" if card else "refused")


def _link(frame: VerifiedFrame, installation: Installation) -> Opening:
    """A link into the application, or the button of an activity."""
    place = _file(frame, installation)
    with services().sessions() as session:
        chat = _conversation(reading(session), frame, installation, place)
        if chat is None:
            return Opening(verdict="refused") if _names_something(frame) else Opening()
        who = person(session, installation.id, frame.user.info.user_id, admin=frame.user.admin)
    found = Opening(verdict="open", chat_id=chat.id, message_id=place.message_id if place else None)
    if who.sees(chat.operator_id):
        return found
    card = _first_readable(frame, _cards(chat))
    return replace(found, card=card) if card else Opening(verdict="refused")


def _conversation(
    session: Session, frame: VerifiedFrame, installation: Installation, place: FilePlace | None
) -> Conversation | None:
    """By our number (`chat`, `file`), or by that of UIS (`conversation`: "chat:2045")."""
    number = place.conversation_id if place else _number(frame.options.get("chat"))
    if number:
        row = session.get(Conversation, number)
        return row if row is not None and row.installation_id == installation.id else None
    kind, _, source = str(frame.options.get("conversation", "")).partition(":")
    if kind not in KINDS or not (source_id := _number(source)):
        return None
    return conversations.by_source(session, installation.id, kind, [source_id]).get(source_id)


def _names_something(frame: VerifiedFrame) -> bool:
    return any(frame.options.get(name) for name in ("chat", "conversation", "file"))


def _file(frame: VerifiedFrame, installation: Installation) -> FilePlace | None:
    """The signed name of a file, whatever its end: here the user is asked about, not the link."""
    try:
        links = FileLinks(services().config, services().clock)
        place = links.named(str(frame.options.get(PARAMETER, "")))
    except LinkInvalid:
        return None
    return place if place.installation_id == installation.id else None


def _cards(chat: Conversation) -> list[tuple[str, int]]:
    found = list(entities_of(chat).items())
    return [*found, (str(chat.card["type"]), int(chat.card["id"]))] if chat.card else found


def _first_readable(frame: VerifiedFrame, cards: list[tuple[str, int]]) -> tuple[str, int] | None:
    """The first of the cards that the user may read. Raises BitrixError."""
    answers = readable(services(), runtime.limiter(), frame.user, cards) if cards else []
    return next((card for card, may in zip(cards, answers, strict=True) if may), None)


def _number(value: object) -> int:
    """A positive number of at most 17 digits, else 0."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0
