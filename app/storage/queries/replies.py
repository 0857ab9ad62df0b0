"""Quick replies of a portal."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.storage.models import QuickReply


def all_of(session: Session, installation_id: int) -> Sequence[QuickReply]:
    """In their order. Served by ix_quick_reply_installation_id_place."""
    query = select(QuickReply).where(QuickReply.installation_id == installation_id)
    return session.scalars(query.order_by(QuickReply.place, QuickReply.id)).all()


def replace(session: Session, installation_id: int, pairs: Sequence[tuple[str, str]]) -> list[QuickReply]:
    """Put these (title, text) in place of all that there are."""
    session.execute(delete(QuickReply).where(QuickReply.installation_id == installation_id))
    rows = [
        QuickReply(installation_id=installation_id, place=place, title=title, text=text)
        for place, (title, text) in enumerate(pairs)
    ]
    session.add_all(rows)
    session.flush()
    return rows
