"""Directories as last read, and employees."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.models import Directory, Employee


def items(session: Session, installation_id: int, name: str) -> list[dict[str, Any]] | None:
    """A directory's items, None when it was never read. Served by the unique key."""
    query = select(Directory.items).where(
        Directory.installation_id == installation_id, Directory.name == name
    )
    return session.scalar(query)


def some_items(
    session: Session, installation_id: int, names: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """Items of several directories by name; those that were never read are missing. Served by the unique key."""
    query = select(Directory.name, Directory.items).where(
        Directory.installation_id == installation_id, Directory.name.in_(names)
    )
    return {row.name: row.items for row in session.execute(query)}


def put(session: Session, installation_id: int, name: str, rows: list[dict[str, Any]], now: datetime) -> None:
    """Replace a directory."""
    query = select(Directory).where(Directory.installation_id == installation_id, Directory.name == name)
    found = session.scalar(query)
    if found is None:
        session.add(Directory(installation_id=installation_id, name=name, items=rows, read_at=now))
    else:
        found.items, found.read_at = rows, now


def employees(session: Session, installation_id: int) -> Sequence[Employee]:
    """UIS employees with the users they are joined to. Served by the unique key."""
    query = select(Employee).where(Employee.installation_id == installation_id)
    return session.scalars(query.order_by(Employee.full_name)).all()
