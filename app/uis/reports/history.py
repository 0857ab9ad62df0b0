"""Chats and offline requests of the last days, on request: imported through the same road, or only counted.

Data API: `get.chats_report`, `get.offline_messages_report`. The import goes in steps, oldest first, and remembers
how far it came, so that a restart or an end of points only makes it later. What is known is left alone; what was
made for it before (an earlier installation) is found by its markers.

The progress is `uis_connection.history`: `{"state": "running" | "done" | "failed", "rehearse", "days",
"started_at", "finished_at", "cursor", "till", "chats": [found, known], "requests": [found, known], "items": [...],
"problem"}`; times are ISO 8601, `cursor` and `till` unix seconds.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.storage.models import UisConnection
from app.storage.queries import conversations
from app.storage.services import Services
from app.uis.connection import Connection, by_id, of_installation
from app.uis.errors import PASSING, Limited, UisError
from app.uis.problem import as_problem, problem_words
from app.uis.reports import chat_rows as report
from app.uis.reports.batch import chunks
from app.uis.reports.chat_rows import Row
from app.uis.reports.chats import ChatReader
from app.uis.reports.memory import Memory
from app.uis.reports.offline import RequestReader

PER_STEP = 500
"""Chats of one step: about a dozen calls."""
LISTED = 100
AGAIN = timedelta(seconds=60)


def begin(services: Services, installation_id: int, days: int, *, rehearse: bool) -> bool:
    """Begin with the last `days`; False when an import is under way. Raises UisError (not_connected)."""
    connection, now = of_installation(services, installation_id), services.clock.now()
    if connection is None or "data_api_key" not in connection.secrets or connection.state != "connected":
        raise UisError("not_connected")
    wanted = {
        "state": "running", "rehearse": rehearse, "days": days, "started_at": now.isoformat(), "finished_at": None,
        "cursor": int((now - timedelta(days=days)).timestamp()), "till": int(now.timestamp()),
        "chats": [0, 0], "requests": [0, 0], "items": [], "problem": None,
    }  # fmt: skip
    with services.sessions.begin() as session:
        row = session.get_one(UisConnection, connection.id, with_for_update=True)
        if row.history.get("state") == "running":
            return False
        row.history, row.history_due_at = wanted, now
    return True


def progress(session: Session, installation_id: int, lang: str) -> dict[str, Any]:
    """For `GET /api/history`: the last import, its problem in words; `{"state": "never"}` when there was none."""
    row = session.scalar(select(UisConnection).where(UisConnection.installation_id == installation_id))
    kept = row.history if row is not None else {}
    if not kept:
        return _NEVER
    return {
        "state": kept["state"], "rehearse": kept["rehearse"], "days": kept["days"],
        "started_at": kept["started_at"], "finished_at": kept["finished_at"], "percent": _percent(kept),
        "chats": _counts(kept["chats"]), "requests": _counts(kept["requests"]), "items": kept["items"],
        "problem": problem_words(kept["problem"], lang),
    }  # fmt: skip


_NEVER: dict[str, Any] = {
    "state": "never", "rehearse": False, "days": None, "started_at": None, "finished_at": None, "percent": 0,
    "chats": {"found": 0, "known": 0}, "requests": {"found": 0, "known": 0}, "items": [], "problem": None,
}  # fmt: skip


def _counts(pair: Sequence[int]) -> dict[str, int]:
    return {"found": pair[0], "known": pair[1]}


def _percent(kept: dict[str, Any]) -> int:
    whole = kept["days"] * 86_400
    return (
        100 if kept["state"] == "done" else max(0, 100 - round(100 * (kept["till"] - kept["cursor"]) / whole))
    )


def step(services: Services, connection_id: int) -> int:
    """Do the next step of an import that is under way; how many events were new."""
    try:
        connection = by_id(services, connection_id)
    except UisError:
        return 0  # disconnected meanwhile
    if connection.history.get("state") != "running":
        return _save(services, connection_id, connection.history, None)
    done = _Step(services, connection)
    try:
        fresh = done.run()
    except UisError as error:
        return _stopped(services, connection, error)
    done.chats.remember()
    over = done.kept["cursor"] >= done.kept["till"]
    if over:
        done.kept |= {"state": "done", "finished_at": services.clock.now().isoformat()}
    _save(services, connection_id, done.kept, None if over else services.clock.now())
    return fresh


def _stopped(services: Services, connection: Connection, error: UisError) -> int:
    """What passes by itself is tried again from here; anything else ends the import."""
    now, kept = services.clock.now(), connection.history | {"problem": as_problem(error)}
    if error.code in PASSING:
        after = timedelta(seconds=error.after) if isinstance(error, Limited) else AGAIN
        return _save(services, connection.id, kept, now + max(after, AGAIN))
    return _save(services, connection.id, kept | {"state": "failed", "finished_at": now.isoformat()}, None)


def _save(services: Services, connection_id: int, kept: dict[str, Any], due: datetime | None) -> int:
    query = update(UisConnection).where(UisConnection.id == connection_id)
    with services.sessions.begin() as session:
        session.execute(query.values(history=kept, history_due_at=due))
    return 0


class _Step:
    """One step: what began between the cursor and the end of a window, at most PER_STEP chats."""

    def __init__(self, services: Services, connection: Connection) -> None:
        self.services = services
        self.connection = connection
        self.kept = connection.history | {"problem": None}
        # The last points of the day stay with what happens now.
        self.chats = ChatReader(services, connection, reserved=False)
        self.chats.memory = Memory(id_field=self.chats.memory.id_field)
        self.requests = RequestReader(services, connection, reserved=False)
        self.requests.memory = Memory()
        self.zone = report.zone(connection.timezone)

    def run(self) -> int:
        """Read, count, and unless it is a rehearsal store. Moves the cursor."""
        since = datetime.fromtimestamp(self.kept["cursor"], UTC)
        window = timedelta(days=max(1, self.kept["days"] // 60))
        till = min(since + window, datetime.fromtimestamp(self.kept["till"], UTC))
        chats, till = self._some(self._within(self.chats.chats(since, till), since, till), till)
        requests = self._within(self.requests.requests(since, till), since, till)
        new_chats = self._new("chats", "chat", {self.chats.chat_id(row): row for row in chats})
        new_requests = self._new("requests", "offline", {row["id"]: row for row in requests})
        self.kept["cursor"] = int(till.timestamp())
        if self.kept["rehearse"]:
            return 0
        fresh = sum(len(self.chats.take(some, again=False)) for some in chunks(new_chats))
        return fresh + len(self.requests.take(new_requests))

    def _within(self, rows: Sequence[Row], since: datetime, till: datetime) -> list[Row]:
        """Without the last second: whether `date_till` is part of the window the pages do not say."""
        return [row for row in rows if (began := self._began(row)) is not None and since <= began < till]

    def _some(self, rows: Sequence[Row], till: datetime) -> tuple[list[Row], datetime]:
        """The oldest chats, and until when they are all there are."""
        ours = [row for row, _ in self.chats.ours(rows).values()]
        ours.sort(key=lambda row: str(row["date_time"]))
        if len(ours) <= PER_STEP:
            return ours, till
        last = ours[PER_STEP - 1]["date_time"]
        some = [row for row in ours if str(row["date_time"]) <= last]
        ended = report.moment(last, self.zone)
        assert ended is not None
        return some, ended + timedelta(seconds=1)

    def _began(self, row: Row) -> datetime | None:
        return report.moment(row.get("date_time"), self.zone)

    def _new(self, name: str, kind: str, rows: dict[int, Row]) -> list[Row]:
        """Those that we do not know, counted and listed."""
        known: set[int] = set()
        with self.services.sessions() as session:
            for some in chunks(list(rows), PER_STEP):
                known |= conversations.by_source(session, self.connection.installation_id, kind, some).keys()
        new = {number: row for number, row in rows.items() if number not in known}
        found, old = self.kept[name]
        self.kept[name] = [found + len(rows), old + len(known)]
        items = [self._item(kind, number, row) for number, row in new.items()]
        self.kept["items"] = (items[::-1] + self.kept["items"])[:LISTED]
        return list(new.values())

    def _item(self, kind: str, number: int, row: Row) -> dict[str, Any]:
        """No personal data: this is kept and shown as it is."""
        began = self._began(row)
        place = (
            row.get("chat_channel_name") if kind == "chat" else row.get("form_name") or row.get("form_type")
        )
        return {
            "kind": kind, "number": number, "began_at": began.isoformat() if began else None,
            "place": place, "closed": not report.is_open(row) if kind == "chat" else row.get("status") == "processed",
        }  # fmt: skip
