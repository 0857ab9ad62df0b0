"""INSERT ... ON CONFLICT DO NOTHING in both databases."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.storage.database import Base

ROWS = 200
"""Rows per statement: the databases limit the number of its parameters."""


def insert_ignoring(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> int:
    """Insert rows; those that meet a unique key are left out. Returns how many were inserted."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    table = model.__table__
    assert isinstance(table, Table)
    parts = (rows[start : start + ROWS] for start in range(0, len(rows), ROWS))
    made = (make(table).values(part).on_conflict_do_nothing().returning(*table.primary_key) for part in parts)
    return sum(len(session.execute(statement).all()) for statement in made)
