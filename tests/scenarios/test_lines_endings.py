"""How a conversation of an open line ends, goes on, or is not carried at all, and what the dialog is told of it."""

from tests.support.counter import LINE, WHATSAPP, Counter


def test_a_dialog_that_is_finished_closes_the_chat_and_nothing_comes_back(both: Counter) -> None:
    chat = both.uis.visitor_starts_chat(text="Добрый день")
    both.rest()
    both.answer("Всё готово")
    both.rest()
    with both.portal.lock:
        both.portal.open_lines.finish(both.dialog().id, 1)
    both.rest()
    assert chat.release_cause == "closed_by_operator"
    assert both.dialog().session is None
    assert [row.kind for row in both.letters() if row.kind in ("close", "finish")] == ["close"]
    assert both.states() == {"done"}


def test_a_chat_that_is_closed_at_uis_finishes_the_dialog_and_nothing_comes_back(house: Counter) -> None:
    chat = house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    house.answer("Всё готово")
    house.rest()
    house.uis.close_chat(chat.id)
    house.rest()
    assert house.dialog().session is None
    assert [row.kind for row in house.letters() if row.kind in ("close", "finish")] == ["finish"]


def test_a_dialog_that_we_may_not_finish_is_told_that_the_chat_is_closed(house: Counter) -> None:
    chat = house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    with house.portal.lock:
        house.portal.open_lines.take(house.dialog().id, 7)
    house.uis.close_chat(chat.id)
    house.rest()
    assert house.dialog().session is not None
    assert house.said()[-1].startswith("Чат в UIS закрыт: ") or house.service()[-1].startswith(
        "Чат в UIS закрыт: "
    )
    assert house.states() == {"done"}


def test_in_a_closed_chat_of_the_site_the_operator_is_told_that_nobody_hears(house: Counter) -> None:
    chat = house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    house.uis.close_chat(chat.id)
    house.rest()
    house.answer("Вы ещё здесь?")
    house.rest()
    assert house.heard(chat.id) == []
    assert "в этом канале первым пишет только клиент" in " ".join(house.service() + house.said())


def test_in_a_messenger_that_lets_operators_begin_a_new_chat_goes_on_in_the_same_dialog(
    both: Counter,
) -> None:
    first = both.uis.visitor_starts_chat(WHATSAPP, phone="79160000001", text="Добрый день")
    both.rest()
    both.uis.close_chat(first.id)
    both.rest()
    both.answer("Ваш заказ приехал")
    both.rest()
    both.answer("Ждём вас")
    both.rest()
    [second] = [
        chat
        for chat in both.uis.chats.values()
        if chat.id != first.id and chat.visitor_id == first.visitor_id
    ]
    assert both.heard(second.id) == ["Анна Смирнова:\nВаш заказ приехал", "Анна Смирнова:\nЖдём вас"]
    both.uis.visitor_writes(second.id, "Иду")
    both.rest()
    assert both.said()[-1] == "Иду"
    assert len(both.rows()) == 1


def test_a_message_that_uis_could_not_bring_is_told_in_the_dialog(house: Counter) -> None:
    house.uis.message_states = ["accepted", "error"]
    house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    answer = house.answer("Здравствуйте")
    house.rest()
    assert answer.state != "delivered"
    assert house.service()[-1].startswith("⚠ Сообщение «Здравствуйте» не доставлено")


def test_nothing_is_carried_while_the_section_is_off_and_what_waits_for_main_leaves_later(
    house: Counter,
) -> None:
    house.save("open_lines", enabled=False)
    chat = house.uis.visitor_starts_chat(text="Никто не видит")
    house.rest()
    assert house.letters() == []
    house.save("open_lines", enabled=True)
    house.save("main", enabled=False)
    house.uis.visitor_writes(chat.id, "Подожду")
    house.rest()
    assert house.dialogs() == []
    house.save("main", enabled=True)
    house.work_off()
    assert house.said() == ["Подожду"]


def test_a_backlog_that_is_set_aside_does_not_leave_by_itself(both: Counter) -> None:
    both.save("main", enabled=False)
    both.uis.visitor_starts_chat(text="Вчерашнее")
    both.rest()
    both.call("POST", "/journal/set_aside")
    both.save("main", enabled=True)
    both.work_off()
    assert both.dialogs() == []
    [entry] = both.call("GET", "/journal")["items"]
    told = both.call("GET", f"/journal/{entry['id']}")["letters"]["open"]
    assert [row["problem"] for row in told] == ["Отложено администратором вместе с остальной очередью"]


def test_with_chats_as_workplace_only_messages_are_carried_and_nothing_is_created(both: Counter) -> None:
    both.portal.lines[LINE].settings |= {"CRM_CREATE": "none"}
    off = {"on_first": False, "on_repeat": False}
    create = both.call("GET", "/settings/chats")["settings"]["create"] | off
    transcript = both.call("GET", "/settings/chats")["settings"]["transcript"] | {"to": []}
    both.put("chats", enabled=True, create=create, notify=False, mapping=[], transcript=transcript)
    chat = both.uis.visitor_starts_chat(phone="79160000001", name="Анна", text="Добрый день")
    both.rest()
    both.answer("Здравствуйте")
    both.rest()
    both.uis.close_chat(chat.id)
    both.rest(60)
    assert (both.said()[:2], both.heard(chat.id)) == (
        ["Добрый день", "Здравствуйте"], ["Анна Смирнова:\nЗдравствуйте"],
    )  # fmt: skip
    assert all(not items for kind, items in both.portal.crm.items.items() if kind in (1, 2, 3, 4))


def test_the_journal_tells_what_was_carried(house: Counter) -> None:
    chat = house.uis.visitor_starts_chat(text="Добрый день")
    house.rest()
    house.answer("Здравствуйте")
    house.rest()
    house.uis.visitor_writes(chat.id, "Спасибо")
    house.rest()
    [entry] = house.call("GET", "/journal")["items"]
    assert house.call("GET", f"/journal/{entry['id']}")["letters"] == {
        "to_line": 2,
        "to_client": 1,
        "open": [],
    }
