"""Open Lines: messages of clients through the application's connector, answers and statuses, as the pages show them."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from sandbox.bitrix.lines.model import Direction
from sandbox.core.server import Server
from tests.sandbox.bitrix_portal import Caller
from tests.sandbox.lines_portal import CONNECTOR, Connected, connected, element


@pytest.fixture(scope="module")
def shared() -> Iterator[Connected]:
    with connected() as made:
        yield made


@pytest.fixture
def omni() -> Iterator[Connected]:
    with connected() as made:
        yield made


def test_an_answer_has_every_field_of_the_page(shared: Connected) -> None:
    full = element(
        "full-1", "Добрый день", person="full", chat="full",
        user={"last_name": "Иванов", "email": "ivan@example.com", "phone": "+79990000000", "gender": "male",
              "picture": {"url": "https://example.com/u.png"}, "url": "https://example.com/u",
              "skip_phone_validate": "Y"},
        message={"disable_crm": "Y"},
        chat_more={"url": "https://example.com/chats/123"},
    )  # fmt: skip
    [result] = shared.send(full)
    dialog = shared.lines.by_code[f"{CONNECTOR}|1|full|full"]
    assert result == {
        "user": str(dialog.guest.id),
        "message": {"id": "full-1", "date": {}, "text": "Добрый день", "files": []},
        "chat": {
            "id": "full",
            "name": "Сайт",
            "description": "Ссылка на исходный пост: https://example.com/chats/123",
        },
        "extra": {"skip_phone_validate": "Y", "disable_tracker": "Y"},
        "SUCCESS": True,
        "session": {"ID": str(dialog.sessions[0].id), "CHAT_ID": str(dialog.id)},
    }
    assert dialog.crm == {}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"user": {"name": "Н" * 26}}, "user.name is longer than 25"),
        ({"user": {"name": "Гость 17"}}, "user.name may hold letters"),
        ({"user": {"last_name": "Иванов."}}, "user.last_name may hold letters"),
        ({"user": {"id": ""}}, "user.id is not specified"),
        ({"user": {"phone": "нет"}}, "user.phone is no valid phone"),
        ({"user": {"email": "visitor-17"}}, "user.email is no e-mail"),
        ({"user": {"gender": "unknown"}}, "user.gender"),
        ({"user": {"picture": "https://example.com/u.png"}}, "user.picture"),
        ({"user": {"skip_phone_validate": "N"}}, "skip_phone_validate may only be Y"),
        ({"message": {"id": None}}, "message.id is not specified"),
        ({"message": {"text": ""}}, "message.text or message.files"),
        ({"message": {"date": "2026-03-11T13:53:13"}}, "message.date"),
        ({"message": {"disable_crm": "N"}}, "disable_crm may only be Y"),
        ({"message": {"user_id": 55}}, "no employee 55"),
        ({"message": {"files": [{"url": "spec.pdf", "name": "spec.pdf"}]}}, "message.files"),
        ({"message": {"files": [{"url": "http://127.0.0.1:9/x", "name": "x"}]}}, "could not be downloaded"),
        ({"chat_more": {"id": ""}}, "chat.id is not specified"),
    ],
)  # fmt: skip
def test_a_wrong_element_is_refused_alone(shared: Connected, wrong: dict[str, Any], why: str) -> None:
    before = len(shared.lines.messages)
    bad, good = shared.send(
        element("bad", person="one", chat="one", **wrong), element("good", person="two", chat="two")
    )
    assert (bad["SUCCESS"], good["SUCCESS"]) == (False, True)
    assert why in bad["ERRORS"][0]
    assert "session" not in bad
    said = [*shared.lines.messages.values()][before:]
    assert [row.mids for row in said if row.direction is Direction.CLIENT] == [["good"]]


@pytest.mark.parametrize("name", ["Анна-Мария", "O'Neil", "Jean Luc", "Ё", "Д’Артаньян", "Н" * 25])
def test_names_of_letters_blanks_hyphens_and_apostrophes_go_through(shared: Connected, name: str) -> None:
    [result] = shared.send(element("n", person="named", chat="named", user={"name": name}))
    assert result["SUCCESS"], result


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"CONNECTOR": CONNECTOR, "LINE": 1}, "ERROR_ARGUMENT"),
        ({"CONNECTOR": CONNECTOR, "LINE": 1, "MESSAGES": "x"}, "ERROR_ARGUMENT"),
        ({"CONNECTOR": CONNECTOR, "LINE": 1, "MESSAGES": ["x"]}, "ERROR_ARGUMENT"),
        ({"CONNECTOR": CONNECTOR, "LINE": 1, "MESSAGES": [{"user": {}, "message": {}}]}, "ERROR_ARGUMENT"),
        ({"CONNECTOR": CONNECTOR, "LINE": 77, "MESSAGES": [element()]}, "NOT_ACTIVE_LINE"),
        ({"CONNECTOR": "livechat", "LINE": 1, "MESSAGES": [element()]}, "IMCONNECTOR_NO_CORRECT_PROVIDER"),
        (
            {"CONNECTOR": CONNECTOR, "LINE": 1, "MESSAGES": [element(message={"reply_to": "m0"})]},
            "ERROR_ARGUMENT",
        ),
    ],
)
def test_a_wrong_request_is_refused_as_a_whole(shared: Connected, params: dict[str, Any], code: str) -> None:
    before = len(shared.lines.messages)
    assert (shared.caller.error("imconnector.send.messages", **params), shared.caller.status) == (code, 400)
    assert len(shared.lines.messages) == before


def test_an_unknown_field_is_noted(omni: Connected) -> None:
    wrong = element(user={"surname": "x"})
    omni.caller.error("imconnector.send.messages", CONNECTOR=CONNECTOR, LINE=1, MESSAGES=[wrong])
    assert omni.portal.violations == ["imconnector.send.messages: unknown field user.surname"]


def test_a_line_or_connector_that_is_off_takes_nothing(omni: Connected) -> None:
    params = {"CONNECTOR": CONNECTOR, "LINE": 1, "MESSAGES": [element()]}
    omni.caller.result("imopenlines.config.update", CONFIG_ID=1, PARAMS={"ACTIVE": "N"})
    assert omni.caller.error("imconnector.send.messages", **params) == "NOT_ACTIVE_LINE"
    omni.caller.result("imopenlines.config.update", CONFIG_ID=1, PARAMS={"ACTIVE": "Y"})
    omni.caller.result("imconnector.activate", CONNECTOR=CONNECTOR, LINE=1, ACTIVE=0)
    assert omni.caller.error("imconnector.send.messages", **params) == "NOT_ACTIVE_LINE"


def test_a_repeated_message_is_shown_twice_unless_the_portal_knows_better(omni: Connected) -> None:
    chat, _ = omni.begin()
    omni.begin()
    dialog = omni.lines.dialogs[chat]
    assert [row.mids for row in dialog.messages.values() if row.mids] == [["m1"], ["m1"]]
    omni.lines.switches.change({"repeated_message": "once"})
    assert omni.begin()[0] == chat
    assert sum(bool(row.mids) for row in dialog.messages.values()) == 2


def test_files_are_copied_and_served_again(omni: Connected) -> None:
    source = Flask("files")
    source.add_url_rule("/spec.pdf", view_func=lambda: (b"PDF", 200))
    server = Server(source)
    server.start()
    try:
        url = f"{server.url}/spec.pdf"
        chat, _ = omni.begin(message={"text": "", "files": [{"url": url, "name": "spec.pdf"}]})
    finally:
        server.stop()
    [file] = omni.lines.files.values()
    assert (file.name, file.data, file.chat_id) == ("spec.pdf", b"PDF", chat)
    import requests

    assert requests.get(omni.lines.file_link(file), timeout=5).content == b"PDF"
    assert requests.get(omni.lines.download_link(file), timeout=5).status_code == 401


def test_edits_and_deletes_are_answered_element_by_element(omni: Connected) -> None:
    chat, _ = omni.begin()
    call = {"CONNECTOR": CONNECTOR, "LINE": 1}
    changed = [element(text="Уточнение"), element("none", "x")]
    first, second = omni.caller.result("imconnector.update.messages", **call, MESSAGES=changed)["DATA"][
        "RESULT"
    ]
    assert first == {
        "user": str(omni.lines.dialogs[chat].guest.id),
        "message": {"id": "m1", "date": {}, "text": "Уточнение"},
        "chat": {"id": "c1", "name": "Сайт", "description": ""},
        "SUCCESS": True,
    }
    assert second["ERRORS"] == ["The message none is not found in this chat"]
    gone = [{"user": {"id": "p1"}, "message": {"id": mid}, "chat": {"id": "c1"}} for mid in ("m1", "none")]
    first, second = omni.caller.result("imconnector.delete.messages", **call, MESSAGES=gone)["DATA"]["RESULT"]
    assert (first["SUCCESS"], first["message"], first["chat"]) == (True, {"id": "m1"}, {"id": "c1"})
    assert second["SUCCESS"] is False
    [message] = [row for row in omni.lines.dialogs[chat].messages.values() if row.mids]
    assert (message.text, message.edited, message.deleted) == ("Уточнение", True, True)


def test_one_chat_id_of_two_people_makes_two_dialogs_and_one_in_a_group(omni: Connected) -> None:
    assert omni.begin(person="p1")[0] != omni.begin(person="p2")[0]
    with connected(CHAT_GROUP=True) as group:
        assert group.begin(person="p1")[0] == group.begin(person="p2")[0]
        assert [*group.lines.by_code] == [f"{CONNECTOR}|1|c1|0"]
        assert group.portal.crm.items[1] == {}


def test_a_message_on_behalf_of_a_manager_comes_back_to_nobody(omni: Connected) -> None:
    chat, _ = omni.begin()
    omni.begin(mid="m2", text="Ответ", message={"user_id": 7})
    message = [*omni.lines.dialogs[chat].messages.values()][-1]
    assert (message.author_id, message.direction, message.state) == (7, Direction.OPERATOR, "")
    assert omni.events("ONIMCONNECTORMESSAGEADD") == []


def test_a_delivery_is_confirmed_with_an_array_of_ids(omni: Connected) -> None:
    chat, _ = omni.begin()
    operator = omni.lines.dialogs[chat].members[0]
    message = omni.lines.operator_says(chat, operator, "Слушаю вас")
    assert omni.portal.events.wait_idle()
    assert message.state == "sent"
    im = {"chat_id": str(chat), "message_id": message.id}
    row = {"im": im, "message": {"id": ["ext-7"], "date": 1773265993}, "chat": {"id": "c1"}}
    call = {"CONNECTOR": CONNECTOR, "LINE": 1}
    wrong = [
        {**row, "message": {"id": "ext-7"}},
        {**row, "im": {**im, "message_id": 1}},
        {**row, "im": {"chat_id": chat}},
        {**row, "extra": 1},
    ]
    for bad in wrong:
        assert (
            omni.caller.error("imconnector.send.status.delivery", **call, MESSAGES=[bad]) == "ERROR_ARGUMENT"
        )
    assert message.state == "sent"
    answer = omni.caller.result("imconnector.send.status.delivery", **call, MESSAGES=[row])
    assert answer == {"SUCCESS": True, "DATA": []}
    assert (message.state, message.mids) == ("delivered", ["ext-7"])
    read = {**row, "message": {"id": ["ext-7"]}}
    assert omni.caller.result("imconnector.send.status.reading", **call, MESSAGES=[read])["SUCCESS"] is True


def test_an_answer_that_the_application_did_not_take_is_an_error(omni: Connected) -> None:
    chat, _ = omni.begin()
    omni.inbox.status = 500
    message = omni.lines.operator_says(chat, omni.lines.dialogs[chat].members[0], "Слушаю вас")
    assert omni.portal.events.wait_idle()
    assert message.state == "error"
    omni.caller.result("imconnector.activate", CONNECTOR=CONNECTOR, LINE=1, ACTIVE=0)
    message = omni.lines.operator_says(chat, omni.lines.dialogs[chat].members[0], "Вы здесь?")
    assert (message.state, message.problem != "") == ("error", True)


def test_a_chat_gets_its_name_from_outside(omni: Connected) -> None:
    chat, _ = omni.begin()
    call = {"CONNECTOR": CONNECTOR, "LINE": 1, "CHAT_ID": "c1", "NAME": "Пётр с сайта"}
    assert omni.caller.error("imconnector.chat.name.set", **call) == "ERROR_ARGUMENT"
    assert omni.caller.error("imconnector.chat.name.set", **call, USER_ID="p9") == "CHAT_RENAMING_FAILED"
    answer = omni.caller.result("imconnector.chat.name.set", **call, USER_ID="p1")
    assert answer == {"SUCCESS": True, "DATA": {"RESULT": {}}}
    assert omni.lines.dialogs[chat].name == "Пётр с сайта"


def test_connectors_of_a_line_are_seen_with_their_state(omni: Connected) -> None:
    def state(code: str, line: int = 1) -> tuple[bool, bool]:
        found = omni.caller.result("imconnector.status", CONNECTOR=code, LINE=line)
        return found["CONFIGURED"], found["STATUS"]

    assert state(CONNECTOR) == (True, True)
    assert state(CONNECTOR, 0) == (False, False)
    assert state("telegrambot") == (False, False)
    omni.lines.connect("telegrambot", 1, True)
    assert state("telegrambot") == (True, True)
    call = {"CONNECTOR": "telegrambot", "LINE": 1, "ACTIVE": 0}
    assert omni.caller.error("imconnector.activate", **call) == "ERROR_ARGUMENT"
    assert (
        omni.caller.error("imconnector.activate", CONNECTOR=CONNECTOR, LINE=1, ACTIVE="") == "ERROR_ARGUMENT"
    )
    omni.lines.switches.change({"zero_active": "refuse"})
    assert (
        omni.caller.error("imconnector.activate", CONNECTOR=CONNECTOR, LINE=1, ACTIVE=0) == "ERROR_ARGUMENT"
    )
    assert omni.caller.result("imconnector.list")["telegrambot"] == "Telegram"
    assert Caller(omni.portal, 7).error("imconnector.list") == "ACCESS_DENIED"
