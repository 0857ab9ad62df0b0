"""The log of REST requests that the Market demands: with parameters and answers, both masked.

Bitrix24: market/preparing-to-publish/common-requirements. Commands of batches are masked when they are written down,
in the background: the one who waits for an answer waits for no log.
"""

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from app.base.codes import code
from app.storage.models import RequestLog
from bitrix_app import masking
from bitrix_app.batch import as_map, error_of, method_of

MAX_ROWS = 10_000
MAX_WAITING = 4_000_000
"""Characters of commands that wait at most, where a database is away for long."""
MAX_COMMAND = 4_000
MAX_BATCH = 16_000
"""Characters of a whole batch that are kept, masked."""

_log = structlog.get_logger()

Sent = tuple[str, str, str]
"""A command as it was sent, its outcome (a code), the shape of its answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One request: values of its RequestLog, and what is yet to be masked."""

    values: dict[str, Any]
    commands: Sequence[Sent]

    @property
    def size(self) -> int:
        """How much of the memory it takes, roughly."""
        return sum(len(command) for command, _, _ in self.commands) + 500


class LogBuffer:
    """Rows waiting in memory, so that a request costs no write of its own. Thread-safe; drops the oldest."""

    def __init__(self, installation_id: int) -> None:
        self.installation_id = installation_id
        self._lock = threading.Lock()
        self._rows: deque[Row] = deque()
        self._size = 0

    def add(
        self, at: datetime, method: str, status: int | None, seconds: float, problem: str | None,
        params: Mapping[str, Any] | None = None, answer: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """One request and its answer. `problem`: a code, never the vendor's text, which may quote a client's data."""
        values = {
            "installation_id": self.installation_id, "at": at, "method": code(method), "status": status,
            "milliseconds": round(seconds * 1000), "problem": problem and code(problem),
        }  # fmt: skip
        commands = _commands(params, answer) if method == "batch" else []
        if method != "batch":
            values |= {"params": masking.of_params(params or {}), "answer": _shape(answer)}
        with self._lock:
            self._put([Row(values, commands)])

    def _put(self, rows: Sequence[Row]) -> None:
        self._rows.extend(rows)
        self._size += sum(row.size for row in rows)
        while len(self._rows) > MAX_ROWS or (self._size > MAX_WAITING and len(self._rows) > 1):
            self._size -= self._rows.popleft().size

    def waits(self) -> bool:
        """Whether there is something to write down."""
        return bool(self._rows)

    def take(self) -> list[Row]:
        """Everything that waits; who cannot write it down gives it back."""
        with self._lock:
            rows, self._rows, self._size = list(self._rows), deque(), 0
        return rows

    def give_back(self, rows: Sequence[Row]) -> None:
        """It could not be written down: it waits on, in front of what has come since."""
        with self._lock:
            since, self._rows, self._size = list(self._rows), deque(), 0
            self._put([*rows, *since])


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
        values = [{"params": None, "answer": None} | row.values | _masked(row.commands) for row in rows]
        with sessions.begin() as session:
            session.execute(insert(RequestLog), values)
    return len(rows)


def _masked(commands: Sequence[Sent]) -> dict[str, Any]:
    """[method, outcome, parameters, answer] of each command; what does not fit any more keeps the first two."""
    told, left = [], MAX_BATCH
    for command, outcome, shape in commands:
        params = masking.of_command(command)
        left -= len(params) + len(shape)
        more = [params, shape] if left >= 0 else []
        told.append([code(method_of(command)), outcome, *more])
    return {"commands": told}


def _commands(params: Mapping[str, Any] | None, answer: Mapping[str, Any] | None) -> list[Sent]:
    """Every command of a batch, answered or not: a batch that was lost is what people will ask about."""
    body = (answer or {}).get("result")
    body = body if isinstance(body, Mapping) else {}
    parts = ("result", "result_error", "result_total", "result_next")
    results, failed, totals, following = (as_map(body.get(part)) for part in parts)
    sent: list[Sent] = []
    for key, command in (params or {}).get("cmd", {}).items():
        shape = masking.of_result(results[key], totals.get(key), following.get(key)) if key in results else ""
        outcome = error_of(failed[key]).code if key in failed else "ok" if key in results else "none"
        sent.append((_cut(command), code(outcome), shape))
    return sent


def _cut(command: str) -> str:
    """Between two parameters: half a phone would look like a number."""
    if len(command) <= MAX_COMMAND:
        return command
    return command[:MAX_COMMAND].rpartition("&")[0] or method_of(command)


def _shape(answer: Mapping[str, Any] | None) -> str | None:
    return (
        masking.of_result(answer.get("result"), answer.get("total"), answer.get("next"))
        if answer is not None
        else None
    )
