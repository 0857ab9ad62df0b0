"""Open Lines: what the application hears, in the documented bodies, and what it does not hear."""

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.lines_portal import CONNECTOR, EVENTS, Connected, connected


@pytest.fixture
def omni() -> Iterator[Connected]:
    with connected() as made:
        yield made


def operator(omni: Connected, chat: int) -> int:
    """Who got the dialog from the queue."""
    return omni.lines.dialogs[chat].members[0]


def confirm(omni: Connected, chat: int, message_id: int, mid: str) -> None:
    row = {"im": {"chat_id": chat, "message_id": message_id}, "message": {"id": [mid]}, "chat": {"id": "c1"}}
    omni.caller.result("imconnector.send.status.delivery", CONNECTOR=CONNECTOR, LINE=1, MESSAGES=[row])


def test_an_answer_comes_signed_in_bb_code(omni: Connected) -> None:
    chat, _ = omni.begin()
    message = omni.lines.operator_says(chat, operator(omni, chat), "Добрый день!\nЧем помочь?")
    [data] = omni.events("ONIMCONNECTORMESSAGEADD")
    assert data == {
        "CONNECTOR": CONNECTOR,
        "LINE": "1",
        "MESSAGES": [
            {
                "im": {"chat_id": str(chat), "message_id": str(message.id)},
                "message": {"user_id": "1", "text": "[b]Анна Смирнова:[/b] [br]Добрый день![br]Чем помочь?"},
                "chat": {"id": "c1"},
            }
        ],
    }


def test_events_of_messages_number_their_handler_as_their_pages_do(omni: Connected) -> None:
    chat, _ = omni.begin()
    omni.lines.operator_says(chat, operator(omni, chat), "Да")
    assert omni.portal.events.wait_idle()
    keys = {form["event"]: set(form) for _, _, form in omni.inbox.received}
    assert "event_handler_id" in keys["ONIMCONNECTORMESSAGEADD"]
    assert "eventId" in keys["ONIMCONNECTORDIALOGSTART"]


def test_a_connector_without_signature_gets_the_bare_text() -> None:
    with connected(NEED_SIGNATURE=False) as omni:
        chat, _ = omni.begin()
        omni.lines.operator_says(chat, operator(omni, chat), "Да")
        assert omni.events("ONIMCONNECTORMESSAGEADD")[0]["MESSAGES"][0]["message"]["text"] == "Да"


def test_an_edit_and_a_deletion_carry_the_ids_of_the_channel(omni: Connected) -> None:
    chat, _ = omni.begin()
    user = operator(omni, chat)
    message = omni.lines.operator_says(chat, user, "Здраствуйте")
    confirm(omni, chat, message.id, "ext-5")
    omni.lines.operator_edits(message.id, user, "Здравствуйте")
    assert message.state == "sending"
    omni.lines.operator_deletes(message.id, user)
    [changed] = omni.events("ONIMCONNECTORMESSAGEUPDATE")
    assert changed["MESSAGES"][0]["message"] == {
        "id": ["ext-5"],
        "text": "[b]Анна Смирнова:[/b][br] Здравствуйте",
    }
    [gone] = omni.events("ONIMCONNECTORMESSAGEDELETE")
    assert gone["MESSAGES"][0]["message"] == {"id": "ext-5"}
    with pytest.raises(ValueError, match="change"):
        omni.lines.operator_edits(message.id, user, "ещё")


def test_an_edit_before_the_confirmation_has_no_id_of_the_channel(omni: Connected) -> None:
    chat, _ = omni.begin()
    message = omni.lines.operator_says(chat, operator(omni, chat), "Да")
    omni.lines.operator_edits(message.id, operator(omni, chat), "Нет")
    [changed] = omni.events("ONIMCONNECTORMESSAGEUPDATE")
    assert "id" not in changed["MESSAGES"][0]["message"]
    assert changed["MESSAGES"][0]["im"]["message_id"] == str(message.id)


@pytest.mark.parametrize(("shape", "update", "delete"), [("array", ["e"], ["e"]), ("string", "e", "e")])
def test_ids_of_edits_come_in_either_shape(
    omni: Connected, shape: str, update: object, delete: object
) -> None:
    omni.lines.switches.change({"event_message_id": shape})
    chat, _ = omni.begin()
    message = omni.lines.operator_says(chat, operator(omni, chat), "Да")
    confirm(omni, chat, message.id, "e")
    omni.lines.operator_edits(message.id, operator(omni, chat), "Нет")
    omni.lines.operator_deletes(message.id, operator(omni, chat))
    assert omni.events("ONIMCONNECTORMESSAGEUPDATE")[0]["MESSAGES"][0]["message"]["id"] == update
    assert omni.events("ONIMCONNECTORMESSAGEDELETE")[0]["MESSAGES"][0]["message"]["id"] == delete


@pytest.mark.parametrize("way", ["link", "url", "text", "absent"])
def test_files_of_operators_come_in_every_way(omni: Connected, way: str) -> None:
    omni.lines.switches.change({"operator_files": way})
    chat, _ = omni.begin()
    omni.lines.operator_says(chat, operator(omni, chat), files=[("счёт.pdf", b"PDF")])
    [data] = omni.events("ONIMCONNECTORMESSAGEADD")
    message = data["MESSAGES"][0]["message"]
    [file] = omni.lines.files.values()
    if way == "link":
        assert message["files"][0]["name"] == "счёт.pdf"
        assert requests.get(message["files"][0]["link"], timeout=5).content == b"PDF"
        assert requests.get(message["files"][0]["downloadLink"], timeout=5).status_code == 401
    elif way == "url":
        assert message["files"] == [{"url": omni.lines.file_link(file), "name": "счёт.pdf"}]
    else:
        assert "files" not in message
        assert (omni.lines.file_link(file) in message["text"]) is (way == "text")


@pytest.mark.parametrize("way", ["text", "absent"])
def test_a_quote_stands_between_dashes_or_is_left_out(omni: Connected, way: str) -> None:
    omni.lines.switches.change({"operator_quotes": way})
    chat, _ = omni.begin(text="Сколько стоит?")
    asked = next(row for row in omni.lines.dialogs[chat].messages.values() if row.mids)
    omni.lines.operator_says(chat, operator(omni, chat), "Сто рублей", reply_to=asked.id)
    text = omni.events("ONIMCONNECTORMESSAGEADD")[0]["MESSAGES"][0]["message"]["text"]
    quoted = "-" * 54 in text and "Пётр [" in text and "[br]Сколько стоит?[br]" in text
    assert quoted is (way == "text")
    assert text.endswith("Сто рублей")


def test_a_dialog_tells_when_it_starts_and_ends(omni: Connected) -> None:
    chat, session = omni.begin()
    omni.lines.finish(chat, operator(omni, chat))
    assert omni.lines.finish(chat, operator(omni, chat)) is False
    _, second = omni.begin(mid="m2")
    first, later = omni.events("ONIMCONNECTORDIALOGSTART")
    assert first == {
        "CONNECTOR": CONNECTOR,
        "LINE": "1",
        "DATA": [
            {
                "connector": {"connector_id": CONNECTOR, "line_id": "1", "chat_id": "c1", "user_id": "p1"},
                "session": {"id": str(session), "closed": "N", "parent_id": "0", "close_term": "10"},
                "chat": {"id": str(chat)},
                "user": {"id": "p1"},
            }
        ],
    }
    assert later["DATA"][0]["session"]["parent_id"] == str(session)
    assert second != session
    [finished] = omni.events("ONIMCONNECTORDIALOGFINISH")
    assert finished["DATA"][0]["session"] == first["DATA"][0]["session"] | {"closed": "Y"}


def test_dialog_events_may_carry_the_portals_own_ids(omni: Connected) -> None:
    omni.lines.switches.change({"dialog_event_ids": "internal"})
    chat, _ = omni.begin()
    [data] = omni.events("ONIMCONNECTORDIALOGSTART")
    assert data["DATA"][0]["connector"]["chat_id"] == str(chat)
    assert data["DATA"][0]["user"]["id"] == str(omni.lines.dialogs[chat].guest.id)


def test_switching_a_connector_off_and_deleting_a_line_are_told(omni: Connected) -> None:
    omni.lines.connect(CONNECTOR, 1, False)
    assert omni.caller.result("imopenlines.config.delete", CONFIG_ID=1) is True
    assert omni.events("ONIMCONNECTORSTATUSDELETE") == [{"connector": CONNECTOR, "line": "1"}]
    assert omni.events("ONIMCONNECTORLINEDELETE") == ["1"]


def test_the_line_speaks_to_the_client_by_itself_as_user_0(omni: Connected) -> None:
    params = {
        "WELCOME_MESSAGE": "Y",
        "WELCOME_MESSAGE_TEXT": "Ждите",
        "CLOSE_RULE": "text",
        "CLOSE_TEXT": "Спасибо",
    }
    omni.caller.result("imopenlines.config.update", CONFIG_ID=1, PARAMS=params)
    chat, _ = omni.begin()
    omni.lines.finish(chat, operator(omni, chat))
    said = [data["MESSAGES"][0]["message"] for data in omni.events("ONIMCONNECTORMESSAGEADD")]
    assert said == [{"user_id": "0", "text": "Ждите"}, {"user_id": "0", "text": "Спасибо"}]


def test_a_connector_that_wants_no_system_messages_gets_none() -> None:
    with connected(NEED_SYSTEM_MESSAGES=False) as omni:
        omni.caller.result("imopenlines.config.update", CONFIG_ID=1, PARAMS={"WELCOME_MESSAGE": "Y"})
        omni.begin()
        assert omni.events("ONIMCONNECTORMESSAGEADD") == []


def test_dialogs_of_built_in_channels_are_silent_to_the_application(omni: Connected) -> None:
    omni.caller.result("event.bind", event="ONOPENLINEMESSAGEADD", handler=f"{omni.inbox.server.url}/events")
    omni.caller.result("event.bind", event="ONSESSIONSTART", handler=f"{omni.inbox.server.url}/events")
    omni.caller.result("event.bind", event="ONCRMLEADADD", handler=f"{omni.inbox.server.url}/events")
    omni.lines.connect("telegrambot", 1, True)
    message = omni.portal.visitors.messenger_writes("Привет", name="Мария")
    answer = omni.lines.operator_says(message.chat_id, operator(omni, message.chat_id), "Да")
    omni.lines.finish(message.chat_id, operator(omni, message.chat_id))
    assert answer.state == "delivered"
    assert [omni.events(name) for name in (*EVENTS, "ONOPENLINEMESSAGEADD", "ONSESSIONSTART")] == [[]] * 9
    # The tracker acts without a user, so the event has no tokens.
    assert omni.events("ONCRMLEADADD") == [{"FIELDS": {"ID": "1"}}]
    [form] = [form for _, _, form in omni.inbox.received if form["event"] == "ONCRMLEADADD"]
    assert "auth[access_token]" not in form


def test_every_message_of_an_own_dialog_is_an_event_of_open_lines_too(omni: Connected) -> None:
    for event in ("ONOPENLINEMESSAGEADD", "ONOPENLINEMESSAGEUPDATE", "ONOPENLINEMESSAGEDELETE"):
        omni.caller.result("event.bind", event=event, handler=f"{omni.inbox.server.url}/events")
    chat, _ = omni.begin(text="Вопрос")
    message = omni.lines.operator_says(chat, operator(omni, chat), "Ответ")
    omni.lines.operator_edits(message.id, operator(omni, chat), "Ответ!")
    omni.lines.operator_deletes(message.id, operator(omni, chat))
    texts = [data["DATA"][0]["message"]["text"] for data in omni.events("ONOPENLINEMESSAGEADD")]
    assert texts == ["Вопрос", "Ответ"]
    [changed] = omni.events("ONOPENLINEMESSAGEUPDATE")
    assert changed["DATA"][0]["im"] == {"chat_id": str(chat), "message_id": str(message.id)}
    assert len(omni.events("ONOPENLINEMESSAGEDELETE")) == 1


@pytest.mark.parametrize(("kind", "came"), [("duplicate", 2), ("lose", 0)])
def test_deliveries_of_answers_are_doubled_and_lost_by_order(omni: Connected, kind: str, came: int) -> None:
    chat, _ = omni.begin()
    omni.portal.world.faults.add("event", "ONIMCONNECTORMESSAGE*", kind)
    omni.lines.operator_says(chat, operator(omni, chat), "Да")
    assert len(omni.events("ONIMCONNECTORMESSAGEADD")) == came
