"""Counters of the whole cluster: every process adds what it has counted."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.base.meters import Counted
from app.storage.models import MeterRow

_TABLE = cast(Table, MeterRow.__table__)
_ROWS = 200


def add(connection: Connection, counted: Counted) -> None:
    """Add to the rows, in the order of their keys: two processes never wait for each other in a circle."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    rows = [
        {"name": name, "label": label, "value": value} for (name, label), value in sorted(counted.items())
    ]
    for start in range(0, len(rows), _ROWS):
        statement = make(_TABLE).values(rows[start : start + _ROWS])
        grown = {"value": _TABLE.c.value + statement.excluded.value}
        connection.execute(statement.on_conflict_do_update(index_elements=["name", "label"], set_=grown))


def everything(session: Session) -> Sequence[tuple[str, str, float]]:
    """(name, labels, value) of all counters."""
    rows = session.execute(
        select(MeterRow.name, MeterRow.label, MeterRow.value).order_by(MeterRow.name, MeterRow.label)
    )
    return [(row[0], row[1], row[2]) for row in rows]
