"""Statements in the driver's own words: nothing is compiled and no key of a statement is made.

For what runs at every callback and in every transaction of a round alone. Errors come as SQLAlchemy's, for the
connection runs them.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect

from app.storage.types import UtcDateTime

MARKS = {"qmark": "?", "pyformat": "%s"}


def run(connection: Connection, statement: str, *values: Any) -> CursorResult[Any]:
    """Run SQL whose values are written as `?`; moments are aware. No other `?` or `%` may stand in it."""
    mark, moment = _speech(connection.dialect)
    told = tuple(moment(value) if isinstance(value, datetime) else value for value in values)
    return connection.exec_driver_sql(statement if mark == "?" else statement.replace("?", mark), told)


@lru_cache(maxsize=16)
def _speech(dialect: Dialect) -> tuple[str, Callable[[datetime], Any]]:
    """How this driver marks a value, and what it makes of a moment."""
    moment = UtcDateTime().dialect_impl(dialect).bind_processor(dialect)
    assert moment is not None
    # One moment stands in a statement several times, and in those of one transaction.
    return MARKS[dialect.paramstyle], lru_cache(maxsize=64)(moment)
