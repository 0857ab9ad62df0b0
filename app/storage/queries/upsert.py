"""INSERT ... ON CONFLICT DO NOTHING in both databases."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.storage.database import Base

ROWS = 200
"""Rows per statement: the databases limit the number of its parameters."""

Insert = sqlite.Insert | postgresql.Insert


def insert_ignoring(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> int:
    """Insert rows; those that meet a unique key are left out. Returns how many were inserted."""
    key = _table(model).primary_key
    parts = (rows[start : start + ROWS] for start in range(0, len(rows), ROWS))
    made = (_ignoring(session, model, part).returning(*key) for part in parts)
    return sum(len(session.execute(statement).all()) for statement in made)


def put_ignoring(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """The same for many small rows that nobody counts: one prepared statement, ten times as fast."""
    if rows:
        session.execute(_ignoring(session, model), rows)


def _ignoring(session: Session, model: type[Base], rows: list[dict[str, Any]] | None = None) -> Insert:
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    made: Insert = make(_table(model))
    return (made.values(rows) if rows is not None else made).on_conflict_do_nothing()


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table
