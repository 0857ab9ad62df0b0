"""Points of the Data API: what a quiet account costs in a day, what a rush costs, and slowing down in time."""

from datetime import timedelta

from app.uis.joining.connect import connect
from app.uis.reports.poll import poll, poll_due
from app.uis.sync import synchronize
from tests.uis.stage import KEY, SITE_CHAT, Stage

DAY, STEP = 86_400, 60
MOST_A_DAY = 1_300
PART = 4
"""A quarter of a day tells the rest: nothing is read more rarely than hourly but one read that is wider."""


def joined(scene: Stage, answering: str) -> None:
    connect(
        scene.house, scene.portal, ticket=scene.ticket(), channels=(SITE_CHAT,), answering=answering,
        data_api_key=KEY,
    )  # fmt: skip
    scene.uis.flush()
    scene.uis.callbacks_without_scenario = False
    scene.uis.points.clear()


def spent(scene: Stage) -> int:
    return sum(points for day, points in scene.uis.points.items() if day.startswith("day"))


def idle(scene: Stage, seconds: int) -> None:
    """Time goes by in steps; what is due is read, names are synchronized."""
    for second in range(0, seconds, STEP):
        if second % scene.house.config.sync == 0:
            synchronize(scene.house, scene.portal)
        poll_due(scene.house)
        scene.world.clock.advance(STEP)


def test_a_quiet_account_whose_chats_stay_in_uis(scene: Stage) -> None:
    joined(scene, "uis")
    idle(scene, DAY // PART)
    assert 200 < spent(scene) <= MOST_A_DAY // PART


def test_a_quiet_account_whose_chats_come_to_us(scene: Stage) -> None:
    joined(scene, "bitrix24")
    idle(scene, DAY // PART)
    assert 200 < spent(scene) <= MOST_A_DAY // PART


def test_a_thousand_chats_at_once_cost_twenty_points_more(scene: Stage) -> None:
    joined(scene, "uis")
    poll_due(scene.house)
    for number in range(1_000):
        chat = scene.uis.visitor_starts_chat(SITE_CHAT, phone=f"7916{number:07}", text="Добрый день")
        if number % 2:
            scene.uis.close_chat(chat.id)
    scene.uis.points.clear()
    scene.world.clock.advance(60)
    poll(scene.house, scene.connection().id)
    usual = 1 + 1  # the page of the report, and a look whether there is another one
    assert spent(scene) <= 20 + usual
    scene.uis.points.clear()
    scene.world.clock.advance(120)
    poll(scene.house, scene.connection().id)
    assert spent(scene) <= usual


def test_requests_slow_down_with_the_last_fifth_of_the_points(scene: Stage) -> None:
    joined(scene, "uis")
    scene.uis.day_limit = 1_000
    day = scene.world.clock.datetime(scene.uis.zone).strftime("day %Y-%m-%d")
    scene.uis.points[day] = 900
    poll_due(scene.house)
    row = scene.row()
    assert row is not None and row.requests_due_at is not None and row.poll_due_at is not None
    now = scene.house.clock.now()
    assert row.requests_due_at - now > timedelta(seconds=550)
    assert row.poll_due_at - now > timedelta(seconds=220)
