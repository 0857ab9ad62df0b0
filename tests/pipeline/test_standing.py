"""Who has the last word, since when the client waits, WABA's window: the same whatever the order of callbacks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.base.clock import ManualClock
from app.storage.models import ClientKey, Conversation, PortalNews, UisChannel
from tests.support.stage import Stage, stage

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
ANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory, databases: Any) -> Iterator[Stage]:
    directory = tmp_path_factory.mktemp("standing")
    with databases.database("sqlite", directory, migrated=True) as url:
        with stage(url, clock=ManualClock(NOW)) as here:
            here.save("chats", enabled=False)
            yield here


@pytest.fixture
def here(database_url: str) -> Iterator[Stage]:
    with stage(database_url, clock=ManualClock(NOW)) as made:
        made.save("chats", enabled=False)
        yield made


def at(message_id: int) -> datetime:
    """When the stage's messages are said: a second later for every number."""
    return NOW + timedelta(seconds=message_id % 3600)


def standing(row: Conversation) -> tuple[int | None, int | None, datetime | None, datetime]:
    return row.client_message_id, row.operator_message_id, row.waits_since, row.last_at


CHATS = iter(range(1, 10_000))


@ANY
@given(
    said=st.lists(st.sampled_from(["visitor", "operator", "system"]), min_size=1, max_size=8),
    data=st.data(),
)
def test_any_order_and_any_cutting_of_callbacks_lead_to_the_same(
    quick: Stage, said: list[str], data: st.DataObject
) -> None:
    chat, numbers = next(CHATS), range(1, len(said) + 1)
    for number in data.draw(st.permutations(numbers)):
        quick.message(chat, chat * 100 + number, "text", said[number - 1])
        if data.draw(st.booleans()):
            quick.drain()
    quick.drain()
    people = {n: who for n, who in zip(numbers, said, strict=True) if who != "system"}
    clients = [n for n, who in people.items() if who == "visitor"]
    operators = [n for n, who in people.items() if who == "operator"]
    waiting = [n for n in clients if n > max(operators, default=0)]
    ids = [chat * 100 + number for number in (max(clients, default=0), max(operators, default=0))]
    assert standing(quick.conversation(chat)) == (
        ids[0] if clients else None,
        ids[1] if operators else None,
        at(chat * 100 + waiting[0]) if waiting else None,
        at(chat * 100 + max(people)) if people else NOW,
    )


def test_nobody_waits_in_a_chat_that_is_closed(here: Stage) -> None:
    here.chat_started(1)
    here.message(1, 11, "Здравствуйте")
    here.drain()
    assert here.conversation(1).waits_since == at(11)
    here.closed(1)
    here.message(1, 12, "Ещё вопрос")
    here.drain()
    assert standing(here.conversation(1)) == (12, None, None, at(12))


def test_the_window_of_waba_follows_the_newest_callback(here: Stage) -> None:
    with here.services.sessions.begin() as session:
        session.query(UisChannel).update({"type": "waba"})
    until = int((NOW + timedelta(hours=24)).timestamp())
    here.chat_started(1)
    here.message(1, 12, "Да", context={"conversation_frame_ts": until})
    here.message(1, 11, "Старое", context={})
    here.drain()
    assert here.conversation(1).window_until == NOW + timedelta(hours=24)
    here.message(1, 13, "Закрыто", context={})
    here.drain()
    assert here.conversation(1).window_until == at(13)


def test_other_channels_have_no_window(here: Stage) -> None:
    here.chat_started(1)
    here.message(1, 12, "Да", context={})
    here.drain()
    assert here.conversation(1).window_until is None


def test_a_client_is_found_by_phone_and_visitor_though_nothing_is_made(here: Stage) -> None:
    here.chat_started(1, phone="8 916 123-45-67")
    here.card(9_000_000_001, emails=["Client@Example.com"])
    here.drain()
    with here.services.sessions() as session:
        keys = {row.key for row in session.query(ClientKey)}
    assert keys == {"phone:+79161234567", "visitor:9000000001", "email:client@example.com"}


def test_news_are_numbered_and_a_repeat_is_none(here: Stage) -> None:
    def version() -> int:
        with here.services.sessions() as session:
            return session.get_one(PortalNews, here.installation_id).version

    here.chat_started(1)
    here.message(1, 11, "Здравствуйте")
    here.drain()
    first = version()
    assert here.conversation(1).news == first > 0
    body = {"context": {}, "account_id": 286, "channel_id": 3580, "chat_id": 1, "message_id": 11}
    here.callback("/message/status", body | {"status": "delivered"})
    here.drain()
    assert here.conversation(1).news == version() == first + 1
    here.callback("/message/status", body | {"status": "sent"})  # a state never goes back
    here.drain()
    assert version() == first + 1


def test_the_card_of_what_was_made_finds_its_conversation(here: Stage) -> None:
    here.save("chats", enabled=True, create={"entity": "deal"})
    here.chat_started(1)
    here.message(1, 11, "Здравствуйте")
    here.drain()
    before = here.conversation(1).news
    here.settle()
    with here.services.sessions() as session:
        keys = {row.key for row in session.query(ClientKey)}
    [deal], [contact] = here.items(2), here.items(3)
    assert {f"deal:{deal['id']}", f"contact:{contact['id']}"} <= keys
    assert here.conversation(1).news > before
