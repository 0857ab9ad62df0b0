"""What was before us, on request: first counted, then imported by the ordinary road, nothing doubled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.storage.models import Conversation, UisConnection
from app.uis.errors import UisError
from app.uis.reports import history
from tests.support.databases import KINDS, Databases
from tests.support.joined import Joined, joined
from tests.uis.stage import TELEGRAM

LEAD, DEAL, CONTACT = 1, 2, 3
DAY = 86_400


@pytest.fixture(params=KINDS)
def house(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Joined]:
    """A portal that was joined after five days of chats and requests; once on each kind of database."""
    with databases.database(request.param, tmp_path, migrated=True) as url, joined(url) as made:
        yield with_a_past(made)


@pytest.fixture
def quick(databases: Databases, tmp_path: Path) -> Iterator[Joined]:
    """The same on SQLite alone."""
    with databases.database("sqlite", tmp_path, migrated=True) as url, joined(url) as made:
        yield with_a_past(made)


def with_a_past(house: Joined) -> Joined:
    """Six days, each with a chat and a request of its own client, and a chat in a channel that is not joined."""
    house.stage.save("offline", enabled=True, responsible={"default_user_id": 1}, create={"entity": "deal"})
    house.stage.save("chats", create={"entity": "deal"})
    house.uis.hold()
    for day in range(6):
        house.stage.world.clock.advance(DAY)
        chat = house.uis.visitor_starts_chat(phone=f"7916000000{day}", name="Клиент", text=f"Вопрос {day}")
        house.uis.close_chat(chat.id)
        house.uis.visitor_starts_chat(TELEGRAM, username=f"stranger{day}", text="Не сюда")
        house.uis.offline_request(phone=f"7916000001{day}", text=f"Заявка {day}")
    house.stage.world.clock.advance(DAY / 2)
    house.uis.release([])
    now = house.stage.services.clock.now()
    house.change(created_at=now, polled_till=now, polled={}, requests_polled={})
    return house


def imported(house: Joined, days: int, *, rehearse: bool = False) -> dict[str, Any]:
    """Begin and let it end; what the page is told."""
    assert history.begin(house.stage.services, house.stage.installation_id, days, rehearse=rehearse)
    for _ in range(60):
        if told(house)["state"] != "running":
            break
        house.read(1)
    house.rest()
    return told(house)


def told(house: Joined) -> dict[str, Any]:
    with house.stage.services.sessions() as session:
        return history.progress(session, house.stage.installation_id, "ru")


def known(house: Joined) -> int:
    with house.stage.services.sessions() as session:
        return session.query(Conversation).count()


def test_nothing_comes_by_itself(house: Joined) -> None:
    house.read(310)
    assert (known(house), told(house)["state"]) == (0, "never")


def test_a_rehearsal_counts_and_lists_and_writes_nothing(house: Joined) -> None:
    house.stage.portal.requests.clear()
    shown = imported(house, 3, rehearse=True)
    assert (shown["state"], shown["percent"]) == ("done", 100)
    assert (shown["chats"], shown["requests"]) == ({"found": 3, "known": 0}, {"found": 3, "known": 0})
    assert {(item["kind"], item["place"]) for item in shown["items"]} == {
        ("chat", "Чат на сайте"), ("offline", "Стандартная"),
    }  # fmt: skip
    assert (known(house), house.stage.rest()) == (0, [])


def test_the_last_days_are_imported_once(house: Joined) -> None:
    shown = imported(house, 3)
    assert (shown["chats"]["found"], shown["requests"]["found"]) == (3, 3)
    assert (len(house.stage.items(DEAL)), len(house.stage.items(CONTACT)), known(house)) == (6, 6, 6)
    assert house.stage.unsettled() == []
    assert "im.notify.system.add" not in house.stage.rest()  # nobody waits for an answer any more
    again = imported(house, 30)
    assert (again["chats"], again["requests"]) == ({"found": 6, "known": 3}, {"found": 6, "known": 3})
    assert (len(house.stage.items(DEAL)), len(house.stage.items(CONTACT)), known(house)) == (12, 12, 12)
    comments = [house.stage.comments(DEAL, deal["id"]) for deal in house.stage.items(DEAL)]
    assert [len(texts) for texts in comments] == [1] * 12


def test_what_an_earlier_installation_made_is_found_by_its_markers(house: Joined) -> None:
    imported(house, 7)
    with house.stage.services.sessions.begin() as session:
        for row in session.query(Conversation):
            session.delete(row)
    house.change(history={})
    shown = imported(house, 7)
    assert shown["chats"] == {"found": 6, "known": 0}
    assert (len(house.stage.items(DEAL)), len(house.stage.items(CONTACT))) == (12, 12)
    assert len(house.stage.activities()) == 12


def test_a_second_start_does_not_disturb_the_first(quick: Joined) -> None:
    services, installation = quick.stage.services, quick.stage.installation_id
    assert history.begin(services, installation, 3, rehearse=True)
    assert not history.begin(services, installation, 300, rehearse=False)
    assert told(quick)["days"] == 3


def test_the_last_points_of_the_day_are_left_and_it_goes_on_tomorrow(quick: Joined) -> None:
    day = quick.stage.world.clock.datetime(quick.uis.zone).strftime("day %Y-%m-%d")
    quick.uis.day_limit = 1_000
    quick.uis.points[day] = 900
    quick.read(310)
    assert history.begin(quick.stage.services, quick.stage.installation_id, 3, rehearse=False)
    quick.read(1)
    shown = told(quick)
    assert (shown["state"], bool(shown["problem"]), shown["chats"]["found"]) == ("running", True, 0)
    quick.read(DAY)
    for _ in range(5):
        quick.read(1)
    assert (told(quick)["state"], told(quick)["problem"]) == ("done", None)


def test_a_key_that_was_withdrawn_ends_it_in_words(quick: Joined) -> None:
    assert history.begin(quick.stage.services, quick.stage.installation_id, 3, rehearse=False)
    quick.uis.data_keys.clear()
    quick.read(1)
    shown = told(quick)
    assert (shown["state"], quick.row().history_due_at) == ("failed", None)
    assert "Data API" in shown["problem"]


def test_without_uis_there_is_no_history(quick: Joined) -> None:
    with quick.stage.services.sessions.begin() as session:
        session.query(UisConnection).delete()
    with pytest.raises(UisError, match="not_connected"):
        history.begin(quick.stage.services, quick.stage.installation_id, 3, rehearse=True)
