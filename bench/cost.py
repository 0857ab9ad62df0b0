"""Work per event with a small and with a large inbox: the cost must not grow with what is kept."""

import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.storage.schema import upgrade
from tests.support.stage import Stage, stage

EVENTS = 300
ROUNDS = 7


def run(sizes: tuple[int, int] = (1_000, 1_000_000)) -> dict[str, Any]:
    """Milliseconds per event (accepted, then folded by a round) with so many rows in the inbox."""
    figures = {f"ms per event, {size:,} rows": _cost(size) for size in sizes}
    small, large = figures.values()
    return {name: round(value, 3) for name, value in figures.items()} | {"ratio": round(large / small, 2)}


def _cost(rows: int) -> float:
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{Path(directory) / 'bench.sqlite3'}"
        upgrade(url)
        with stage(url) as here:
            here.save("chats", enabled=False)
            fill(here, rows)
            _round(here, 0)  # warms caches
            return statistics.median(_round(here, number) for number in range(1, ROUNDS + 1))


def _round(here: Stage, number: int) -> float:
    started = time.perf_counter()
    for event in range(EVENTS):
        chat = 10_000_000 + number * EVENTS + event // 5
        here.message(chat, 10_000_000_000 + number * EVENTS + event, f"message {event}")
    here.drain()
    return (time.perf_counter() - started) * 1000 / EVENTS


def fill(here: Stage, rows: int) -> None:
    """Rows of the past: events that were worked off, five to a conversation that is done."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
    body = json.dumps({"text": "x" * 200}).encode()
    chats = [(n, here.installation_id, n + 1, now, now) for n in range(1, rows // 5 + 1)]
    events = ((here.installation_id, f"old:{n}", body, now) for n in range(rows))
    with here.services.sessions.begin() as session:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        raw.executemany(
            "INSERT INTO conversation (id, installation_id, kind, source_id, account, facts, ledger, state,"
            " attempts, changed, decided, created_at, updated_at)"
            " VALUES (?, ?, 'chat', ?, '4735', '{}', '{}', 'done', 0, 1, 1, ?, ?)",
            chats,
        )
        raw.executemany(
            "INSERT INTO inbox (installation_id, source, kind, dedup_key, body, state, received_at)"
            " VALUES (?, 'uis', 'message', ?, ?, 'done', ?)",
            events,
        )
        session.execute(text("ANALYZE"))


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:50} {value}")
