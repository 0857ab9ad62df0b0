"""The time line of a conversation tells its whole way: what came in, what was decided, what the CRM answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from app.pipeline.accept import accept
from app.storage.models import InboxRow
from app.uis.keys import report_key
from app.uis.reports.chat_rows import report_body
from sandbox.world import World
from tests.support.stage import OPERATOR, SETUP_CHANNEL, Stage
from tests.web.house import House, house

Told = list[dict[str, Any]]


@pytest.fixture
def home(both_urls: str, tmp_path: Path) -> Iterator[House]:
    """The web floor over the database of the stage."""
    with house(both_urls, tmp_path) as made:
        yield made


def timeline(home: House, here: Stage, chat_id: int, lang: str = "ru") -> Told:
    """What the page is told."""
    entry = here.conversation(chat_id).id
    answer = home.call("GET", f"/journal/{entry}", home.token(here.installation_id, lang=lang))
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    found: Told = answer.json["timeline"]
    return found


def titles(told: Told, *kinds: str) -> list[str]:
    return [point["title"] for point in told if point["kind"] in kinds]


def test_a_chat_is_told_from_its_first_callback_to_its_close(here: Stage, home: House) -> None:
    here.chat_started(2045)
    here.message(2045, 11, "Здравствуйте")
    here.settle()
    here.message(2045, 12, "Добрый день", source="operator")
    here.message(2045, 12, "Добрый день", source="operator")
    here.callback(
        "/chat/operator", {"context": {}, "channel_id": 3580, "chat_id": 2045, "operator_id": OPERATOR}
    )
    here.card(9_000_002_045, name="Мария", phones=["79161234567"])
    here.work_off()
    here.closed(2045)
    here.work_off()
    told = timeline(home, here, 2045)
    assert titles(told, "event") == [
        "Чат начал клиент", f"Чат ведёт № {OPERATOR}", "Изменилась карточка посетителя",
        "Чат закрыт: завершил оператор",
    ]  # fmt: skip
    said = [(point["author"], point["text"]) for point in told if point["kind"] == "message"]
    assert said == [("visitor", "Здравствуйте"), ("operator", "Добрый день")]
    decision = next(point for point in told if point["kind"] == "decision")
    assert "Первое обращение" in [line["text"] for line in decision["lines"]]
    lead = next(point for point in told if point["title"] == "Создать лид")
    assert (lead["state"], lead["method"]) == ("done", "crm.item.add")
    number = here.items(1)[0]["id"]
    assert lead["link"] == {
        "type": "lead", "id": number, "title": None, "url": f"{here.portal.url}/crm/lead/details/{number}/",
    }  # fmt: skip
    order = [point["at"] for point in told]
    assert order == sorted(order)
    assert told.index(decision) < told.index(lead) < titles(told, *ALL).index("Чат закрыт: завершил оператор")


ALL = ("event", "message", "decision", "call")


def test_a_client_is_found_by_what_is_learned_of_them_later(here: Stage, home: House) -> None:
    token = home.token(here.installation_id)

    def found(asked: str) -> list[str]:
        told = home.call("GET", "/journal", token, query_string={"q": asked}).json
        assert told is not None
        return [item["conversation"] for item in told["items"]]

    here.chat_started(2049, phone=None)
    here.settle()
    assert found("мария") == found("petrova@shop.example") == []
    here.card(9_000_002_049, name="Мария Петрова", emails=["petrova@shop.example"])
    here.drain()
    assert found("мария") == found("Петр") == found("petrova@shop.example") == ["chat-2049"]


def test_events_that_are_kept_no_more_are_told_from_what_is_remembered(here: Stage, home: House) -> None:
    here.chat_started(2046)
    here.message(2046, 21, "Сохранится")
    here.settle()
    here.closed(2046, "closed_by_timeout")
    here.work_off()
    with here.services.sessions.begin() as session:
        session.execute(delete(InboxRow).where(InboxRow.installation_id == here.installation_id))
    told = timeline(home, here, 2046, lang="en")
    assert titles(told, "event") == [
        "The client began the chat",
        "The chat was closed: waiting time was over",
    ]
    assert [point["text"] for point in told if point["kind"] == "message"] == ["Сохранится"]


def test_a_refusal_stands_at_its_call(here: Stage, home: House, world: World) -> None:
    world.faults.add("bitrix", "crm.item.add", "error", code="ACCESS_DENIED", status=400, times=0)
    here.chat_started(2047)
    here.settle()
    here.work_off()
    told = timeline(home, here, 2047)
    refused = [point for point in told if point["kind"] == "call" and point["state"] == "failed"]
    assert refused and "ACCESS_DENIED" in (refused[0]["problem"] or "")
    assert refused[0]["link"] is None


def test_what_is_passed_over_says_why(here: Stage, home: House) -> None:
    here.save("chats", enabled=False)
    here.chat_started(2048)
    here.settle()
    decision = timeline(home, here, 2048)[-1]
    assert (decision["kind"], [line["kind"] for line in decision["lines"]]) == ("decision", ["section_off"])


def test_an_event_of_another_chat_with_a_longer_number_is_not_told(here: Stage, home: House) -> None:
    for chat in (20, 205, 2050):
        here.chat_started(chat)
        here.message(chat, chat, f"Чат {chat}")
    here.settle()
    here.work_off()
    assert [point["text"] for point in timeline(home, here, 205) if point["kind"] == "message"] == ["Чат 205"]
    assert titles(timeline(home, here, 20), "event") == ["Чат начал клиент"]


def test_a_chat_that_only_a_report_told_of_begins_with_its_beginning(here: Stage, home: House) -> None:
    """Operators answer in UIS: messages may come before the report that tells of the chat."""
    here.message(2051, 31, "Здравствуйте")
    row = {"id": 2051, "date_time": "2026-05-04 12:00:00", "visitor_id": 9_000_002_051}
    body = report_body(row, "Europe/Moscow", SETUP_CHANNEL)
    key = report_key(2051, 0, body)
    accept(here.services, here.installation_id, source="poll", kind="report", dedup_key=key, body=body)
    here.settle()
    told = timeline(home, here, 2051)
    began = told[0]
    assert (began["title"], began["source"]) == ("Чат начался", "report")
    assert began["said_at"] == "2026-05-04T09:00:00+00:00"
    assert titles(told, "event") == ["Чат начался", "Прочитан отчёт UIS"]
