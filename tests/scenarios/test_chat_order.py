"""Callbacks come twice, late and in any order: the CRM looks the same in the end."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.storage.models import Employee
from tests.scenarios.conftest import NewStage
from tests.support.stage import Stage

DEAL, CONTACT = 2, 3
Callback = Callable[[Stage, int], Any]
STORY: tuple[Callback, ...] = (
    lambda here, chat: here.chat_started(chat, phone=f"7916{chat:07}"),
    lambda here, chat: here.card(
        9_000_000_000 + chat, name="Покупатель", emails=[f"buyer{chat}@example.com"]
    ),
    lambda here, chat: here.message(chat, chat * 100 + 1, "первое"),
    lambda here, chat: here.message(chat, chat * 100 + 2, "второе", source="operator"),
    lambda here, chat: here.message(chat, chat * 100 + 3, "третье"),
    lambda here, chat: here.callback("/message", edit(chat, chat * 100 + 3, "третье исправлено")),
    lambda here, chat: here.callback("/message/status", status(chat, chat * 100 + 2)),
    lambda here, chat: here.closed(chat),
)
"""One chat of eight callbacks."""


def edit(chat: int, message: int, text: str) -> dict[str, Any]:
    """UIS: chat-api.md, an edited message: the same path, without source and time."""
    return {
        "context": {}, "account_id": 286, "channel_id": 3580, "id": message, "chat_id": chat, "text": text,
        "resource": None,
    }  # fmt: skip


def status(chat: int, message: int) -> dict[str, Any]:
    """UIS: chat-api.md, the delivery state of a message."""
    return {
        "context": {}, "account_id": 286, "channel_id": 3580, "chat_id": chat, "message_id": message,
        "status": "delivered",
    }  # fmt: skip


def outcome(here: Stage, chat: int) -> dict[str, Any]:
    """What the CRM has of a chat, without ids, times and the reference line."""
    ledger = here.conversation(chat).ledger
    deal, contact = ledger["entities"]["deal"], ledger["entities"]["contact"]
    crm = here.portal.crm
    [activity] = [held for held in here.activities() if (DEAL, deal) in held.owners]
    phone = f"7916{chat:07}"
    return {
        "state": here.conversation(chat).state,
        "tied": crm.items[DEAL][deal].fields["contactId"] == contact,
        "deals": sum(item.fields["contactId"] == contact for item in crm.items[DEAL].values()),
        "contacts": len(crm.by_communication("PHONE", phone)),
        "completed": activity.fields["COMPLETED"],
        "activities": len({held.id for held in here.activities() if (DEAL, deal) in held.owners}),
        "notices": sum(f"/deal/details/{deal}/" in notice.message for notice in here.portal.notifications),
        "deal": [text.rsplit("\n", 1)[0] for text in here.comments(DEAL, deal)],
        "contact": [text.rsplit("\n", 1)[0] for text in here.comments(CONTACT, contact)],
    }


EXPECTED = {
    "state": "done", "tied": True, "deals": 1, "contacts": 1, "completed": "Y", "activities": 1, "notices": 1,
}  # fmt: skip
WORDS = ("первое", "второе", "третье исправлено (изменено)")


@pytest.fixture(scope="module")
def chats() -> list[int]:
    """Numbers of chats: every example has one of its own."""
    return list(range(100_000, 1, -1))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations([*range(len(STORY)), *range(len(STORY))]),
    rests=st.sets(st.integers(0, 2 * len(STORY) - 1), max_size=5),
)
def test_twice_and_in_any_order(shared: Stage, chats: list[int], order: list[int], rests: set[int]) -> None:
    chat = chats.pop()
    for place, number in enumerate(order):
        STORY[number](shared, chat)
        if place in rests:
            shared.pass_time(0.1)
    shared.work_off()
    found = outcome(shared, chat)
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    for target in ("deal", "contact"):
        [text] = found[target]
        places = [text.index(word) for word in WORDS]
        assert places == sorted(places)


@pytest.fixture
def shared(new_stage: NewStage) -> Stage:
    """One portal for all examples of a test."""
    here = new_stage()
    here.save("chats", create={"entity": "deal"})
    return here


def test_messages_after_the_close_make_one_further_comment(shared: Stage) -> None:
    for callback in STORY:
        callback(shared, 7)
    shared.work_off()
    for number, text in ((720, "ещё вопрос"), (721, "и ещё один")):
        shared.message(7, number, text, created_at=f"2026-05-04T10:00:{number - 700}Z")
        shared.work_off()
    [first, further] = outcome(shared, 7)["deal"]
    assert ("третье" in first, "вопрос" in first) == (True, False)
    assert further.index("ещё вопрос") < further.index("и ещё один")


def test_an_edit_after_the_close_is_written_in_place(shared: Stage) -> None:
    for callback in STORY:
        callback(shared, 8)
    shared.work_off()
    shared.callback("/message", edit(8, 801, "самое первое"))
    shared.work_off()
    [text] = outcome(shared, 8)["deal"]
    assert "самое первое (изменено)" in text


def test_the_operator_who_took_over_is_named_in_the_activity(shared: Stage) -> None:
    with shared.services.sessions.begin() as session:
        for uis_id, name in ((367852, "Первый Оператор"), (367853, "Второй Оператор")):
            session.add(Employee(installation_id=shared.installation_id, uis_id=uis_id, full_name=name))
    shared.chat_started(9)
    shared.work_off()
    body = {"context": {}, "account_id": 286, "channel_id": 3580, "chat_id": 9, "operator_id": 367853}
    shared.callback("/chat", body, method="PATCH")
    shared.work_off()
    assert "Второй Оператор" in str(shared.activities()[-1].layout)
    assert "Первый Оператор" not in str(shared.activities()[-1].layout)
