"""INSERT ... ON CONFLICT DO NOTHING in both databases."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.storage.database import Base


def insert_ignoring(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> int:
    """Insert rows; those that meet a unique key are left out. Returns how many were inserted."""
    if not rows:
        return 0
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    result = session.connection().execute(make(model.__table__).on_conflict_do_nothing(), rows)  # type: ignore[arg-type]
    return max(result.rowcount, 0)
