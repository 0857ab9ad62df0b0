"""What fails between UIS and open lines: nothing comes twice to a client, what cannot be known is in doubt and told."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.uis.talk.exit import _Errand
from tests.support.counter import SITE_CHAT, TELEGRAM, Counter, counter

SEND = "imconnector.send.messages"
RECONCILE = 310


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[Counter]:
    """A line with two channels of UIS; time-outs come soon."""
    with _counter(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
def both(database_url: str, tmp_path: Path) -> Iterator[Counter]:
    """The same, once on each kind of database."""
    with _counter(database_url, tmp_path) as made:
        yield made


def _counter(url: str, folder: Path) -> AbstractContextManager[Counter]:
    return counter(url, folder, channels=(SITE_CHAT, TELEGRAM), HTTP_READ_TIMEOUT_S="2", UNKNOWN_WAIT_S="90")


def begin(house: Counter, text: str = "Добрый день") -> int:
    """A client has written, the line has it; the chat."""
    chat = house.uis.visitor_starts_chat(text=text)
    house.rest()
    return chat.id


def doubts(house: Counter) -> list[str]:
    return [row.body.get("text") or "" for row in house.letters(state="in_doubt")]


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "http_500"])
def test_an_answer_of_the_line_that_was_lost_is_looked_up_in_the_dialog(house: Counter, kind: str) -> None:
    chat_id = begin(house)
    house.world.faults.add("bitrix", SEND, kind, 1, seconds=5)
    house.uis.visitor_writes(chat_id, "Вы здесь?")
    house.rest()
    assert "in_doubt" in house.states()
    house.rest(95)
    if kind == "http_500":  # instead of the effect: it is not there, and nobody sends it by himself
        assert (house.said(), house.states()) == (["Добрый день"], {"done", "in_doubt"})
    else:
        assert (house.said(), house.states()) == (["Добрый день", "Вы здесь?"], {"done"})


def test_the_first_message_of_a_dialog_is_looked_up_by_its_user_code(both: Counter) -> None:
    both.world.faults.add("bitrix", SEND, "timeout_after", 1, seconds=5)
    both.uis.visitor_starts_chat(text="Добрый день")
    both.rest()
    assert "in_doubt" in both.states()
    both.rest(95)
    assert (both.said(), both.states()) == (["Добрый день"], {"done"})
    assert both.rows()[0].im_chat_id == both.dialog().id


@pytest.mark.parametrize("kind", ["timeout_before", "reset_before", "html", "http_500"])
def test_what_never_arrived_at_the_line_stays_in_doubt_until_a_person_says_so(
    house: Counter, kind: str
) -> None:
    chat_id = begin(house)
    house.world.faults.add("bitrix", SEND, kind, 1, seconds=5)
    house.uis.visitor_writes(chat_id, "Вы здесь?")
    house.rest()
    house.rest(95)
    house.work_off()
    [letter] = house.letters(state="in_doubt")
    assert house.said() == ["Добрый день"]
    assert house.call("POST", "/open_lines/letters/again", {"ids": [letter.id]}) == {"count": 0}
    again = {"ids": [letter.id], "doubts": True}
    assert house.call("POST", "/open_lines/letters/again", again) == {"count": 1}
    assert house.call("POST", "/open_lines/letters/again", again) == {"count": 0}
    house.rest()
    assert house.said() == ["Добрый день", "Вы здесь?"]


@pytest.mark.parametrize(("kind", "times"), [("http_503", 2), ("http_429", 2), ("expired_token", 1)])
def test_a_portal_that_was_only_busy_gets_everything_in_order(house: Counter, kind: str, times: int) -> None:
    chat_id = begin(house)
    house.world.faults.add("bitrix", SEND, kind, times)
    for number in range(3):
        house.uis.visitor_writes(chat_id, f"Вопрос {number}")
        house.work()
    house.work_off()
    assert house.said() == ["Добрый день", "Вопрос 0", "Вопрос 1", "Вопрос 2"]
    assert house.states() == {"done"}


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after"])
def test_a_message_to_the_client_whose_answer_was_lost_is_in_doubt_told_and_found_in_the_report(
    both: Counter, kind: str
) -> None:
    chat_id = begin(both)
    both.world.faults.add("uis_chat", "*/message", kind, 1, seconds=5)
    answer = both.answer("Здравствуйте")
    both.rest()
    assert both.heard(chat_id) == ["Анна Смирнова:\nЗдравствуйте"]
    assert doubts(both) == ["Здравствуйте"]
    assert both.service()[-1].startswith("⚠ Неизвестно, дошло ли сообщение «Здравствуйте»")
    both.rest(95)
    both.work()
    assert doubts(both) == []
    assert both.heard(chat_id) == ["Анна Смирнова:\nЗдравствуйте"]
    assert both.service()[-1] == "✓ Подтверждено: сообщение «Здравствуйте» у клиента"
    assert answer.state == "delivered"
    assert both.said() == ["Добрый день", "Здравствуйте"]


@pytest.mark.parametrize("kind", ["timeout_before", "reset_before", "html"])
def test_a_message_that_uis_never_got_stays_in_doubt_and_never_leaves_by_itself(
    both: Counter, kind: str
) -> None:
    chat_id = begin(both)
    both.world.faults.add("uis_chat", "*/message", kind, 1, seconds=5)
    both.answer("Здравствуйте")
    both.rest()
    both.rest(95)
    both.read(RECONCILE)
    both.work_off()
    assert (both.heard(chat_id), doubts(both)) == ([], ["Здравствуйте"])
    [entry] = both.call("GET", "/journal?state=in_doubt")["items"]
    told = both.call("GET", f"/journal/{entry['id']}")["letters"]["open"]
    assert [(row["to"], row["state"], row["text"]) for row in told] == [
        ("client", "in_doubt", "Здравствуйте")
    ]
    assert both.call("POST", "/journal/retry", {"ids": [entry["id"]]}) == {"count": 0}
    assert both.call("POST", "/open_lines/letters/again", {"ids": [told[0]["id"]], "doubts": True}) == {
        "count": 1
    }
    both.rest()
    assert both.heard(chat_id) == ["Анна Смирнова:\nЗдравствуйте"]


def test_a_database_that_is_away_before_a_client_was_told_leaves_no_doubt(
    house: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat_id = begin(house)
    whole, fails = _Errand._remember, [TimeoutError(), OperationalError("", None, Exception())]

    def away(*arguments: Any) -> None:
        if fails:
            raise fails.pop()
        whole(*arguments)

    monkeypatch.setattr(_Errand, "_remember", away)
    house.answer("Здравствуйте!")
    house.work()
    assert (house.heard(chat_id), house.states() - {"done"}) == ([], {"waiting"})
    house.work_off()
    assert (len(house.heard(chat_id)), house.states(), fails) == (1, {"done"}, [])


def test_the_same_words_twice_are_two_messages_and_only_the_lost_one_is_found_again(house: Counter) -> None:
    chat_id = begin(house)
    house.world.faults.add("uis_chat", "*/message", "timeout_after", 1, seconds=5)
    house.answer("Да")
    house.rest()
    house.answer("Да")
    house.rest()
    assert house.heard(chat_id) == ["Анна Смирнова:\nДа"] * 2
    house.rest(95)
    house.work()
    assert house.states() == {"done"}
    ids = [row.remote_id for row in house.letters(exit="uis") if row.remote_id is not None]
    assert sorted(ids) == sorted(row.id for row in house.messages(chat_id) if row.source == "operator")
    assert len(house.said()) == 3


@pytest.mark.parametrize("kind", ["http_503", "http_429"])
def test_a_uis_that_was_only_busy_gets_everything_in_order(house: Counter, kind: str) -> None:
    chat_id = begin(house)
    house.save("open_lines", signature=False)
    house.world.faults.add("uis_chat", "*/message", kind, 3)
    for number in range(3):
        house.answer(f"Ответ {number}")
    house.work_off()
    assert house.heard(chat_id) == ["Ответ 0", "Ответ 1", "Ответ 2"]
    assert house.states() == {"done"}


def test_a_file_whose_upload_fails_is_tried_again_and_holds_up_only_its_dialog(house: Counter) -> None:
    chat_id = begin(house)
    house.world.faults.add("uis_chat", "*/resource", "timeout_before", 1, seconds=5)
    house.answer("Счёт", files=[("счёт.pdf", b"%PDF-1.4 invoice")])
    house.answer("Оплатите сегодня")
    other = house.uis.visitor_starts_chat(text="А я другой")
    house.work_off()
    assert [text.partition("\n")[2] for text in house.heard(chat_id)] == ["Счёт", "Оплатите сегодня"]
    assert house.messages(chat_id)[-2].resource is not None
    assert len(house.dialogs()) == 2
    assert other.id in house.uis.chats


def test_one_message_that_the_portal_refuses_holds_up_no_other(house: Counter) -> None:
    chat_id = begin(house)
    house.save("main", enabled=False)
    for number in range(5):
        house.uis.visitor_writes(chat_id, f"Вопрос {number}")
    house.work()
    bad = house.letters(state="waiting")[2]
    element = bad.body["element"]
    with house.services.sessions.begin() as session:
        row = session.get_one(type(bad), bad.id)
        row.body = row.body | {"element": element | {"user": element["user"] | {"name": "R2D2"}}}
    house.save("main", enabled=True)
    house.work_off()
    assert house.said() == ["Добрый день", "Вопрос 0", "Вопрос 1", "Вопрос 3", "Вопрос 4"]
    [entry] = house.call("GET", "/journal?state=failed")["items"]
    [told] = house.call("GET", f"/journal/{entry['id']}")["letters"]["open"]
    assert "user.name may hold letters" in told["problem"]


def test_a_request_that_is_refused_for_the_sake_of_one_message_carries_the_others(house: Counter) -> None:
    chat_id = begin(house)
    house.save("main", enabled=False)
    for number in range(5):
        house.uis.visitor_writes(chat_id, f"Вопрос {number}")
    house.work()
    bad = house.letters(state="waiting")[2]
    with house.services.sessions.begin() as session:
        row = session.get_one(type(bad), bad.id)
        row.body = row.body | {"element": {"user": {}, "message": {"id": "1", "unheard": "of"}, "chat": {}}}
    house.save("main", enabled=True)
    house.work_off()
    assert house.said() == ["Добрый день", "Вопрос 0", "Вопрос 1", "Вопрос 3", "Вопрос 4"]
    assert [row.id for row in house.letters(state="failed")] == [bad.id]
    house.portal.violations.clear()


def test_a_line_that_is_off_refuses_in_words_and_gets_everything_in_order_when_it_is_on_again(
    both: Counter,
) -> None:
    both.put("open_lines", enabled=True)
    chat_id = begin(both)
    with both.portal.lock:
        both.portal.open_lines.connect("uis_omni", 1, False)
    for number in range(3):
        both.uis.visitor_writes(chat_id, f"Вопрос {number}")
        both.rest()
    assert both.said() == ["Добрый день"]
    [entry] = both.call("GET", "/journal?state=failed")["items"]
    told = both.call("GET", f"/journal/{entry['id']}")["letters"]["open"]
    assert {row["problem"] for row in told} == {
        "Открытая линия 1 выключена, удалена, или в ней отключён коннектор OMNI. Включите его на вкладке "
        "«Открытые линии: чаты»: неотправленное уйдёт само"
    }
    both.call("POST", "/open_lines/repair", {"line_id": 1, "repair": "switch_on"}, 202)
    both.work_off()
    assert both.said() == ["Добрый день", "Вопрос 0", "Вопрос 1", "Вопрос 2"]


def test_a_file_that_the_portal_cannot_fetch_comes_as_a_link(house: Counter) -> None:
    chat_id = begin(house)
    house.world.faults.add("uis_chat", "*/payload", "http_500", 1)
    house.uis.visitor_writes(chat_id, "Вот фото", file=("a.png", b"\x89PNG\r\n\x1a\nxx"))
    house.rest()
    last = house.said()[-1]
    assert last.startswith("Вот фото\n[url=")
    assert last.endswith("]a.png[/url]")


def test_a_delivery_state_that_was_lost_is_said_again(house: Counter) -> None:
    begin(house)
    house.world.faults.add("bitrix", "imconnector.send.status.delivery", "timeout_before", 1, seconds=5)
    answer = house.answer("Здравствуйте")
    house.work_off()
    assert answer.state == "delivered"
    assert house.states() == {"done"}


def test_lost_callbacks_are_made_good_by_the_reports(both: Counter) -> None:
    both.uis.hold()
    chat = both.uis.visitor_starts_chat(text="Добрый день")
    both.uis.visitor_writes(chat.id, "Вы здесь?")
    both.uis.release([])
    both.read(RECONCILE)
    both.rest()
    assert both.said() == ["Добрый день", "Вы здесь?"]


def test_an_operators_message_whose_event_was_lost_is_found_in_the_dialog(both: Counter) -> None:
    chat_id = begin(both)
    both.put("open_lines", signature=False)
    both.world.faults.add("event", "ONIMCONNECTORMESSAGEADD", "lose", 2)
    first, second = both.answer("Здравствуйте"), both.answer("Счёт", files=[("счёт.pdf", b"%PDF-1.4")])
    both.answer("Это дошло сразу")
    both.rest()
    assert both.heard(chat_id) == ["Это дошло сразу"]
    both.compare(after=310)
    both.work_off()
    both.compare(after=310)
    both.work_off()
    assert both.heard(chat_id) == ["Это дошло сразу", "Здравствуйте"]
    assert (first.state, second.state) == ("delivered", "sending")
    assert "не отдал файл «счёт.pdf»" in both.service()[-1]


def test_history_that_is_imported_reaches_no_line(house: Counter) -> None:
    house.uis.hold()
    house.uis.visitor_starts_chat(text="Позавчера")
    house.uis.release([])
    house.read(2 * 86_400)
    house.rest()
    assert house.letters() == []


def test_an_event_of_a_dialog_that_nobody_knows_is_kept_for_a_person_to_see(house: Counter) -> None:
    begin(house)
    with house.services.sessions.begin() as session:
        session.query(type(house.rows()[0])).delete()
    house.answer("Здравствуйте")
    house.rest()
    told = {check["name"] for check in house.call("GET", "/health")["checks"]}
    assert "unreadable" in told
