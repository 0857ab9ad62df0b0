"""A client and an operator talk through an open line: each message once, on both sides, with everything on it."""

import pytest

from app.storage.models import Conversation, UisChannel
from bitrix_app.manifest import CONNECTOR_ID
from tests.support.counter import LINE, MARINA, SITE_CHAT, TELEGRAM, WHATSAPP, Counter

PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 10
OLGA = 367853


def test_a_client_writes_and_an_operator_answers(both: Counter) -> None:
    chat = both.uis.visitor_starts_chat(
        phone="79160000001", name="Анна Петрова", email="anna@example.com", text="Где мой заказ?"
    )
    both.rest()
    dialog = both.dialog()
    assert (dialog.connector, dialog.line) == (CONNECTOR_ID, LINE)
    assert both.said() == ["Где мой заказ?"]
    assert (dialog.guest.name, dialog.guest.last_name) == ("Анна", "Петрова")
    assert (dialog.guest.phone, dialog.guest.email) == ("+79160000001", "anna@example.com")
    answer = both.answer("[b]Уже[/b] в пути: [url=https://example.com/t]трек[/url]")
    both.rest()
    assert both.heard(chat.id) == ["Анна Смирнова:\nУже в пути: трек (https://example.com/t)"]
    assert both.messages(chat.id)[-1].employee_id == MARINA
    assert answer.state == "delivered"
    assert both.states() == {"done"}


def test_the_signature_is_left_out_when_the_setting_says_so(house: Counter) -> None:
    house.save("open_lines", signature=False)
    chat = house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    house.answer("Здравствуйте")
    house.rest()
    assert house.heard(chat.id) == ["Здравствуйте"]


def test_what_was_sent_as_identity_is_stored_and_both_ids_differ(house: Counter) -> None:
    chat = house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    [row] = house.rows()
    dialog = house.dialog()
    assert (row.chat_key, row.user_key) == (dialog.external_chat, dialog.external_user)
    assert row.chat_key != row.user_key
    assert (row.im_chat_id, row.session_id) == (dialog.id, dialog.sessions[-1].id)
    assert row.chat_id == chat.id


def test_a_message_that_comes_before_its_chat_opens_the_dialog_all_the_same(both: Counter) -> None:
    both.uis.hold()
    chat = both.uis.visitor_starts_chat(phone="79160000001", name="Анна", text="Добрый день")
    both.uis.release([2, 1, 0])
    both.rest()
    both.uis.visitor_writes(chat.id, "Вы здесь?")
    both.rest()
    assert both.said() == ["Добрый день", "Вы здесь?"]
    [row] = both.rows()
    assert row.visitor_id == chat.visitor_id


def test_a_client_who_returns_finds_the_dialog_and_is_one_person_in_all_channels(both: Counter) -> None:
    first = both.uis.visitor_starts_chat(WHATSAPP, phone="79160000001", text="Добрый день")
    both.rest()
    both.uis.close_chat(first.id)
    both.rest()
    again = both.uis.visitor_starts_chat(WHATSAPP, phone="79160000001", text="Это снова я")
    both.rest()
    assert both.said() == ["Добрый день", "Это снова я"]
    assert len(both.dialog().sessions) == 2
    assert both.rows()[0].chat_id == again.id
    both.answer("Здравствуйте")
    both.rest()
    assert both.heard(again.id) == ["Анна Смирнова:\nЗдравствуйте"]
    other = both.uis.visitor_starts_chat(SITE_CHAT, visitor=again.visitor_id, text="А теперь с сайта")
    both.rest()
    one, two = both.rows()
    assert (one.user_key, other.visitor_id) == (two.user_key, two.visitor_id)
    assert one.chat_key != two.chat_key


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Иванов Иван Иванович", ("Иван Иванович", "Иванов")),
        ("ivan_2005", ("ivan", "")),
        ("🙂", ("Гость", "сайта")),
        (None, ("Гость", "сайта")),
        ("Константин Константинопольский-Задунайский", ("Константин", "Константинопольский-Задун")),
    ],
)
def test_every_name_is_made_one_that_the_line_takes(
    house: Counter, name: str | None, shown: tuple[str, str]
) -> None:
    house.uis.visitor_starts_chat(name=name, text="Добрый день")
    house.rest()
    assert (house.dialog().guest.name, house.dialog().guest.last_name) == shown


def test_numbers_of_our_own_channels_and_junk_are_nobodys_phone(house: Counter) -> None:
    own = "74951230001"
    with house.services.sessions.begin() as session:
        session.query(UisChannel).filter_by(chat_channel_id=WHATSAPP).update({"name": f"WhatsApp +{own}"})
    house.uis.visitor_starts_chat(phone=own, text="Это мы сами")
    house.uis.visitor_starts_chat(phone="1111111111", text="А это никто")
    house.rest()
    assert {dialog.guest.phone for dialog in house.dialogs()} <= {""}


def test_files_go_both_ways(both: Counter) -> None:
    chat = both.uis.visitor_starts_chat(text="Добрый день")
    both.uis.visitor_writes(chat.id, "Вот фото", file=("фото.png", PNG))
    both.rest()
    message = [*both.dialog().messages.values()][-1]
    assert (message.text, [(file.name, file.data) for file in message.files]) == (
        "Вот фото", [("фото.png", PNG)],
    )  # fmt: skip
    both.answer("Счёт", files=[("счёт.pdf", b"%PDF-1.4 invoice"), ("схема.png", PNG)])
    both.rest()
    first, second = both.messages(chat.id)[-2:]
    assert first.text.endswith("Счёт")
    assert [(one.resource.name, one.resource.type, one.resource.data) for one in (first, second) if one.resource] == [
        ("счёт.pdf", "document", b"%PDF-1.4 invoice"), ("схема.png", "photo", PNG),
    ]  # fmt: skip


@pytest.mark.parametrize("way", ["url", "text"])
def test_files_of_operators_are_found_however_the_portal_tells_of_them(house: Counter, way: str) -> None:
    house.portal.open_lines.switches.change({"operator_files": way})
    chat = house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    house.answer("Счёт", files=[("счёт.pdf", b"%PDF-1.4 invoice")])
    house.rest()
    message = house.messages(chat.id)[-1]
    assert message.resource is not None
    assert (message.text, message.resource.name) == ("Анна Смирнова:\nСчёт", "счёт.pdf")


def test_a_file_that_the_portal_does_not_tell_of_is_told_to_the_operator(house: Counter) -> None:
    house.portal.open_lines.switches.change({"operator_files": "absent"})
    chat = house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    house.answer(files=[("счёт.pdf", b"%PDF-1.4 invoice")])
    house.rest()
    assert house.heard(chat.id) == []
    assert "ни текста, ни файла" in house.service()[-1]


def test_quotes_go_both_ways(house: Counter) -> None:
    chat = house.uis.visitor_starts_chat(text="Где заказ?")
    house.rest()
    question = [*house.dialog().messages.values()]
    [asked] = [row for row in question if row.text == "Где заказ?"]
    house.answer("Едет", reply_to=asked.id)
    house.rest()
    answer = house.messages(chat.id)[-1]
    assert (answer.text, answer.reply_to_id) == ("Анна Смирнова:\nЕдет", chat.messages[0].id)
    house.uis.visitor_writes(chat.id, "Когда?", reply_to=answer.id)
    house.rest()
    last = house.said()[-1]
    assert last.startswith("-" * 54)
    assert "Едет" in last
    assert last.endswith("Когда?")


def test_an_edit_of_the_client_changes_the_message_in_the_line(house: Counter) -> None:
    chat = house.uis.visitor_starts_chat(text="Где закас?")
    house.rest()
    house.uis.edit_message(chat.messages[0].id, "Где заказ?")
    house.rest()
    assert house.said() == ["Где заказ?"]
    house.uis.edit_message(chat.messages[0].id, "Где закас?")
    house.rest()
    house.world.clock.advance(120)
    house.uis.edit_message(chat.messages[0].id, "Где заказ?")
    house.rest()
    assert house.said() == ["Где заказ?"]
    assert len(house.portal.open_lines.messages) == len(house.dialog().messages)


def test_an_edit_of_the_operator_reaches_the_client_as_a_correction_that_quotes(both: Counter) -> None:
    chat = both.uis.visitor_starts_chat(text="Сколько?")
    both.rest()
    answer = both.answer("100 рублей")
    both.rest()
    first = both.messages(chat.id)[-1]
    with both.portal.lock:
        both.portal.open_lines.operator_edits(answer.id, 1, "1000 рублей")
    both.rest()
    last = both.messages(chat.id)[-1]
    assert (last.text, last.reply_to_id) == ("Исправление: 1000 рублей", first.id)
    assert answer.state == "delivered"


def test_a_message_that_was_deleted_before_it_left_never_leaves(both: Counter) -> None:
    chat = both.uis.visitor_starts_chat(text="Сколько?")
    both.rest()
    both.save("main", enabled=False)
    answer = both.answer("Ой, не туда")
    both.work()
    with both.portal.lock:
        both.portal.open_lines.operator_deletes(answer.id, 1)
    both.work()
    both.save("main", enabled=True)
    both.work_off()
    assert both.heard(chat.id) == []
    assert not [text for text in both.service() if text.startswith("⚠")]


def test_a_message_that_was_deleted_too_late_is_told_to_stay_with_the_client(house: Counter) -> None:
    house.uis.visitor_starts_chat(text="Сколько?")
    house.rest()
    answer = house.answer("100 рублей")
    house.rest()
    with house.portal.lock:
        house.portal.open_lines.operator_deletes(answer.id, 1)
    house.rest()
    assert house.service()[-1].startswith("⚠ Сообщение «100 рублей» удалено только здесь")


def test_an_operator_without_a_pair_writes_as_the_default_employee(house: Counter) -> None:
    house.save("open_lines", default_employee_id=OLGA)
    house.pair(MARINA, None)
    chat = house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    house.answer("Здравствуйте")
    house.rest()
    assert house.messages(chat.id)[-1].employee_id == OLGA


def test_without_a_default_employee_the_dialog_says_why_and_a_retry_sends_it(both: Counter) -> None:
    both.pair(MARINA, None)
    chat = both.uis.visitor_starts_chat(text="Добрый день")
    both.rest()
    both.answer("Здравствуйте")
    both.rest()
    assert both.heard(chat.id) == []
    notice = both.service()[-1]
    assert "«Здравствуйте» не отправлено" in notice
    assert "Анна Смирнова не связан" in notice
    both.pair(MARINA, 1)
    [entry] = both.call("GET", "/journal?state=failed")["items"]
    assert both.call("POST", "/journal/retry", {"ids": [entry["id"]]}) == {"count": 1}
    both.rest()
    assert both.heard(chat.id) == ["Анна Смирнова:\nЗдравствуйте"]
    assert both.call("GET", "/journal?state=failed")["items"] == []


def test_operators_who_answer_in_uis_appear_in_the_line_and_do_not_come_back(house: Counter) -> None:
    chat = house.uis.visitor_starts_chat(TELEGRAM, username="anna", text="Добрый день")
    house.rest()
    with house.uis.lock:
        house.uis._say(house.uis.chats[chat.id], "operator", "Я отвечу сам", OLGA)
        house.uis._say(house.uis.chats[chat.id], "operator", "И я", MARINA)
    house.rest()
    assert house.said()[1] == "[b]Ким Ольга:[/b]\nЯ отвечу сам"
    mirrored = [row for row in house.dialog().messages.values() if row.text == "И я"]
    assert [row.author_id for row in mirrored] == [1]
    assert [row.text for row in house.messages(chat.id)] == ["Добрый день", "Я отвечу сам", "И я"]


def test_what_a_bot_said_stands_in_front_of_the_clients_first_words(house: Counter) -> None:
    chat = house.uis.visitor_starts_chat(initiator="autoinvite")
    house.uis.system_writes(chat.id, "Чем помочь?", source="autoinvite")
    house.uis.system_writes(chat.id, "Чат начат", "chat_started")
    house.rest()
    assert house.dialogs() == []
    house.uis.visitor_writes(chat.id, "Мне нужен заказ")
    house.rest()
    assert house.said() == ["[b]Автоприглашение:[/b]\nЧем помочь?", "Мне нужен заказ"]


def test_another_operator_of_the_line_takes_the_chat_at_uis(house: Counter) -> None:
    house.pair(OLGA, 7)
    chat = house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    house.answer("Здравствуйте", user_id=1)
    house.rest()
    house.answer("Теперь с вами я", user_id=7)
    house.rest()
    assert chat.employee_id == OLGA
    assert [row.employee_id for row in house.messages(chat.id) if row.source == "operator"] == [MARINA, OLGA]
    with house.services.sessions() as session:
        assert session.query(Conversation.operator_id).scalar() == OLGA
