"""Five hundred dialogs of every sort, with answers of UIS that get lost; a worker that dies at every step."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from app.pipeline.analytics.desk import Analytics
from app.pipeline.analytics.sides import Sides
from tests.support.analytics import TELEGRAM, VIBER, Lines, lines
from tests.support.databases import KINDS, Databases

FEWEST, CLAIM = 8, 200.0
SESSION, MAPPED, DEFAULT, NOBODY = 150, 150, 100, 100
PATIENT = {"HTTP_READ_TIMEOUT_S": "1", "RECONCILE_S": "7200"}


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Lines]:
    """Analytics is on; UIS is given up soon. Once on each kind of database."""
    with databases.database(request.param, tmp_path, migrated=True) as url:
        with lines(url, tmp_path, **PATIENT) as made:
            made.begin()
            yield made


def marked(session_id: int) -> Any:
    return [{"GRID": [{"NAME": "UIS", "VALUE": f"uis-session:{session_id}", "DISPLAY": "LINE"}]}]


def chats(desk: Lines) -> dict[int, tuple[str, str | None, int | None]]:
    """By chat of the line: what has to become of it, its reason, and its session or source at UIS."""
    expected: dict[int, tuple[str, str | None, int | None]] = {}
    for number in range(SESSION):
        visit = desk.world.uis.visit()
        chat = desk.livechat(phone=f"+7903{number:07}", custom_data=marked(visit.id))
        expected[chat] = ("uploaded", None, visit.id)
    for number in range(MAPPED + DEFAULT):
        mapped = number < MAPPED
        chat = desk.messenger(
            connector=TELEGRAM if mapped else VIBER, person=f"m{number}", phone=f"+7916{number:07}"
        )
        expected[chat] = ("uploaded", None, 5 if mapped else 3)
    for number in range(NOBODY):
        chat = desk.messenger(connector=VIBER, person=f"n{number}")
        expected[chat] = ("refused", "no_contact", None)
    for chat in expected:
        desk.finish(chat)
    return expected


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_five_hundred_dialogs_go_where_they_belong_each_once(desk: Lines) -> None:
    for kind, times in (("timeout_after", 3), ("reset_after", 2)):
        options = {"seconds": 2} if kind == "timeout_after" else {}
        desk.world.faults.add("uis_data", "upload.chats", kind, times=times, **options)
    expected = chats(desk)
    desk.rest(4 * 3600.0)
    assert desk.world.faults.list() == []
    rows = {row.chat_id: row for row in desk.rows()}
    assert {chat: (row.state, row.reason) for chat, row in rows.items()} == {
        chat: (state, reason) for chat, (state, reason, _) in expected.items()
    }
    made = {chat.ext_id: chat for chat in desk.uploaded()}
    assert len(made) == len(desk.uploaded()) == SESSION + MAPPED + DEFAULT
    for chat, (state, _, where) in expected.items():
        if state == "uploaded":
            at_uis = made[rows[chat].ext_id]
            by_session = rows[chat].tier == "session"
            assert where == (at_uis.session.id if by_session else at_uis.session.traffic["source_id"])
            assert rows[chat].uis_id == at_uis.report_id
    assert Counter(row.tier for row in rows.values() if row.state == "uploaded") == {
        "session": SESSION,
        "messenger": MAPPED,
        "default": DEFAULT,
    }


class Dying:
    """A side whose process dies at its call number `step`, before it goes out or with its answer on the way."""

    def __init__(self, real: Any, steps: "Steps") -> None:
        self._real = real
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return self._steps.around(found) if callable(found) else found


class Steps:
    """Counts the calls of one life to both vendors, and ends it at one of them."""

    def __init__(self, last: int, after: bool) -> None:
        self.left = last
        self.after = after

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*args: Any) -> Any:
            self.left -= 1
            if self.left == 0 and not self.after:
                raise SystemExit("killed")
            answer = call(*args)
            if self.left == 0:
                raise SystemExit("killed")
            return answer

        return made


def life(desk: Lines, alive: Analytics, steps: Steps) -> bool:
    """Work until death; whether it was reached."""
    sides = Sides(
        lines_of=lambda number: cast(Any, Dying(alive.sides.lines_of(number), steps)),
        uploads_of=lambda number: cast(Any, Dying(alive.sides.uploads_of(number), steps)),
    )
    desk.worker.analytics = replace(alive, sides=sides)
    try:
        desk.rest(7_300)
    except SystemExit:
        return True
    finally:
        desk.worker.analytics = alive
    return False


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("after", [False, True])
def test_a_worker_may_die_at_any_step(desk: Lines, after: bool) -> None:
    """Every life has two dialogs of its own and the rest of the one before, and dies one step later than that one.

    Until a life comes to its end; the claim of the dead runs out.
    """
    alive = desk.worker.analytics
    for step in itertools.count(1):
        for number in (2 * step, 2 * step + 1):
            desk.finish(desk.messenger(person=f"p{number}", phone=f"+7916{number:07}"))
        died = life(desk, alive, Steps(step, after))
        desk.world.clock.advance(CLAIM)
        if not died:
            break
    desk.rest(4 * 3600.0)
    found = Counter(chat.ext_id for chat in desk.uploaded())
    assert step > FEWEST
    assert (len(found), set(found.values())) == (2 * step, {1})
    assert Counter(desk.states()) == {("uploaded", None): 2 * step}
