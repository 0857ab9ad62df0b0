"""A key of UIS that is over: administrators are told in the portal, once a day, and when it is well again."""

from datetime import timedelta

import pytest

from app.base.clock import ManualClock
from app.uis.reports.poll import poll_due
from app.web.chores import Chores
from app.web.portals import Portals
from tests.web.world import Living

KEY = "sandbox-data-key"


@pytest.fixture(autouse=True)
def connected(alive: Living, built_pages: None) -> None:
    alive.connected(alive.installed())
    alive.work()


def told_after(alive: Living, pause: timedelta) -> list[str]:
    """What administrators are told newly, when so much time has passed and the reports were read."""
    clock = alive.home.services.clock
    assert isinstance(clock, ManualClock)
    alive.portal.notifications.clear()
    clock.advance(pause.total_seconds())
    poll_due(alive.home.services)
    Chores(alive.home.services, Portals(alive.home.services)).tell_uis_troubles()
    return [row.message for row in alive.portal.notifications]


def test_what_waits_for_a_person_is_told_once_a_day_and_when_it_is_over(alive: Living) -> None:
    soon = timedelta(minutes=10)
    assert told_after(alive, soon) == []
    alive.world.uis.expired_keys.add(KEY)
    (first,) = told_after(alive, soon)
    assert "Срок ключа Data API истёк" in first
    assert told_after(alive, soon) == []
    assert len(told_after(alive, timedelta(hours=25))) == 1
    alive.world.uis.expired_keys.clear()
    (over,) = told_after(alive, soon)
    assert "снова" in over
    assert told_after(alive, soon) == []


def test_what_passes_by_itself_is_told_to_nobody(alive: Living) -> None:
    alive.world.faults.add("uis_data", "get.chats_report", "error", code="internal_error", times=9)
    assert told_after(alive, timedelta(minutes=10)) == []


def test_a_portal_that_cannot_be_called_is_told_later(alive: Living) -> None:
    alive.world.uis.expired_keys.add(KEY)
    alive.world.faults.add("bitrix", "batch", "error", code="ACCESS_DENIED", status=403, times=1)
    assert told_after(alive, timedelta(minutes=10)) == []
    assert len(told_after(alive, timedelta(minutes=10))) == 1
