"""Carrying the letters of one portal: threads side by side, each in its order, the intent committed before sending.

A letter that was refused or is in doubt does not hold up those behind it; one that is to be tried again does.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.domain.mail import REPEATABLE, Delivered, Delivery, Exit, Letter, LetterState
from app.domain.plan import Retry, Unknown
from app.pipeline.letters import deliveries
from app.pipeline.letters.exits import ExitAway, ExitSide, Mail
from app.storage.models import OutboxRow
from app.storage.queries import news, outbox, work
from app.storage.queries.work import Claim
from app.storage.services import Services

log = structlog.get_logger()
IN_FLIGHT = 6
MOST = 2_000
"""Letters that one round looks at."""
RESERVE_S = 20.0
Flight = Future[list[Delivery]]


class Carrier:
    """One round over the letters of one portal."""

    def __init__(self, services: Services, claim: Claim, mail: Mail) -> None:
        self.services = services
        self.claim = claim
        self.mail = mail
        self.exits: Mapping[Exit, ExitSide] = mail.exits_of(claim.installation_id)
        self.away: dict[Exit, ExitAway] = {}
        self.runs: dict[tuple[Exit, str], list[Letter]] = {}
        self.paused: dict[tuple[Exit, str], datetime] = {}
        self.carried = 0

    def run(self, pool: ThreadPoolExecutor) -> int:
        """Send everything that can be sent now. Returns how many letters were."""
        self._look_up_doubted()
        self._load()
        flying: dict[Flight, list[Letter]] = {}
        while True:
            for group in self._ready(flying):
                if len(flying) >= IN_FLIGHT:
                    break
                self._launch(pool, group, flying)
            if not flying:
                return self.carried
            self._land(flying)

    def next_due(self, session: Session, now: datetime) -> datetime | None:
        """When there is work again, letters that were posted meanwhile among it."""
        heads: dict[tuple[str, str], datetime] = {}
        for row in _in_order(outbox.unsettled(session, self.claim.installation_id, MOST)):
            heads.setdefault((row.exit, row.thread), row.look_at or now)
        due = [max(when, self._back(exit_, now)) for (exit_, _), when in heads.items()]
        doubt = outbox.next_doubt(session, self.claim.installation_id)
        return min([*due, *([doubt] if doubt else [])], default=None)

    def _back(self, exit_: str, now: datetime) -> datetime:
        away = self.away.get(Exit(exit_))
        return now + timedelta(seconds=away.after) if away else now

    def _load(self) -> None:
        """What waits, by thread. What an earlier holder was sending was cut off, and is in doubt now."""
        now = self.services.clock.now()
        with self.services.sessions.begin() as session:
            work.fence(session, self.claim, now)
            rows = _in_order(outbox.unsettled(session, self.claim.installation_id, MOST))
            for row in rows:
                if row.state == LetterState.SENT and row.kind in REPEATABLE:
                    row.state = LetterState.WAITING
                if row.state == LetterState.SENT:
                    deliveries.doubt(row, "cut_off", self._look_after(row.exit))
                    row.settled_at = now
                    self.mail.settled(session, row, now)
                else:
                    self._queue(row, now)
            self._tell(session, [row for row in rows if row.settled_at == now])
        self.services.wake.news(self.claim.installation_id)

    def _tell(self, session: Session, rows: Iterable[OutboxRow]) -> None:
        """Whoever looks at their conversations is to see it after the commit."""
        chats = {row.conversation_id for row in rows if row.conversation_id is not None}
        news.tell(session, self.claim.installation_id, chats)

    def _queue(self, row: OutboxRow, now: datetime) -> None:
        letter = _letter(row)
        run = self.runs.setdefault((letter.exit, letter.thread), [])
        if not run and row.look_at is not None and row.look_at > now:
            self.paused[letter.exit, letter.thread] = row.look_at
        run.append(letter)

    def _ready(self, flying: Mapping[Flight, Sequence[Letter]]) -> list[list[Letter]]:
        """Groups of threads that have nothing in flight and no pause to keep."""
        busy = {(letter.exit, letter.thread) for group in flying.values() for letter in group}
        free = {key: run for key, run in self.runs.items() if run and key not in busy | self.paused.keys()}
        groups: list[list[Letter]] = []
        for exit_, side in self.exits.items():
            if exit_ not in self.away:
                groups += side.pack([run for (way, _), run in free.items() if way == exit_])
        return groups

    def _launch(
        self, pool: ThreadPoolExecutor, group: list[Letter], flying: dict[Flight, list[Letter]]
    ) -> None:
        side = self.exits[group[0].exit]
        if not side.reserve(RESERVE_S):
            self._pause(group, self.services.clock.now() + timedelta(seconds=1))
            return
        going = self._intend(group)
        if going:
            flying[pool.submit(side.send, going)] = going

    def _intend(self, group: Sequence[Letter]) -> list[Letter]:
        """Commit what is about to be sent; a letter that somebody took back meanwhile stays behind."""
        now, going = self.services.clock.now(), []
        with self.services.sessions.begin() as session:
            work.fence(session, self.claim, now)
            rows = outbox.by_ids(session, [letter.id for letter in group])
            for letter in group:
                if letter.id in rows and rows[letter.id].state == LetterState.WAITING:
                    deliveries.intend(rows[letter.id], now)
                    going.append(letter)
                else:
                    self.runs[letter.exit, letter.thread].remove(letter)
        return going

    def _land(self, flying: dict[Flight, list[Letter]]) -> None:
        done, _ = wait(flying, return_when=FIRST_COMPLETED)
        for future in done:
            group = flying.pop(future)
            self._record(group, self._results(future, group))

    def _results(self, future: Flight, group: Sequence[Letter]) -> Sequence[Delivery]:
        """What a group came to. `ExitAway` says that nothing was done; anything unforeseen leaves it in doubt."""
        error = future.exception()
        if error is None:
            return future.result()
        if isinstance(error, ExitAway):
            self._leave(group[0].exit, error)
            return [Retry(error.after, error.reason, counts=False) for _ in group]
        self.services.meters.count("rounds", "broke", "mail")
        log.error("letters_broke", portal=self.claim.installation_id, exc_info=error)
        return [Unknown(f"internal:{type(error).__name__}") for _ in group]

    def _leave(self, exit_: Exit, error: ExitAway) -> None:
        if exit_ not in self.away:  # others in flight say the same
            self.services.meters.count("rounds", "away", "mail")
        self.away[exit_] = error
        log.warning("exit_away", portal=self.claim.installation_id, exit=exit_, reason=error.reason)

    def _record(self, group: Sequence[Letter], results: Sequence[Delivery]) -> None:
        now = self.services.clock.now()
        with self.services.sessions.begin() as session:
            work.fence(session, self.claim, now)
            rows = outbox.by_ids(session, [letter.id for letter in group])
            for letter, delivery in zip(group, results, strict=True):
                row = rows[letter.id]
                deliveries.record(row, delivery, now, self._look_after(letter.exit))
                self._after(session, letter, row, now)
            self._tell(session, rows.values())
        self.services.wake.news(self.claim.installation_id)

    def _after(self, session: Session, letter: Letter, row: OutboxRow, now: datetime) -> None:
        key = (letter.exit, letter.thread)
        if row.state == LetterState.WAITING:
            self.paused[key] = row.look_at or now
            return
        self.runs[key].remove(letter)
        self.carried += 1
        self.mail.settled(session, row, now)

    def _pause(self, group: Iterable[Letter], until: datetime) -> None:
        for letter in group:
            self.paused[letter.exit, letter.thread] = until

    def _look_after(self, exit_: str) -> float | None:
        """After how many seconds a doubt of this exit may be looked up; None: it cannot be."""
        return self.services.config.unknown_wait if self.exits[Exit(exit_)].looks_up else None

    def _look_up_doubted(self) -> None:
        now = self.services.clock.now()
        with self.services.sessions() as session:
            rows = outbox.doubted(session, self.claim.installation_id, now, MOST)
            letters = [_letter(row) for row in rows]
        for exit_, side in self.exits.items():
            own = [letter for letter in letters if letter.exit == exit_]
            try:
                found = side.look_up(own) if own else []
            except ExitAway as error:
                self._leave(exit_, error)
            else:
                self._clear(own, found)

    def _clear(self, letters: Sequence[Letter], found: Sequence[Delivery]) -> None:
        """Those that are there are done; what is certainly not there is sent again; the others stay in doubt, for a
        person to say."""
        now = self.services.clock.now()
        with self.services.sessions.begin() as session:
            work.fence(session, self.claim, now)
            rows = outbox.by_ids(session, [letter.id for letter in letters])
            for letter, delivery in zip(letters, found, strict=True):
                row = rows[letter.id]
                row.look_at = None
                if isinstance(delivery, Delivered):
                    deliveries.record(row, delivery, now, None)
                    self.mail.settled(session, row, now)
                elif isinstance(delivery, Retry):
                    deliveries.record(row, delivery, now, None)
                    row.settled_at = None
            self._tell(session, [row for row in rows.values() if row.state != LetterState.IN_DOUBT])


def _in_order(rows: Iterable[OutboxRow]) -> list[OutboxRow]:
    return sorted(rows, key=lambda row: (row.rank, row.id))


def _letter(row: OutboxRow) -> Letter:
    return Letter(
        id=row.id, exit=Exit(row.exit), thread=row.thread, conversation_id=row.conversation_id, kind=row.kind,
        body=row.body, result=row.result, rank=row.rank, created_at=row.created_at,
    )  # fmt: skip
