"""The log of REST requests that the Market demands: methods, outcomes and times, no parameters, no answers."""

import threading
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.storage.models import RequestLog

MAX_ROWS = 10_000


class LogBuffer:
    """Rows waiting in memory, so that a request costs no write of its own. Thread-safe; drops the oldest."""

    def __init__(self, installation_id: int) -> None:
        self._installation_id = installation_id
        self._lock = threading.Lock()
        self._rows: list[RequestLog] = []

    def add(self, at: datetime, method: str, status: int | None, seconds: float, problem: str | None) -> None:
        """One request. `problem`: a code, never the vendor's text, which may quote a client's data."""
        row = RequestLog(
            installation_id=self._installation_id, at=at, method=method[:64], status=status,
            milliseconds=round(seconds * 1000), commands=[], problem=problem,
        )  # fmt: skip
        with self._lock:
            self._rows = (
                [*self._rows[1 - MAX_ROWS :], row] if len(self._rows) >= MAX_ROWS else [*self._rows, row]
            )

    def add_commands(self, commands: Sequence[Sequence[str]]) -> None:
        """[method, outcome] of each command of the last batch."""
        with self._lock:
            for row in reversed(self._rows):
                if row.method == "batch" and not row.commands:
                    row.commands = [list(command) for command in commands]
                    return

    def waits(self) -> bool:
        """Whether there is something to write down."""
        return bool(self._rows)

    def flush(self, session: Session) -> int:
        """Add the rows to a session, which the caller commits. Returns how many."""
        with self._lock:
            rows, self._rows = self._rows, []
        session.add_all(rows)
        return len(rows)
