"""The journal of a portal with 100,000 conversations: how long a page of it takes, on both databases."""

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.rules.search_words import sought, words_of
from app.storage.database import Sessions, engine_options, prepare, reading, thread_sessions
from app.storage.models import Conversation, Installation
from app.storage.queries import journal, search_words
from app.storage.queries.journal import Place, Wanted
from app.storage.schema import upgrade
from tests.support.databases import KINDS, Databases

ROUNDS = 9
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
APART = timedelta(seconds=26)
"""100,000 conversations in 30 days."""
STEP = 5_000
STATES = {"done": 80, "filtered": 15, "failed": 3, "in_doubt": 1, "waiting": 1}
CHANNELS = {740801: 70, 740802: 20, 740803: 9, 740804: 1}


def run(size: int = 100_000) -> dict[str, Any]:
    """Milliseconds, the median of several rounds: SQLite / PostgreSQL."""
    with tempfile.TemporaryDirectory() as directory:
        databases = Databases(Path(directory), upgrade)
        try:
            taken = [_measure(databases, kind, Path(directory), size) for kind in KINDS]
        finally:
            databases.close()
    return {
        f"{name}, ms ({' / '.join(KINDS)})": " / ".join(map(str, values)) for name, values in _side(taken)
    }


def _side(taken: Sequence[dict[str, float]]) -> list[tuple[str, list[float]]]:
    return [(name, [one[name] for one in taken]) for name in taken[0]]


def _measure(databases: Databases, kind: str, directory: Path, size: int) -> dict[str, float]:
    with databases.database(kind, directory, migrated=True) as url:
        engine = create_engine(url, **engine_options(url))
        prepare(engine)
        sessions = thread_sessions(engine)
        _fill(sessions, size)
        if kind == "postgresql":  # it does so by itself after a while; SQLite never does
            with engine.begin() as connection:
                connection.execute(text("ANALYZE"))
        found = {name: _median(sessions, read) for name, read in _reads(size).items()}
        engine.dispose()
        return found


def _median(sessions: Sessions, read: Callable[[Session], Any]) -> float:
    taken = []
    for _ in range(ROUNDS):
        with sessions() as session:
            reading(session)
            started = time.perf_counter()
            read(session)
            taken.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(taken), 1)


def _reads(size: int) -> dict[str, Callable[[Session], Any]]:
    deep = Place(NOW - APART * (size // 2), size // 2)
    day: dict[str, Any] = {"since": NOW - timedelta(days=10), "until": NOW - timedelta(days=9)}
    return {
        "the newest page": _page(),
        "a page in the middle": _page(deep),
        "failed ones": _page(states=("failed",)),
        "one problem": _page(problems=("lead: CODE3: text",)),
        "a rare channel": _page(channel_id=740804),
        "one day": _page(**day),
        "one client by phone": _page(words=sought("+7 900 000-07-77")),
        "one client by the end of the phone": _page(words=sought("0777")),
        "a name that 300 have": _page(words=sought("Мария")),
        "a word that everybody has": _page(words=sought("фам")),
        "problems with their numbers": lambda session: journal.problems(session, 1),
        "the chart of 30 days": _chart,
    }


def _page(after: Place | None = None, **wanted: Any) -> Callable[[Session], Any]:
    return lambda session: journal.page(session, 1, Wanted(**wanted), after=after, limit=51)


def _chart(session: Session) -> None:
    for number in range(30):
        since = NOW - timedelta(days=number + 1)
        journal.counts(session, 1, since, since + timedelta(days=1))


def _fill(sessions: Sessions, size: int) -> None:
    chance = random.Random(1)
    with sessions.begin() as session:
        session.add(
            Installation(
                id=1, member_id="m", portal_url="https://x", client_endpoint="https://x/rest/", oauth_url="o",
                event_key="k", event_key_hash="h", created_at=NOW, state="active",
            )
        )  # fmt: skip
        session.flush()
        for start in range(1, size + 1, STEP):
            rows = [_row(number, size, chance) for number in range(start, min(start + STEP, size + 1))]
            session.execute(Conversation.__table__.insert(), rows)  # type: ignore[attr-defined]
            search_words.keep(session, 1, {row["id"]: words_of(row["facts"]) for row in rows})


def _row(number: int, size: int, chance: random.Random) -> dict[str, Any]:
    state = chance.choices(list(STATES), list(STATES.values()))[0]
    at = NOW - APART * (size - number)
    first = "Мария" if number % 333 == 0 else f"Имя{number % 310}"
    facts = {
        "visitor": {
            "name": f"{first} Фамилия{number % 5_000}", "phone_number": f"79{number:09d}",
            "email": f"client{number}@example.com",
        },
        "chat": {"channel_name": "WhatsApp", "date_time": at.isoformat()},
        "traffic": {"source_name": "Яндекс", "utm_source": "yandex", "referrer": "https://example.com/" * 4},
    }  # fmt: skip
    made = {"decided": True, "entities": {"lead": number}, "made": ["lead"]} if state == "done" else {}
    problem = f"lead: CODE{number % 40}: text" if state in journal.TROUBLED else None
    return {
        "id": number, "installation_id": 1, "kind": "offline" if number % 20 == 0 else "chat",
        "source_id": number, "account": "1", "started_at": at, "facts": json.loads(json.dumps(facts)),
        "channel_id": chance.choices(list(CHANNELS), list(CHANNELS.values()))[0], "ledger": made, "state": state,
        "problem": problem, "attempts": 0, "changed": 2, "decided": 2, "created_at": at, "updated_at": at,
    }  # fmt: skip


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:70} {value}")
