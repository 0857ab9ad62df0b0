"""The inbox: storing what came, and reading what is not folded in yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast

from sqlalchemy import Connection, Select, Table, select, union_all, update
from sqlalchemy.orm import Session

from app.storage.models import InboxRow
from app.storage.queries import driver

RANGES = 50
"""Ranges of keys in one statement."""
_TABLE = cast(Table, InboxRow.__table__)
_INSERT = (
    "INSERT INTO inbox (installation_id, source, kind, dedup_key, body, state, received_at) VALUES {rows}"
    " ON CONFLICT DO NOTHING RETURNING installation_id, dedup_key"
)
_VALUES = "(?, ?, ?, ?, ?, 'new', ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An event to store. `source`: "uis", "bitrix", "poll" or "desk"; `body`: as received; `now`: aware."""

    installation_id: int
    source: str
    kind: str
    dedup_key: str
    body: bytes
    now: datetime


def store(connection: Connection, event: Arrival) -> bool:
    """Insert an event; False when its key is known already."""
    return store_all(connection, [event])[0]


def store_all(connection: Connection, events: Sequence[Arrival]) -> list[bool]:
    """Insert events in their order; False for each whose key is known already. Served by the unique key.

    Takes a connection (`session.connection()` where there is a session): this is the door's way, and a session
    would cost more than the statement.
    """
    values = [
        value
        for event in events
        for value in (event.installation_id, event.source, event.kind, event.dedup_key, event.body, event.now)
    ]
    rows = driver.run(connection, _insert(len(events)), *values)
    fresh = {(installation_id, key) for installation_id, key in rows}
    return [_taken(fresh, (event.installation_id, event.dedup_key)) for event in events]


def _taken(fresh: set[tuple[int, str]], key: tuple[int, str]) -> bool:
    """Whether this key is among the new ones; the first who asks has it, for two of a group may be the same."""
    if key not in fresh:
        return False
    fresh.remove(key)
    return True


@lru_cache(maxsize=100)
def _insert(count: int) -> str:
    return _INSERT.format(rows=", ".join([_VALUES] * count))


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
    query = "SELECT 1 FROM inbox WHERE installation_id = ? AND state = 'new' LIMIT 1"
    return driver.run(session.connection(), query, installation_id).first() is not None


def beginning(
    session: Session, installation_id: int, beginnings: Sequence[str], limit: int
) -> list[InboxRow]:
    """Rows whose key begins with one of these, in the order of their arrival, the last `limit` of them.

    Served by the unique key, whose text is sorted by its bytes.
    """
    found: list[InboxRow] = []
    for start in range(0, len(beginnings), RANGES):
        parts = [_beginning(installation_id, one) for one in beginnings[start : start + RANGES]]
        rows = select(InboxRow).where(InboxRow.id.in_(union_all(*parts)))
        found += session.scalars(rows.order_by(InboxRow.id.desc()).limit(limit))
    return sorted(found, key=lambda row: row.id)[-limit:]


def _beginning(installation_id: int, one: str) -> Select[tuple[int]]:
    after_all = one[:-1] + chr(ord(one[-1]) + 1)
    return select(InboxRow.id).where(
        InboxRow.installation_id == installation_id,
        InboxRow.dedup_key >= one,
        InboxRow.dedup_key < after_all,
    )


def mark_done(session: Session, ids: Sequence[int]) -> None:
    """These rows are folded in. Served by the primary key."""
    if ids:
        session.connection().execute(update(_TABLE).where(_TABLE.c.id.in_(ids)).values(state="done"))


def mark_failed(session: Session, row_id: int, problem: str) -> None:
    """This row cannot be understood; it stays for an engineer to see."""
    session.execute(update(InboxRow).where(InboxRow.id == row_id).values(state="failed", problem=problem))
