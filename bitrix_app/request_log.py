"""The log of REST requests that the Market demands: methods, outcomes and times, no parameters, no answers."""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from app.base.codes import code
from app.storage.models import RequestLog

MAX_ROWS = 10_000

_log = structlog.get_logger()

Row = dict[str, Any]
"""Values of a RequestLog."""


class LogBuffer:
    """Rows waiting in memory, so that a request costs no write of its own. Thread-safe; drops the oldest."""

    def __init__(self, installation_id: int) -> None:
        self.installation_id = installation_id
        self._lock = threading.Lock()
        self._rows: deque[Row] = deque(maxlen=MAX_ROWS)

    def add(self, at: datetime, method: str, status: int | None, seconds: float, problem: str | None) -> None:
        """One request. `problem`: a code, never the vendor's text, which may quote a client's data."""
        row = {
            "installation_id": self.installation_id, "at": at, "method": code(method), "status": status,
            "milliseconds": round(seconds * 1000), "commands": [], "problem": problem and code(problem),
        }  # fmt: skip
        with self._lock:
            self._rows.append(row)

    def add_commands(self, commands: Sequence[Sequence[str]]) -> None:
        """[method, outcome] of each command of the last batch."""
        with self._lock:
            for row in reversed(self._rows):
                if row["method"] == "batch" and not row["commands"]:
                    row["commands"] = [[code(word) for word in command] for command in commands]
                    return

    def waits(self) -> bool:
        """Whether there is something to write down."""
        return bool(self._rows)

    def take(self) -> list[Row]:
        """Everything that waits; who cannot write it down gives it back."""
        with self._lock:
            rows = list(self._rows)
            self._rows.clear()
        return rows

    def give_back(self, rows: Sequence[Row]) -> None:
        """It could not be written down: it waits on, in front of what has come since."""
        with self._lock:
            self._rows = deque([*rows, *self._rows], maxlen=MAX_ROWS)


def write_down(sessions: sessionmaker[Session], buffers: Iterable[LogBuffer]) -> int:
    """Move buffers into the database, in one transaction; returns how many rows. When it raises, they wait on."""
    taken = [(buffer, buffer.take()) for buffer in buffers]
    try:
        try:
            return _insert(sessions, [row for _, rows in taken for row in rows])
        except (DataError, IntegrityError):
            return _apart(sessions, taken)
    except Exception:
        for buffer, rows in taken:
            buffer.give_back(rows)
        raise


def _apart(sessions: sessionmaker[Session], taken: Sequence[tuple[LogBuffer, list[Row]]]) -> int:
    """A portal that was erased meanwhile takes its rows along, and no other portal's."""
    whole = 0
    for buffer, rows in taken:
        try:
            whole += _insert(sessions, rows)
        except (DataError, IntegrityError) as error:
            _log.warning(
                "requests_dropped", installation=buffer.installation_id, problem=type(error).__name__
            )
        rows.clear()
    return whole


def _insert(sessions: sessionmaker[Session], rows: Sequence[Row]) -> int:
    if rows:
        with sessions.begin() as session:
            session.execute(insert(RequestLog), rows)
    return len(rows)
