"""Letters leave once, in the order of their thread; what cannot be known is in doubt and is not sent again."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from app.base.clock import ManualClock
from app.domain.mail import Delivered, Delivery, Exit, Letter
from app.domain.plan import Failed, Retry, Unknown
from app.pipeline.letters.exits import ExitAway, Mail
from app.pipeline.letters.lane import deliver
from app.pipeline.road import BROKEN_PAUSE, Road
from app.storage.models import Installation, InstallationState, MailWork, OutboxRow
from app.storage.queries import outbox, work
from app.storage.queries.work import ClaimLost
from tests.support.stage import Stage, stage

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Far:
    """The other side: keeps what it got, and answers as it is told to."""

    looks_up: bool = False
    alone: bool = False  # every letter takes a request of its own
    answer: Callable[[Letter], Delivery] = lambda letter: Delivered({"there": letter.id})
    before: Callable[[Sequence[Letter]], None] = lambda group: None
    got: list[tuple[str, str]] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pack(self, runs: Sequence[Sequence[Letter]]) -> list[list[Letter]]:
        """Everything that waits rides together, or nothing does."""
        if self.alone:
            return [[run[0]] for run in runs]
        return [[letter for run in runs for letter in run]] if runs else []

    def reserve(self, timeout: float) -> bool:
        return True

    def send(self, group: Sequence[Letter]) -> list[Delivery]:
        self.before(group)
        with self.lock:
            self.groups.append(len(group))
            self.got += [(letter.thread, letter.body["text"]) for letter in group]
        return [self.answer(letter) for letter in group]

    def look_up(self, letters: Sequence[Letter]) -> list[Delivery]:
        sent = {text for _, text in self.got}
        return [Delivered({"found": 1}) if letter.body["text"] in sent else Unknown("") for letter in letters]


@dataclass(slots=True)
class Post:
    """A portal with an outbox, and the far side of its one exit."""

    stage: Stage
    far: Far
    told: list[tuple[str, str]] = field(default_factory=list)

    @property
    def road(self) -> Road:
        mail = Mail(exits_of=lambda _: {Exit.LINE: self.far}, settled=self._settled)
        return replace(self.stage.road, mail=mail)

    def _settled(self, session: object, row: OutboxRow, now: datetime) -> None:
        self.told.append((row.body["text"], row.state))

    def post(self, *texts: str, thread: str = "c1") -> int:
        letters = [
            {"exit": "line", "thread": thread, "kind": "message", "key": f"{thread}:{text}", "body": {"text": text}}
            for text in texts
        ]  # fmt: skip
        with self.stage.services.sessions.begin() as session:
            return outbox.post(session, self.stage.installation_id, letters, self.stage.services.clock.now())

    def carry(self) -> bool:
        return deliver(self.road, self.stage.installation_id, "post")

    def states(self) -> dict[str, str]:
        with self.stage.services.sessions() as session:
            return {row.body["text"]: row.state for row in session.query(OutboxRow).order_by(OutboxRow.id)}

    def due(self) -> datetime | None:
        with self.stage.services.sessions() as session:
            return session.get_one(MailWork, self.stage.installation_id).due_at

    def counted(self) -> dict[tuple[str, str], float]:
        """What the lane counted of its own troubles since the last time."""
        names = ("rounds", "claims_lost", "portals_parked")
        return {key: value for key, value in self.stage.services.meters.take().items() if key[0] in names}

    def wait(self, seconds: float) -> None:
        clock = self.stage.services.clock
        assert isinstance(clock, ManualClock)
        clock.advance(seconds)


@pytest.fixture
def post(database_url: str) -> Iterator[Post]:
    with stage(database_url, clock=ManualClock(NOW), UNKNOWN_WAIT_S="90") as here:
        yield Post(here, Far())


def test_letters_of_a_thread_arrive_in_order_and_a_repeat_is_no_second_letter(post: Post) -> None:
    assert post.post("one", "two", "three") == 3
    assert post.post("two") == 0
    assert post.carry()
    assert post.far.got == [("c1", "one"), ("c1", "two"), ("c1", "three")]
    assert post.told == [("one", "done"), ("two", "done"), ("three", "done")]
    assert post.due() is None
    assert post.carry()
    assert len(post.far.got) == 3


def test_many_threads_ride_together(post: Post) -> None:
    for number in range(20):
        post.post("first", "second", thread=f"c{number}")
    post.carry()
    assert post.far.groups == [40]


def test_a_refused_letter_does_not_hold_up_those_behind_it(post: Post) -> None:
    post.far.answer = lambda letter: Failed("BAD") if letter.body["text"] == "one" else Delivered()
    post.post("one", "two")
    post.carry()
    assert post.states() == {"one": "failed", "two": "done"}


def test_a_letter_to_be_tried_again_holds_up_its_thread_and_no_other(post: Post) -> None:
    answers = iter([Retry(5.0, "busy", counts=False)])
    post.far.answer = lambda letter: (
        next(answers, Delivered()) if letter.body["text"] == "one" else Delivered()
    )
    post.far.alone = True
    post.post("one", "two")
    post.post("other", thread="c2")
    post.carry()
    assert post.states() == {"one": "waiting", "two": "waiting", "other": "done"}
    due = post.due()
    assert due is not None
    assert (due - NOW).total_seconds() == 5.0
    post.wait(5)
    post.carry()
    assert [text for _, text in post.far.got] == ["one", "other", "one", "two"]
    assert set(post.states().values()) == {"done"}


def test_a_letter_that_is_refused_again_and_again_is_given_up_in_the_end(post: Post) -> None:
    post.far.answer = lambda letter: Retry(0.0, "BUSY")
    post.post("one")
    for _ in range(12):
        post.carry()
        post.wait(40_000)
    assert post.states() == {"one": "failed"}
    assert len(post.far.got) == 10


def test_an_answer_that_was_lost_leaves_a_doubt_and_nothing_is_sent_again(post: Post) -> None:
    post.far.answer = lambda letter: Unknown("timeout")
    post.post("one", "two")
    post.carry()
    post.wait(10_000)
    post.carry()
    assert post.states() == {"one": "in_doubt", "two": "in_doubt"}
    assert len(post.far.got) == 2
    assert post.due() is None


def test_a_doubt_is_cleared_when_the_other_side_has_it(post: Post) -> None:
    post.far.looks_up, post.far.answer = True, lambda letter: Unknown("timeout")
    post.post("one")
    post.carry()
    assert (post.states(), post.due()) == ({"one": "in_doubt"}, datetime(2026, 5, 4, 9, 1, 30, tzinfo=UTC))
    post.wait(90)
    post.carry()
    assert (post.states(), post.due()) == ({"one": "done"}, None)
    assert post.told == [("one", "in_doubt"), ("one", "done")]


def test_a_doubt_that_is_not_there_stays_one(post: Post) -> None:
    post.far.looks_up = True
    _cut_off(post, "one")
    post.carry()
    post.wait(90)
    post.carry()
    assert (post.states(), post.far.got, post.due()) == ({"one": "in_doubt"}, [], None)


def test_what_was_cut_off_is_in_doubt_and_those_behind_it_leave(post: Post) -> None:
    _cut_off(post, "one")
    post.post("two")
    post.carry()
    assert post.states() == {"one": "in_doubt", "two": "done"}


def _cut_off(post: Post, text: str) -> None:
    """The process died between the intent and the answer."""
    post.post(text)
    with post.stage.services.sessions.begin() as session:
        session.query(OutboxRow).update({"state": "sent", "sent_at": NOW})


def test_an_exit_that_is_away_loses_nothing_and_comes_back(post: Post) -> None:
    def away(group: Sequence[Letter]) -> None:
        raise ExitAway("no route", 30.0)

    post.far.before = away
    post.post("one")
    post.carry()
    due = post.due()
    assert (post.states(), due) == ({"one": "waiting"}, datetime(2026, 5, 4, 9, 0, 30, tzinfo=UTC))
    assert post.counted() == {("rounds", "away|mail"): 1.0}
    post.far.before = lambda group: None
    post.wait(30)
    post.carry()
    assert (post.states(), post.counted()) == ({"one": "done"}, {})


def test_a_portal_that_refuses_everything_is_parked_and_its_letters_wait(post: Post) -> None:
    def away(group: Sequence[Letter]) -> None:
        raise ExitAway("PAYMENT_REQUIRED", 21_600.0, parked=True)

    post.far.before = away
    post.post("one")
    post.carry()
    post.carry()
    with post.stage.services.sessions() as session:
        state = session.get_one(Installation, post.stage.installation_id).state
    assert (state, post.states(), post.due()) == (InstallationState.PARKED, {"one": "waiting"}, None)
    assert post.counted() == {("rounds", "away|mail"): 1.0, ("portals_parked", "PAYMENT_REQUIRED"): 1.0}


def test_an_overtaken_holder_writes_nothing(post: Post) -> None:
    def overtaken(group: Sequence[Letter]) -> None:
        with post.stage.services.sessions.begin() as session:
            work.forget_claims(session)

    post.far.before = overtaken
    post.post("one")
    assert post.carry()
    assert (post.states(), post.told) == ({"one": "sent"}, [])
    assert post.counted() == {("claims_lost", ""): 1.0}


def test_a_letter_that_is_posted_during_the_last_round_is_not_forgotten(post: Post) -> None:
    late = iter(["two"])

    def meanwhile(group: Sequence[Letter]) -> None:
        for text in late:
            post.post(text)

    post.far.before = meanwhile
    post.post("one")
    post.carry()
    assert post.states() == {"one": "done", "two": "done"}


def test_an_exit_that_breaks_leaves_doubts_and_the_lane_goes_on(post: Post) -> None:
    def broken(group: Sequence[Letter]) -> None:
        raise ZeroDivisionError

    post.far.before = broken
    post.post("one")
    post.carry()
    assert post.states() == {"one": "in_doubt"}
    assert post.counted() == {("rounds", "broke|mail"): 1.0}
    post.far.before = lambda group: None
    post.post("two")
    post.carry()
    assert post.states() == {"one": "in_doubt", "two": "done"}


def test_a_round_that_breaks_is_counted_and_gives_the_lane_back(post: Post) -> None:
    def broken(number: int) -> dict[Exit, Far]:
        raise ZeroDivisionError

    post.post("one")
    deliver(replace(post.road, mail=Mail(exits_of=broken)), post.stage.installation_id, "post")
    assert (post.states(), post.due()) == ({"one": "waiting"}, NOW + BROKEN_PAUSE)
    assert post.counted() == {("rounds", "broke|mail"): 1.0}


def test_main_switched_off_keeps_letters_until_it_is_on_again(post: Post) -> None:
    post.stage.save("main", enabled=False)
    post.post("one")
    post.carry()
    assert post.states() == {"one": "waiting"}
    post.stage.save("main", enabled=True)
    post.carry()
    assert post.states() == {"one": "done"}


def test_the_lane_takes_events_in_while_a_drain_holds_the_portal(post: Post) -> None:
    with post.stage.services.sessions.begin() as session:
        held = work.claim(session, post.stage.installation_id, "drain", NOW, 120.0)
    assert held is not None
    post.stage.chat_started(7)
    post.carry()
    assert post.stage.conversation(7).state == "waiting"
    with post.stage.services.sessions.begin() as session:
        work.fence(session, held, NOW)  # the drain goes on as if nothing had been


def test_only_one_carries_a_portals_letters(post: Post) -> None:
    with post.stage.services.sessions.begin() as session:
        held = work.claim(session, post.stage.installation_id, "other", NOW, 120.0, MailWork)
    assert held is not None
    post.post("one")
    assert not post.carry()
    post.wait(121)
    assert post.carry()
    with pytest.raises(ClaimLost), post.stage.services.sessions.begin() as session:
        work.fence(session, held, NOW)
