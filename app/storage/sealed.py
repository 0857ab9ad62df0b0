"""Which columns are sealed, and for whom: what key rotation walks over."""

from collections.abc import Iterator

from sqlalchemy import Column, Table

from app.storage.database import Base


def owner(member_id: str, column: str) -> str:
    """Owner of a sealed value: portal and column, e.g. "abc123:chain.access_token"."""
    return f"{member_id}:{column}"


def sealed_columns() -> Iterator[tuple[Table, Column[str]]]:
    """Every column whose comment begins with "sealed"."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if (column.comment or "").startswith("sealed"):
                yield table, column
