"""Reading after long pauses and in rushes: nothing is asked that UIS refuses, nothing that was read is read again."""

import pytest

from app.uis.joining.connect import connect
from app.uis.reports.poll import poll, poll_requests
from app.uis.reports.visits import visits
from tests.uis.stage import KEY, SITE_CHAT, Stage

DAY = 86_400


@pytest.fixture
def joined(scene: Stage) -> Stage:
    """Chats of the site stay in UIS, and there are no callbacks."""
    connect(
        scene.house, scene.portal, ticket=scene.ticket(), channels=(SITE_CHAT,), answering="uis", data_api_key=KEY
    )  # fmt: skip
    scene.uis.flush()
    scene.uis.callbacks_without_scenario = False
    return scene


def test_requests_come_in_after_a_pause_of_months(joined: Stage) -> None:
    number = joined.connection().id
    poll_requests(joined.house, number)
    for days in (70, 200):
        joined.world.clock.advance(days * DAY)
        joined.uis.offline_request(name="Покупатель", phone="79161234567", text="Перезвоните")
        joined.world.clock.advance(60)
        assert poll_requests(joined.house, number) == 1


def test_chats_come_in_after_a_pause_of_months(joined: Stage) -> None:
    joined.world.clock.advance(200 * DAY)
    joined.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    joined.world.clock.advance(60)
    assert poll(joined.house, joined.connection().id) == 2


def test_visits_are_asked_for_within_three_months_on_every_day_of_a_year(joined: Stage) -> None:
    """From the first of February three months are 89 days."""
    for _ in range(0, 366, 3):
        visits(joined.house, joined.portal, 1)
        joined.world.clock.advance(3 * DAY)
