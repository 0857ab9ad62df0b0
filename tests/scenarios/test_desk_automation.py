"""Notes, reminders, robots and triggers: what the workplace tells the CRM and its people, each once."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.automation import FINISHED, WROTE
from app.pipeline.desk.reminders import remind
from app.storage.models import Installation
from app.web.checks.health import health
from bitrix_app.desk.robots import ROBOT_CODE
from sandbox.bitrix.records import Notification
from sandbox.bitrix.robots import RobotRun, run_robot
from tests.support.databases import KINDS, Databases
from tests.support.desk import IVAN, MARINA, OLGA, OLGA_OF_UIS, SITE_CHAT, WHATSAPP, Desk, desk

LEAD, DEAL, CONTACT = 1, 2, 3


@pytest.fixture(params=KINDS, scope="module")
def here(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One workplace for all tests of the module, once on each kind of database; every test has clients of its own."""
    folder = tmp_path_factory.mktemp("automation")
    with databases.database(request.param, folder, migrated=True) as url, desk(url, folder) as made:
        made.synchronize()
        yield made


@pytest.fixture(autouse=True)
def fair(here: Desk) -> Iterator[None]:
    here.here.portal.robot_runs.clear()
    here.here.portal.trigger_runs.clear()
    yield
    here.here.world.faults.clear()


def deal_of(here: Desk, phone: str, **fields: Any) -> int:
    """A deal with a contact who has this phone."""
    crm = here.here.portal.crm
    contact = crm.add(
        CONTACT, {"name": "Пётр", "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": phone}]}, 1
    )
    return crm.add(DEAL, {"title": "Заказ", "contactId": contact.id, "assignedById": IVAN} | fields, 1).id


def run(here: Desk, card: tuple[int, int], **properties: Any) -> RobotRun:
    """A robot fires; everything that follows is done."""
    started = run_robot(here.here.portal, ROBOT_CODE, *card, properties)
    here.here.rest()
    return started


def last_chat(here: Desk) -> Any:
    return max(here.here.uis.chats.values(), key=lambda chat: chat.id)


def test_the_portal_is_told_of_the_robot_with_channels_and_templates(here: Desk) -> None:
    robot = here.here.portal.robots[ROBOT_CODE]
    assert robot.waits
    assert robot.properties["channel"]["Options"][f"c{WHATSAPP}"]
    assert robot.properties["template"]["Options"] == {
        f"t{here.waba}_{here.template}": "WhatsApp Business: Заказ готов"
    }
    assert {WROTE, FINISHED} <= here.here.portal.triggers.keys()


def test_a_robot_begins_a_chat_and_hears_that_its_message_was_sent(here: Desk) -> None:
    deal = deal_of(here, "+79160000501")
    ran = run(here, (DEAL, deal), channel=f"c{WHATSAPP}", text="Ваш заказ готов")
    assert (ran.state, ran.returned) == ("done", {"result": "sent", "reason": ""})
    chat = last_chat(here)
    assert (here.heard(chat), chat.employee_id) == (["Ваш заказ готов"], MARINA)
    here.settle()
    assert here.conversation(chat.id).ledger["entities"]["deal"] == deal


def test_a_robot_writes_into_the_open_chat_of_its_card(here: Desk) -> None:
    chat, number = here.begun("Здравствуйте", phone="79160000502", name="Пётр")
    here.say(number, "Слушаю", user=OLGA)
    here.settle()
    lead = here.conversation(chat.id).ledger["entities"]["lead"]
    ran = run(here, (LEAD, lead), channel=f"c{SITE_CHAT}", text="Напоминаем о заказе")
    assert ran.returned["result"] == "sent"
    assert here.heard(chat) == ["Слушаю", "Напоминаем о заказе"]
    assert chat.employee_id == OLGA_OF_UIS


def test_a_template_is_filled_for_the_client(here: Desk) -> None:
    deal = deal_of(here, "+79160000503")
    ran = run(
        here, (DEAL, deal), channel=f"c{here.waba}", template=f"t{here.waba}_{here.template}",
        values=["1={{ name }}", "2=№ 7"], user=f"user_{OLGA}",
    )  # fmt: skip
    assert ran.returned["result"] == "sent", ran.returned
    chat = last_chat(here)
    assert here.heard(chat) == ["Здравствуйте, Пётр! Ваш заказ № 7 готов."]
    assert chat.employee_id == OLGA_OF_UIS


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"channel": f"c{WHATSAPP}"}, "ни текст, ни шаблон"),
        ({"channel": "c1", "text": "да"}, "не выбран"),
        ({"channel": "'; DROP TABLE", "text": "да"}, "не выбран"),
        ({"channel": f"c{SITE_CHAT}", "text": "да"}, "первым пишет только клиент"),
        ({"channel": f"c{WHATSAPP}", "text": "да", "user": "user_1"}, "не связан"),
        ({"channel": f"c{WHATSAPP}", "text": "да", "template": "t1_999"}, "шаблона"),
    ],
)
def test_a_robot_that_cannot_send_hears_why(here: Desk, properties: dict[str, Any], words: str) -> None:
    before = len(here.here.uis.chats)
    ran = run(here, (DEAL, deal_of(here, "+79160000504")), **properties)
    assert ran.returned["result"] == "failed"
    assert words in ran.returned["reason"]
    assert len(here.here.uis.chats) == before


def test_a_card_without_a_contact_and_one_that_is_gone_are_told(here: Desk) -> None:
    crm = here.here.portal.crm
    bare = crm.add(DEAL, {"title": "Без контакта", "assignedById": IVAN}, 1).id
    assert "нет контакта" in run(here, (DEAL, bare), channel=f"c{WHATSAPP}", text="да").returned["reason"]
    started = run_robot(here.here.portal, ROBOT_CODE, DEAL, bare, {"channel": f"c{WHATSAPP}", "text": "да"})
    crm.delete(DEAL, bare, 1)
    here.here.rest()
    assert "больше нет" in started.returned["reason"]


def test_a_robot_whose_call_comes_twice_sends_once(here: Desk) -> None:
    here.here.world.faults.add("event", "ROBOT.*", "duplicate", times=1)
    ran = run(here, (DEAL, deal_of(here, "+79160000505")), channel=f"c{WHATSAPP}", text="Один раз")
    assert (ran.returned["result"], here.heard(last_chat(here))) == ("sent", ["Один раз"])


def test_a_doubt_is_told_to_the_robot_and_nothing_is_sent_again(here: Desk) -> None:
    here.here.world.faults.add("uis_chat", "*/chat", "reset_before", times=1)
    ran = run(here, (DEAL, deal_of(here, "+79160000506")), channel=f"c{WHATSAPP}", text="Дошло?")
    here.here.rest(900)
    assert ran.returned["result"] == "in_doubt"
    assert [
        letter.state for letter in here.here.letters(kind="message") if letter.body["text"] == "Дошло?"
    ] == ["in_doubt"]


def test_a_result_that_got_lost_is_told_again(here: Desk) -> None:
    here.here.world.faults.add("bitrix", "batch", "reset_after", times=3)
    ran = run(here, (DEAL, deal_of(here, "+79160000507")), channel=f"c{WHATSAPP}", text="Готово")
    here.here.work_off()
    assert ran.returned["result"] == "sent"
    assert {letter.state for letter in here.here.letters(kind="result")} == {"done"}


def test_forged_calls_of_robots_are_refused(here: Desk) -> None:
    robot = here.here.portal.robots[ROBOT_CODE]
    path = robot.handler.partition("//")[2].partition("/")[2]
    client = here.here.flask.test_client()
    form = {
        "event_token": "x", "document_id[2]": "DEAL_1", "auth[member_id]": here.here.portal.member_id,
        "auth[application_token]": "wrong",
    }  # fmt: skip
    assert client.post(f"/{path}", data=form).status_code == 401
    assert client.post("/bitrix/robots/nobody", data=form).status_code == 404
    assert client.post(f"/{path}", data={"event_token": "x"}).status_code == 403


def test_triggers_fire_once_for_a_wait_and_once_for_the_end(here: Desk) -> None:
    fired = here.here.portal.trigger_runs
    chat, number = here.begun("Есть ёлки?", phone="79160000511")
    here.settle()
    lead = here.conversation(chat.id).ledger["entities"]["lead"]
    assert [(row.code, row.owner) for row in fired] == [(WROTE, (LEAD, lead))]
    here.here.uis.visitor_writes(chat.id, "Ау")
    here.here.rest()
    assert len(fired) == 1
    here.say(number, "Есть")
    here.here.rest()
    here.here.uis.visitor_writes(chat.id, "Почём?")
    here.here.rest()
    assert [row.code for row in fired] == [WROTE, WROTE]
    here.order(number, "close")
    here.here.rest()
    assert [row.code for row in fired] == [WROTE, WROTE, FINISHED]


def test_a_trigger_whose_answer_got_lost_is_in_doubt(here: Desk) -> None:
    fired = here.here.portal.trigger_runs
    chat, _ = here.begun("Есть ёлки?", phone="79160000512")
    here.settle()
    here.say(here.conversation(chat.id).id, "Есть")
    here.here.rest()
    fired.clear()
    here.here.world.faults.add("bitrix", "batch", "reset_after", times=1)
    here.here.uis.visitor_writes(chat.id, "Почём?")
    here.here.rest()
    here.here.rest(900)
    assert len(fired) == 1
    assert here.here.letters(kind="trigger")[-1].state == "in_doubt"


def test_a_note_is_written_into_the_card_once_even_when_its_answer_is_lost(here: Desk) -> None:
    chat, number = here.begun("Есть ёлки?", phone="79160000521")
    here.settle()
    lead = here.conversation(chat.id).ledger["entities"]["lead"]
    for fault, words in (
        (None, "Просит [b]скидку[/b]"),
        ("reset_after", "Постоянный"),
        ("reset_before", "Ждёт звонка"),
    ):
        if fault:
            here.here.world.faults.add("bitrix", "batch", fault, times=1)
        [letter] = here.order(number, "notes", text=words)
        assert letter["kind"] == "note"
        here.here.work_off()
    notes = [
        one.text for one in here.here.portal.crm.timeline.comments.values()
        if (LEAD, lead) in one.owners and "OMNI-note-" in one.text
    ]  # fmt: skip
    assert len(notes) == 3
    assert "Иван Петров:\nПросит [\u200bb]скидку[\u200b/b]" in notes[0]
    assert here.chat(number)["letters"] == []


def reminded(here: Desk, number: int) -> list[Notification]:
    """Notifications about a chat, after its reminders were looked for."""
    remind(here.here.services)
    here.here.work()
    return [one for one in here.here.portal.notifications if f"params%5Bchat%5D={number}]" in one.message]


def test_the_responsible_hears_once_of_a_client_who_waits(here: Desk) -> None:
    here.here.save("workplace", remind_minutes=10)
    chat, number = here.begun("Где [url=http://evil]мой заказ[/url]?", phone="79160000531", name="Пётр")
    here.settle()
    assert reminded(here, number) == []
    here.here.world.clock.advance(600)
    [first] = reminded(here, number)
    assert first.user_id == IVAN
    assert "Пётр ждёт ответа" in first.message and "[\u200burl=http://evil]" in first.message
    here.here.world.clock.advance(600)
    assert reminded(here, number) == [first]
    here.say(number, "В пути")
    here.here.rest()
    here.here.uis.visitor_writes(chat.id, "А когда?")
    here.here.rest(660)
    [second] = reminded(here, number)
    assert "А когда?" in second.message


def test_a_client_who_was_answered_meanwhile_is_reminded_of_to_nobody(here: Desk) -> None:
    here.here.save("workplace", remind_minutes=10)
    _, number = here.begun("Ау", phone="79160000532")
    here.here.rest(660)
    here.here.world.faults.add("bitrix", "batch", "http_503", times=2)
    remind(here.here.services)
    here.say(number, "Слушаю")
    here.here.work_off()
    assert reminded(here, number) == []
    letters = here.here.letters(kind="remind", conversation_id=number)
    assert [(row.state, row.problem, row.result) for row in letters] == [("done", None, {"needless": True})]


def test_health_says_what_automation_there_is(here: Desk) -> None:
    with here.here.services.sessions() as session:
        row = session.get_one(Installation, here.here.installation_id)
        checks = health(session, row, here.here.services, "ru")["checks"]
    [found] = [check for check in checks if check["name"] == "automation"]
    assert (found["state"], "Написать клиенту" in found["text"]) == ("ok", True)
