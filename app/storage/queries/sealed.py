"""Sealed values, wherever they are: what the rotation of keys walks over."""

from collections.abc import Sequence

from sqlalchemy import Column, Table, select, update
from sqlalchemy.orm import Session

from app.storage.models import Installation
from app.storage.queries.counted import changed


def page(
    session: Session, table: Table, column: Column[str], after: int, limit: int
) -> Sequence[tuple[int, str, str]]:
    """(id, member_id, sealed value) of the next rows. Served by the primary key."""
    portal = Installation.__table__
    joined = select(table.c.id, portal.c.member_id, column).where(column.is_not(None), table.c.id > after)
    if table is not portal:
        joined = joined.join(portal, portal.c.id == table.c.installation_id)
    rows = session.execute(joined.order_by(table.c.id).limit(limit)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def replace(session: Session, table: Table, column: Column[str], row_id: int, old: str, new: str) -> bool:
    """Compare and set: a value that was written meanwhile is left alone, it has the newest key already."""
    query = update(table).where(table.c.id == row_id, column == old).values({column.name: new})
    return changed(session, query) == 1
