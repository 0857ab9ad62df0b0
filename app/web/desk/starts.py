"""First messages that did not become a chat yet: they have no conversation to be shown in."""

from typing import Any

from sqlalchemy.orm import Session

from app.storage.models import OutboxRow
from app.storage.queries import desk as queries
from app.web.desk.letters import letter_row
from app.web.desk.rights import Desk
from app.web.desk.rows import names


def starts_of(session: Session, here: Desk) -> list[dict[str, Any]]:
    """`LetterRow` of those that concern the card of the session, or were written by the user."""
    rows = [row for row in queries.starts(session, here.installation_id) if _concerns(here, row)]
    if not rows:
        return []
    people = names(session, here.installation_id)
    return [letter_row(row, here, people, None) for row in rows]


def _concerns(here: Desk, row: OutboxRow) -> bool:
    page = here.who.session
    card = row.body.get("card") or {}
    if page.entity_type is not None:
        return (card.get("type"), card.get("id")) == (page.entity_type, page.entity_id)
    return row.author_id == here.person.user_id
