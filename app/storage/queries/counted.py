"""Counting what a statement hit."""

from typing import Any, cast

from sqlalchemy import CursorResult, Executable
from sqlalchemy.orm import Session


def changed(session: Session, statement: Executable) -> int:
    """How many rows an UPDATE or DELETE hit: what a compare-and-set looks at."""
    return max(cast(CursorResult[Any], session.execute(statement)).rowcount, 0)
