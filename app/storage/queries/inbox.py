"""The inbox: storing what came, and reading what is not folded in yet."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Connection, Insert, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.storage.models import InboxRow

_TABLE = cast(Table, InboxRow.__table__)


def store(
    connection: Connection,
    *,
    installation_id: int,
    source: str,
    kind: str,
    dedup_key: str,
    body: bytes,
    now: datetime,
) -> bool:
    """Insert an event; False when its key is known already. Served by the unique key.

    Takes a connection (`session.connection()` where there is a session): this is the door's way, and a session
    would cost more than the statement.
    """
    row = {
        "installation_id": installation_id, "source": source, "kind": kind, "dedup_key": dedup_key,
        "body": body, "state": "new", "received_at": now,
    }  # fmt: skip
    return connection.execute(_insert(connection.dialect.name), row).rowcount == 1


@cache
def _insert(dialect: str) -> Insert:
    """Made once, so that its compiled form is found again; `inline` keeps the count of rows reliable."""
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(_TABLE).on_conflict_do_nothing().inline()


def pending(session: Session, installation_id: int, limit: int) -> Sequence[InboxRow]:
    """Rows not folded in yet, in the order of their arrival. Served by ix_inbox_pending."""
    query = (
        select(InboxRow)
        .where(InboxRow.installation_id == installation_id, InboxRow.state == "new")
        .order_by(InboxRow.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def has_pending(session: Session, installation_id: int) -> bool:
    """Whether anything waits. Served by ix_inbox_pending."""
    return bool(pending(session, installation_id, 1))


def mark_done(session: Session, ids: Sequence[int]) -> None:
    """These rows are folded in. Served by the primary key."""
    if ids:
        session.execute(update(InboxRow).where(InboxRow.id.in_(ids)).values(state="done"))


def mark_failed(session: Session, row_id: int, problem: str) -> None:
    """This row cannot be understood; it stays for an engineer to see."""
    session.execute(update(InboxRow).where(InboxRow.id == row_id).values(state="failed", problem=problem))
