"""Offline requests: found in the report, each once, by the same rules as chats."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.models import Conversation
from tests.support.databases import KINDS, Databases
from tests.support.joined import Joined, joined

LEAD, DEAL, CONTACT = 1, 2, 3
HOUR = 3_700


@pytest.fixture(params=KINDS)
def house(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Joined]:
    """A joined portal that takes offline requests; once on each kind of database."""
    with databases.database(request.param, tmp_path, migrated=True) as url, joined(url) as made:
        made.stage.save("offline", enabled=True, responsible={"default_user_id": 1})
        yield made


@pytest.fixture
def quick(databases: Databases, tmp_path: Path) -> Iterator[Joined]:
    """The same on SQLite alone."""
    with databases.database("sqlite", tmp_path, migrated=True) as url, joined(url) as made:
        made.stage.save("offline", enabled=True, responsible={"default_user_id": 1})
        yield made


def send(house: Joined, **more: str) -> int:
    form = {
        "name": "Покупатель",
        "phone": "79161234567",
        "email": "buyer@example.com",
        "text": "Перезвоните мне",
    }
    return house.uis.offline_request(**(form | more)).id  # type: ignore[arg-type]


def of_requests(house: Joined) -> list[Conversation]:
    with house.stage.services.sessions() as session:
        return session.query(Conversation).filter_by(kind="offline").order_by(Conversation.source_id).all()


def test_a_request_becomes_a_lead_with_its_text(house: Joined) -> None:
    send(house)
    house.read(130)
    [lead], [activity] = house.stage.items(LEAD), house.stage.activities()
    assert (lead["title"], lead["name"], activity.fields["COMPLETED"] == "Y") == (
        "Заявка: Покупатель",
        "Покупатель",
        False,
    )
    [comment] = house.stage.comments(LEAD, lead["id"])
    assert "Перезвоните мне" in comment
    assert [row.state for row in of_requests(house)] == ["done"]


def test_a_request_is_read_once_however_often_its_window_comes_back(house: Joined) -> None:
    send(house)
    house.read(130)
    assert [house.read(HOUR) for _ in range(3)] == [0, 0, 0]
    assert (len(house.stage.items(LEAD)), len(house.stage.activities())) == (1, 1)


def test_a_request_processed_days_later_is_completed_with_the_answer(house: Joined) -> None:
    number = send(house)
    house.read(130)
    house.stage.world.clock.advance(2 * 86_400)
    house.read()
    house.uis.process_request(number, answer="Завтра в десять", comment="Договорились")
    assert house.read(HOUR) >= 1
    house.rest()
    [lead], [activity] = house.stage.items(LEAD), house.stage.activities()
    [comment] = house.stage.comments(LEAD, lead["id"])
    assert activity.fields["COMPLETED"] == "Y"
    assert comment.index("Перезвоните мне") < comment.index("Завтра в десять")
    [row] = of_requests(house)
    assert (row.state, row.close_reason, row.operator_id) == ("done", "processed", 367852)
    assert row.facts["employee"]["comment"] == "Договорились"


def test_one_that_is_processed_three_weeks_later_is_seen_within_a_day(quick: Joined) -> None:
    number = send(quick)
    quick.read(130)
    for _ in range(20):
        quick.read(86_400)
    quick.uis.process_request(number)
    quick.read(HOUR)
    assert quick.stage.activities()[0].fields["COMPLETED"] != "Y"
    quick.read(86_400)
    quick.rest()
    assert quick.stage.activities()[0].fields["COMPLETED"] == "Y"


def test_created_when_processed_if_the_settings_say_so(house: Joined) -> None:
    house.stage.save("offline", create={"moment": "processed", "entity": "deal"})
    number = send(house)
    house.read(130)
    assert (house.stage.items(DEAL), [row.state for row in of_requests(house)]) == ([], ["waiting"])
    house.uis.process_request(number, answer="Сделано")
    house.read(HOUR)
    [deal], [contact] = house.stage.items(DEAL), house.stage.items(CONTACT)
    assert (deal["title"], deal["contactId"]) == ("Заявка: Покупатель", contact["id"])
    assert house.stage.activities()[0].fields["COMPLETED"] == "Y"


def test_a_request_and_a_chat_of_one_client_share_lead_and_contact(house: Joined) -> None:
    house.uis.visitor_starts_chat(phone="79161234567", name="Покупатель", text="Добрый день")
    house.rest(8)
    send(house, phone="+7 916 123-45-67")
    house.read(130)
    house.rest(8)
    assert (len(house.stage.items(LEAD)), len(house.stage.activities())) == (1, 2)
    assert [row.ledger["communication"] for row in of_requests(house)] == ["repeat"]


def test_requests_are_filtered_by_their_own_settings(quick: Joined) -> None:
    condition = {"field": "request.form_name", "cmp": "eq", "value": "Доставка"}
    quick.stage.save("offline", filter={"op": "and", "items": [condition]})
    send(quick)
    send(quick, form_name="Доставка", phone="79160000001", email="other@example.com")
    quick.read(130)
    assert [(row.state, row.reason) for row in of_requests(quick)] == [
        ("filtered", "filtered_out"),
        ("done", None),
    ]
    assert len(quick.stage.items(LEAD)) == 1


def test_requests_that_an_api_loaded_and_technical_ones_stay_out(quick: Joined) -> None:
    loaded = quick.uis.offline_request(name="Загружена", phone="79160000002")
    loaded.form_type = "DataAPI"
    quick.uis.offline_request(name="Техническая", phone="79160000003", technical=True)
    quick.read(130)
    assert of_requests(quick) == []


def test_without_contact_data_nothing_is_made(quick: Joined) -> None:
    quick.uis.offline_request(text="Без телефона")
    quick.read(130)
    assert [row.reason for row in of_requests(quick)] == ["no_contacts"]
