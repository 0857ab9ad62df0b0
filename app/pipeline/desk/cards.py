"""Cards of the CRM that conversations belong to: their tabs find the conversations by keys.

A converted lead or a merged entity keeps its key: whoever opens the old card still finds what was said.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.card import card_key
from app.pipeline.desk import triggers
from app.storage.models import Conversation
from app.storage.queries import conversations, news

Entities = Mapping[str, int]


def entities_of(row: Conversation) -> dict[str, int]:
    """Kind -> id of what a conversation belongs to."""
    return dict(row.ledger.get("entities", {}))


def link(
    session: Session, installation_id: int, changed: Iterable[tuple[Conversation, Entities]], now: datetime
) -> int:
    """Note where conversations belong now; each with its entities before. Both lanes are held by the caller.

    Returns how many letters this is reason for: wake the portal's mail after the commit.
    """
    moved = [row for row, before in changed if entities_of(row) != before]
    if not moved:
        return 0
    keys = {
        row.id: frozenset(card_key(kind, number) for kind, number in entities_of(row).items() if number)
        for row in moved
    }
    conversations.keep_keys(session, installation_id, keys)
    posted = triggers.fire(session, installation_id, moved, now)
    news.tell(session, installation_id, keys)
    return posted
