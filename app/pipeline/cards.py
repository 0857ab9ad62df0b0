"""Cards of the CRM that conversations belong to: their tabs find the conversations by keys.

A converted lead or a merged entity keeps its key: whoever opens the old card still finds what was said.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from app.domain.card import card_key
from app.storage.models import Conversation
from app.storage.queries import conversations, news

Entities = Mapping[str, int]


def entities_of(row: Conversation) -> dict[str, int]:
    """Kind -> id of what a conversation belongs to."""
    return dict(row.ledger.get("entities", {}))


def link(session: Session, installation_id: int, changed: Iterable[tuple[Conversation, Entities]]) -> None:
    """Note where conversations belong now; each with its entities before."""
    keys = {
        row.id: frozenset(card_key(kind, number) for kind, number in entities_of(row).items() if number)
        for row, before in changed
        if entities_of(row) != before
    }
    if keys:
        conversations.keep_keys(session, installation_id, keys)
        news.tell(session, installation_id, keys)
