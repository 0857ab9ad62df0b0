"""Callbacks that never come: the reports make them good, and whatever comes after all doubles nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.models import Conversation, Message
from tests.support.databases import KINDS, Databases
from tests.support.joined import Joined, joined

LEAD, DEAL, CONTACT = 1, 2, 3
CHATS = 100
RECONCILE = 310


@pytest.fixture(params=KINDS)
def house(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Joined]:
    """A joined portal whose chats are forwarded to us; once on each kind of database."""
    with databases.database(request.param, tmp_path, migrated=True) as url, joined(url) as made:
        made.stage.save("chats", create={"entity": "deal"})
        yield made


def chat_of(house: Joined, number: int) -> None:
    chat = house.uis.visitor_starts_chat(
        phone=f"7916{number:07}", name=f"Клиент {number}", text="Добрый день"
    )
    house.uis.visitor_writes(chat.id, f"Вопрос {number}")
    if number % 2:
        house.uis.close_chat(chat.id)


def made(house: Joined) -> tuple[int, int, int, int]:
    """Deals, contacts, activities, comments on deals."""
    deals = house.stage.items(DEAL)
    comments = sum(len(house.stage.comments(DEAL, deal["id"])) for deal in deals)
    return len(deals), len(house.stage.items(CONTACT)), len(house.stage.activities()), comments


def stored(house: Joined) -> tuple[int, int]:
    with house.stage.services.sessions() as session:
        return session.query(Conversation).count(), session.query(Message).count()


def test_an_hour_without_callbacks_is_restored_and_nothing_doubled_when_they_come(house: Joined) -> None:
    house.uis.hold()
    for number in range(CHATS):
        chat_of(house, number)
        house.stage.world.clock.advance(36)
        if number % 10 == 9:
            house.read()
    house.read(RECONCILE)
    house.rest()
    restored = (CHATS, CHATS, CHATS, CHATS // 2)
    assert (made(house), stored(house)) == (restored, (CHATS, 2 * CHATS))
    assert house.row().lost_callbacks == 3 * CHATS  # the chat and its two messages
    assert house.stage.unsettled() == []

    house.uis.release("shuffled")
    house.rest()
    house.read(RECONCILE)
    house.rest()
    assert (made(house), stored(house)) == (restored, (CHATS, 2 * CHATS))
    assert house.row().lost_callbacks == 3 * CHATS
    assert house.stage.unsettled() == []


def test_a_lost_message_and_a_lost_close_are_found(house: Joined) -> None:
    chat = house.uis.visitor_starts_chat(phone="79160000001", text="Добрый день")
    house.rest(8)
    house.uis.hold()
    house.uis.visitor_writes(chat.id, "Где мой заказ?")
    house.uis.close_chat(chat.id)
    house.uis.release([])
    house.stage.world.clock.advance(60)
    house.read(RECONCILE)
    house.rest()
    [deal] = house.stage.items(DEAL)
    [comment] = house.stage.comments(DEAL, deal["id"])
    assert "Где мой заказ?" in comment
    assert house.row().lost_callbacks == 1


def test_what_came_by_callback_is_not_counted_as_lost(house: Joined) -> None:
    for number in range(3):
        chat_of(house, number)
    house.rest(60)
    house.read(RECONCILE)
    assert house.row().lost_callbacks == 0


def test_what_is_still_on_its_way_is_not_counted_as_lost(house: Joined) -> None:
    house.uis.hold()
    chat_of(house, 1)
    house.change(poll_due_at=house.stage.services.clock.now())
    house.read(5)
    assert house.row().lost_callbacks == 0
    assert stored(house) == (1, 2)


def test_chats_that_stay_in_uis_count_no_lost_callbacks(databases: Databases, tmp_path: Path) -> None:
    with databases.database("sqlite", tmp_path, migrated=True) as url, joined(url, answering="uis") as house:
        house.uis.callbacks_without_scenario = False
        chat_of(house, 1)
        house.read(RECONCILE)
        house.rest(8)
        assert len(house.stage.items(LEAD)) == 1
        assert house.row().lost_callbacks == 0
