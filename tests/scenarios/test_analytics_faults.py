"""Whatever fails between an open line and UIS: no dialog is lost, and none is there twice."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.dialogs import UploadChat
from app.pipeline.analytics.desk import Analytics
from app.pipeline.analytics.lane import turn
from app.pipeline.analytics.sides import Sides, Uploads
from app.pipeline.crm_side import CrmAway
from app.storage.models import AnalyticsWork
from app.storage.queries.work import ClaimLost
from app.uis.uploads import uploads_of
from tests.support.analytics import Lines, lines
from tests.support.databases import KINDS, Databases

LONG = 4 * 3600.0
PATIENT = {"HTTP_READ_TIMEOUT_S": "0.5", "RECONCILE_S": "7200"}
"""UIS is given up soon, and the clock jumps far from one due time to the next."""


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Lines]:
    """A portal whose analytics is on; UIS is given up soon. Once on each kind of database."""
    with databases.database(request.param, tmp_path, migrated=True) as url:
        with lines(url, tmp_path, **PATIENT) as made:
            made.begin()
            yield made


@pytest.fixture
def quick(databases: Databases, tmp_path: Path) -> Iterator[Lines]:
    """The same on SQLite alone."""
    with databases.database("sqlite", tmp_path, migrated=True) as url:
        with lines(url, tmp_path, **PATIENT) as made:
            made.begin()
            yield made


def talks(desk: Lines, count: int, start: int = 0) -> None:
    """So many closed dialogs of different people."""
    for number in range(start, start + count):
        chat = desk.messenger(f"Вопрос {number}", person=str(5000 + number), phone=f"+7916{number:07}")
        desk.finish(chat)
    desk.go(60)


def each_once(desk: Lines, count: int) -> None:
    """Every dialog is at UIS, one time, and we know it."""
    found = Counter(chat.ext_id for chat in desk.uploaded())
    assert set(found.values()) <= {1}, found
    assert (len(found), Counter(desk.states())) == (count, Counter({("uploaded", None): count}))
    assert {row.uis_id for row in desk.rows()} == {chat.report_id for chat in desk.uploaded()}


LOST = [
    ("timeout_after", "create"),
    ("reset_after", "create"),
    ("reset_after", "duplicate_entity"),
    ("timeout_before", "update"),
    ("reset_before", "create"),
]


@pytest.mark.parametrize(("kind", "repeat"), LOST)
def test_an_answer_that_was_lost_leaves_every_dialog_there_once(quick: Lines, kind: str, repeat: str) -> None:
    quick.world.uis.repeated_upload = repeat  # type: ignore[assignment]
    quick.world.faults.add(
        "uis_data", "upload.chats", kind, times=1, **({"seconds": 2} if "time" in kind else {})
    )
    talks(quick, 5)
    quick.rest(LONG)
    assert quick.world.faults.list() == []
    each_once(quick, 5)


def test_a_time_out_after_the_effect_is_looked_up_on_both_databases(desk: Lines) -> None:
    desk.world.faults.add("uis_data", "upload.chats", "timeout_after", times=1, seconds=2)
    talks(desk, 3)
    desk.rest(LONG)
    each_once(desk, 3)


@pytest.mark.parametrize("kind", ["http_500", "html"])
def test_an_answer_that_says_nothing_is_not_believed(quick: Lines, kind: str) -> None:
    quick.world.faults.add("uis_data", "upload.chats", kind, times=1)
    talks(quick, 3)
    quick.rest(LONG)
    each_once(quick, 3)


AWAY = [
    ("imopenlines.session.history.get", "error"),
    ("crm.activity.list", "timeout_before"),
    ("crm.item.*", "http_503"),
    ("batch", "expired_token"),
]


@pytest.mark.parametrize(("method", "kind"), AWAY)
def test_a_portal_that_does_not_answer_is_asked_again(quick: Lines, method: str, kind: str) -> None:
    options: dict[str, Any] = {"seconds": 2} if kind.startswith("time") else {}
    options = {"code": "SOMETHING_NEW"} if kind == "error" else options
    times = 1 if kind == "expired_token" else 2  # twice in a row is an authorization that is over
    quick.world.faults.add("bitrix", method, kind, times=times, **options)
    talks(quick, 3)
    quick.rest(LONG)
    each_once(quick, 3)


@pytest.mark.parametrize(("bad", "order"), [("refuse_all", "same"), ("skip", "same"), ("skip", "reversed")])
def test_a_bad_chat_stands_alone_and_is_refused_in_words(quick: Lines, bad: str, order: str) -> None:
    quick.world.uis.bad_upload_item, quick.world.uis.upload_order = bad, order  # type: ignore[assignment]
    quick.save(employee_mode="fallback", employee_id=999)  # nobody in UIS
    talks(quick, 19)
    chat = quick.messenger("Вопрос", person="1", phone="+79167654321")
    quick.answer(chat, user_id=1)
    quick.finish(chat)
    quick.rest(24 * 3600)
    refused = [row for row in quick.rows() if row.state == "refused"]
    assert [(row.chat_id, row.reason) for row in refused] == [(chat, "uis")]
    assert refused[0].problem is not None
    assert refused[0].problem.startswith("upload_employee")
    assert len(quick.uploaded()) == 19
    assert max(Counter(made.ext_id for made in quick.uploaded()).values()) == 1


def test_points_of_the_reserve_are_left_to_the_chats(quick: Lines) -> None:
    clock, zone = quick.world.clock, quick.world.uis.zone
    morning = (clock.datetime(zone) + timedelta(days=1)).replace(hour=6)
    clock.advance(
        (morning - clock.datetime(zone)).total_seconds()
    )  # points are those of a day, by UIS's own calendar
    quick.world.uis.day_limit = 100
    quick.world.uis.points[quick.world.clock.datetime(quick.world.uis.zone).strftime("day %Y-%m-%d")] = 85
    talks(quick, 1)
    quick.rest(7_300)
    assert len(quick.uploaded()) == 1  # and its answer said what is left
    talks(quick, 2, start=1)
    quick.rest(7_300)
    assert len(quick.uploaded()) == 1
    quick.rest(26 * 3600)
    each_once(quick, 3)


def test_a_component_that_is_missing_is_said_and_nothing_is_refused(quick: Lines) -> None:
    kept = quick.world.uis.components
    quick.world.uis.components = {name for name in kept if name != "upload_chats"}
    talks(quick, 3)
    quick.rest(7_300)
    assert ({row.state for row in quick.rows()}, quick.uploaded()) == ({"ready"}, [])
    with quick.services.sessions() as session:
        assert str(session.query(AnalyticsWork).one().problem).startswith("component_missing")
    quick.world.uis.components = kept
    quick.rest(2 * 3600)
    each_once(quick, 3)


def test_a_report_that_shows_chats_late_makes_nothing_twice(quick: Lines) -> None:
    quick.world.uis.report_lag_s = 1_200
    quick.world.faults.add("uis_data", "upload.chats", "timeout_after", times=1, seconds=2)
    talks(quick, 3)
    quick.rest(LONG)
    each_once(quick, 3)


def test_a_chat_that_the_report_never_shows_is_missing_and_can_be_sent_again(quick: Lines) -> None:
    talks(quick, 2)
    quick.world.uis.report_lag_s = 10 * 86_400
    quick.rest(7_300)
    assert set(quick.states()) == {("uploaded", None)}
    lost = quick.uploaded()[0]
    del quick.world.uis.chats[lost.id]
    quick.world.uis.report_lag_s = 0
    quick.rest(30 * 3600)
    assert Counter(quick.states()) == Counter({("uploaded", None): 1, ("missing", "not_at_uis"): 1})
    told = quick.api("POST", "/analytics/send_again", {"reason": "not_at_uis"}, quick.open())
    assert told.json == {"count": 1}
    quick.rest(LONG)
    each_once(quick, 2)


class Dying:
    """A UIS side whose process dies at one moment: before, or after the upload has had its effect."""

    def __init__(self, real: Uploads, moment: str) -> None:
        self.real = real
        self.moment = moment
        self.account = real.account
        self.look_up = real.look_up

    def upload(self, chats: Sequence[UploadChat]) -> int:
        if self.moment == "after":
            self.real.upload(chats)
        raise SystemExit("killed")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_while_it_uploads_leaves_nothing_twice(desk: Lines, moment: str) -> None:
    sides = desk.worker.analytics.sides

    def dying(number: int) -> Uploads | None:
        found = uploads_of(desk.services, number)
        return Dying(found, moment) if found else None

    broken = Analytics(
        services=desk.services, rhythm=desk.worker.analytics.rhythm,
        sides=Sides(lines_of=sides.lines_of, uploads_of=dying),
    )  # fmt: skip
    alive, desk.worker.analytics = desk.worker.analytics, broken
    with pytest.raises(SystemExit):
        talks(desk, 3)
        desk.rest(7_300)
    desk.worker.analytics = alive
    desk.world.clock.advance(200)  # the claim of the dead one runs out
    desk.rest(LONG)
    each_once(desk, 3)


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (ZeroDivisionError(), {("rounds", "broke|analytics"): 1.0}),
        (CrmAway("no answer", 60.0), {("rounds", "away|analytics"): 1.0}),
        (
            CrmAway("overload", 60.0, parked=True),
            {("rounds", "away|analytics"): 1.0, ("portals_parked", "overload"): 1.0},
        ),
        (ClaimLost(), {("claims_lost", ""): 1.0}),
    ],
    ids=["broke", "away", "parked", "overtaken"],
)
def test_troubles_of_the_lane_are_counted(quick: Lines, error: Exception, counted: dict[Any, float]) -> None:
    def troubled(number: int) -> Uploads | None:
        raise error

    healthy = quick.worker.analytics
    sides = Sides(lines_of=healthy.sides.lines_of, uploads_of=troubled)
    quick.services.meters.take()
    turn(replace(healthy, sides=sides), quick.installation_id, "troubled")
    told = quick.services.meters.take()
    names = ("rounds", "claims_lost", "portals_parked")
    assert {key: value for key, value in told.items() if key[0] in names} == counted


def test_a_uis_that_is_away_is_counted(quick: Lines) -> None:
    quick.world.uis.components = {name for name in quick.world.uis.components if name != "upload_chats"}
    talks(quick, 1)
    quick.rest(7_300)
    assert quick.services.meters.take()["rounds", "away|analytics"] >= 1.0


def test_many_workers_at_once_upload_each_dialog_once(desk: Lines) -> None:
    talks(desk, 0)
    for number in range(12):
        chat = desk.messenger(f"Вопрос {number}", person=str(number), phone=f"+7916{number:07}")
        desk.finish(chat)
    assert desk.portal.events.wait_idle()
    desk.world.clock.advance(7_300)
    took: list[bool] = []
    portal = desk.installation_id

    def work(name: str) -> None:
        took.append(turn(desk.worker.analytics, portal, name))

    workers = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(took) == 6
    desk.rest(7_300)
    each_once(desk, 12)
