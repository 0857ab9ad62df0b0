"""Open Lines: settings of lines over REST, the control API, and a great many dialogs."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.bitrix_portal import Caller
from tests.sandbox.lines_portal import CONNECTOR, Connected, connected, element


@pytest.fixture
def omni() -> Iterator[Connected]:
    with connected() as made:
        yield made


def control(omni: Connected, action: str, **arguments: Any) -> Any:
    """An action of the control API; its answer."""
    answer = requests.post(
        f"{omni.portal.world.hub_url}/_control/portals/1/{action}", json=arguments, timeout=10
    )
    return answer.json()


def test_a_line_shows_every_setting_of_the_page(omni: Connected) -> None:
    row = omni.caller.result("imopenlines.config.get", CONFIG_ID=1)
    assert (row["ID"], row["ACTIVE"], row["QUEUE"], row["DATE_CREATE"]) == ("1", "Y", ["1", "7", "9"], {})
    assert set(row["QUEUE_FULL"]["7"]) == {
        "ID", "SORT", "USER_ID", "DEPARTMENT_ID", "USER_NAME", "USER_WORK_POSITION", "USER_AVATAR", "USER_AVATAR_ID",
    }  # fmt: skip
    assert len(row) == 94
    assert "QUEUE" not in omni.caller.result("imopenlines.config.get", CONFIG_ID=1, WITH_QUEUE="N")


def test_lines_that_are_not_there_answer_false(omni: Connected) -> None:
    for method in ("get", "update", "delete"):
        assert omni.caller.result(f"imopenlines.config.{method}", CONFIG_ID=77) is False
        assert omni.caller.error(f"imopenlines.config.{method}", CONFIG_ID=0) == "CONFIG_ID_EMPTY"
    employee = Caller(omni.portal, 7)
    assert employee.error("imopenlines.config.delete", CONFIG_ID=1) == "CONFIG_WRONG_USER_PERMISSION"
    assert employee.result("imopenlines.config.add", PARAMS={"LINE_NAME": "Моя"}) == 2
    assert omni.caller.result("imopenlines.config.get", CONFIG_ID=2)["QUEUE"] == ["7"]


@pytest.mark.parametrize(
    "params",
    [
        {"CRM": "maybe"},
        {"CRM_CREATE": "contact"},
        {"QUEUE_TYPE": "randomly"},
        {"QUEUE": [{"ENTITY_TYPE": "user", "ENTITY_ID": "55"}]},
        {"QUEUE": ["1"]},
        {"QUEUE_TIME": "soon"},
        {"CRM_CREATE_FOURTH": "Y"},
    ],
)
def test_a_setting_that_no_line_has_changes_nothing(omni: Connected, params: dict[str, Any]) -> None:
    before = omni.caller.result("imopenlines.config.get", CONFIG_ID=1)
    wrong = {"LINE_NAME": "Другая", **params}
    omni.caller.error("imopenlines.config.update", CONFIG_ID=1, PARAMS=wrong)
    assert omni.caller.result("imopenlines.config.get", CONFIG_ID=1) == before


def test_lines_are_listed_chosen_and_ordered(omni: Connected) -> None:
    for name in ("Б", "А"):
        omni.caller.result("imopenlines.config.add", PARAMS={"LINE_NAME": name, "CRM_CREATE": "none"})
    call = {"select": ["ID", "LINE_NAME"], "filter": {"CRM_CREATE": "none"}, "order": {"LINE_NAME": "asc"}}
    rows = omni.caller.result(
        "imopenlines.config.list.get", PARAMS=call, OPTIONS={"QUEUE": "Y", "CONFIG_QUEUE": "Y"}
    )
    assert [row["LINE_NAME"] for row in rows] == ["А", "Б"]
    assert (rows[0]["QUEUE"], rows[0]["CONFIG_QUEUE"]) == ([1], [{"ENTITY_ID": "1", "ENTITY_TYPE": "user"}])
    assert set(rows[0]) == {"ID", "LINE_NAME", "QUEUE", "QUEUE_USERS_FIELDS", "CONFIG_QUEUE"}
    page = omni.caller.result("imopenlines.config.list.get", PARAMS={"limit": 1, "offset": 1})
    assert [row["ID"] for row in page] == ["2"]


@pytest.mark.parametrize(
    "params",
    [
        {"select": ["NO"]},
        {"filter": {"NO": 1}},
        {"order": {"ID": "UP"}},
        {"limit": "x"},
        {"offset": -1},
        {"page": 2},
    ],
)
def test_a_wrong_list_is_refused(omni: Connected, params: dict[str, Any]) -> None:
    assert omni.caller.error("imopenlines.config.list.get", PARAMS=params) == "INVALID_FORMAT"


def test_a_scenario_acts_through_the_control_api(omni: Connected) -> None:
    assert "not connected" in control(omni, "messenger_writes", text="Привет")["error"]
    control(omni, "connect", code="telegrambot", line_id=1, active=True)
    said = control(omni, "messenger_writes", text="Привет", name="Мария", person="77")["result"]
    chat = said["chat_id"]
    answer = control(omni, "operator_says", chat_id=chat, user_id=7, text="Да", reply_to=said["message_id"])[
        "result"
    ]
    assert (answer["state"], answer["author_id"]) == ("delivered", 7)
    file = {"name": "a.txt", "base64": "0YLQtdC60YHRgg=="}
    assert control(omni, "operator_says", chat_id=chat, user_id=7, file=file)["result"]["files"] == ["a.txt"]
    control(omni, "operator_edits", message_id=answer["message_id"], user_id=7, text="Да!")
    control(omni, "transfer", chat_id=chat, user_id=7, to_user=9)
    assert control(omni, "finish", chat_id=chat, user_id=9)["result"] is True
    shown = control(omni, "dialog", chat_id=chat)["result"]
    assert (shown["open"], shown["operator_id"], shown["code"]) == (False, 9, "telegrambot|1|77|77")
    assert [row["text"] for row in shown["messages"] if row["direction"] == "operator"] == ["Да!", ""]


def test_lines_and_their_ways_are_changed_through_the_control_api(omni: Connected) -> None:
    line = control(omni, "add_line", name="Вторая", CRM="N")["result"]
    assert control(omni, "line_settings", line=line, CRM_CREATE="deal")["result"]["CRM"] == "N"
    address = f"{omni.portal.world.hub_url}/_control/portals/1"
    answer = requests.post(
        f"{address}/settings", json={"open_lines": {"repeated_message": "once"}}, timeout=10
    )
    assert answer.status_code == 200
    answer = requests.post(
        f"{address}/settings", json={"open_lines": {"repeated_message": "never"}}, timeout=10
    )
    assert (answer.status_code, "twice, once" in answer.json()["error"]) == (400, True)
    shown = requests.get(address, timeout=10).json()["open_lines"]
    assert shown["switches"]["repeated_message"] == "once"
    assert [row["connectors"] for row in shown["lines"]] == [[CONNECTOR], []]


def test_the_widget_shows_custom_data_at_the_start_only(omni: Connected) -> None:
    control(omni, "connect", code="livechat", line_id=1, active=True)
    blocks = [{"GRID": [{"NAME": "Сессия", "VALUE": "uis-session:255544855", "DISPLAY": "LINE"}]}]
    visitor = omni.portal.visitors.new_widget().token
    first = control(omni, "livechat_writes", visitor=visitor, text="Привет", custom_data=blocks)["result"]
    second = control(omni, "livechat_writes", visitor=visitor, text="Есть кто?", custom_data=blocks)["result"]
    assert first["chat_id"] == second["chat_id"]
    history = omni.caller.result("imopenlines.session.history.get", SESSION_ID=first["session_id"])
    rows = [row for row in history["message"].values() if "uis-session" in str(row)]
    assert [(row["senderid"], row["text"]) for row in rows] == [("0", "")]
    assert rows[0]["params"]["attach"][0]["blocks"][0]["grid"][0]["value"] == "uis-session:255544855"
    omni.lines.switches.change({"custom_data": "text"})
    third = control(omni, "livechat_writes", text="Добрый день", custom_data=blocks)["result"]
    history = omni.caller.result("imopenlines.session.history.get", SESSION_ID=third["session_id"])
    assert [row["text"] for row in history["message"].values() if "uis-session" in row["text"]] == [
        "Сессия: uis-session:255544855"
    ]


def test_without_custom_data_the_operator_sees_the_page(omni: Connected) -> None:
    control(omni, "connect", code="livechat", line_id=1, active=True)
    said = control(omni, "livechat_writes", text="Привет", page="https://shop.example.com/divany")["result"]
    history = omni.caller.result("imopenlines.session.history.get", SESSION_ID=said["session_id"])
    assert any("https://shop.example.com/divany" in row["text"] for row in history["message"].values())


@pytest.mark.slow
def test_a_thousand_dialogs_of_ten_messages_each_way_are_held(omni: Connected) -> None:
    omni.portal.bucket.rate, omni.portal.bucket.burst = 1000, 1000
    for start in range(0, 1000, 50):
        for turn in range(10):
            batch = [
                element(f"{person}-{turn}", "Вопрос", f"p{person}", f"c{person}")
                for person in range(start, start + 50)
            ]
            results = omni.send(*batch)
            assert all(row["SUCCESS"] for row in results)
            for row in results:
                chat = int(row["session"]["CHAT_ID"])
                omni.lines.operator_says(chat, omni.lines.dialogs[chat].members[0], "Ответ")
    assert omni.portal.events.wait_idle(120)
    assert len(omni.lines.dialogs) == 1000
    told = [form for _, _, form in omni.inbox.received if form["event"] == "ONIMCONNECTORMESSAGEADD"]
    assert len(told) == 10_000
