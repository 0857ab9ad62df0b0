"""Reading after long pauses and in rushes: nothing is asked that UIS refuses, nothing that was read is read again."""

from datetime import timedelta

import pytest

from app.domain.events import ChatReported
from app.uis.joining import status as shown
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


def hours_of_chats(scene: Stage, many: int) -> None:
    for number in range(many):
        scene.uis.visitor_starts_chat(SITE_CHAT, text=f"Чат {number}")
        scene.world.clock.advance(30)


def told(scene: Stage) -> int:
    return sum(isinstance(event, ChatReported) for event in scene.events("poll"))


@pytest.mark.parametrize("wide", [True, False])
def test_a_rush_comes_in_over_as_many_minutes_as_it_needs(joined: Stage, wide: bool) -> None:
    """A minute has points for the page and some slices: what was read of one is not read again."""
    number = joined.connection().id
    joined.world.clock.advance(10)
    if not wide:
        poll(joined.house, number)
    for chat in range(350):
        joined.uis.visitor_starts_chat(SITE_CHAT, text=f"Чат {chat}")
    joined.uis.minute_limit = 5
    came = []
    for _ in range(4):
        joined.world.clock.advance(61)
        poll(joined.house, number)
        came.append(told(joined))
    assert came == [200, 350, 350, 350]
    row = joined.row()
    assert row is not None and row.polled_till is not None
    assert joined.house.clock.now() - row.polled_till < timedelta(seconds=30)


def test_a_window_of_more_rows_than_pages_reach_is_cut(
    joined: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.uis.data.PAGE", 5)
    monkeypatch.setattr("app.uis.data.FARTHEST", 10)
    hours_of_chats(joined, 40)
    for _ in range(20):
        joined.uis.offline_request(name="Покупатель", phone="79161234567", text="Перезвоните")
        joined.world.clock.advance(30)
    poll(joined.house, joined.connection().id)
    assert told(joined) == 40
    assert poll_requests(joined.house, joined.connection().id) == 20


def warnings(scene: Stage) -> str:
    with scene.house.sessions() as session:
        return " ".join(shown.status(session, scene.portal, scene.house.config, "ru")["warnings"])


def test_without_the_component_of_messages_chats_come_in_and_that_is_said(joined: Stage) -> None:
    number = joined.connection().id
    lacking = {"consultant", "upload_chats"} & joined.uis.components
    joined.uis.components -= lacking
    chat = joined.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    joined.uis.close_chat(chat.id)
    joined.world.clock.advance(60)
    assert poll(joined.house, number) == 1
    assert (told(joined), "Сообщения чатов" in warnings(joined)) == (1, True)
    joined.uis.components |= lacking
    joined.world.clock.advance(60)
    assert poll(joined.house, number) == 1
    assert "Сообщения чатов" not in warnings(joined)
