"""What operators of an adapter meet at UIS: states, quotes, edits, templates; the visitor's view of it; uploads."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.world import World
from tests.sandbox.test_uis_adapter import answer_to, first_chat
from tests.sandbox.test_uis_uploads import chat_of, session_of
from tests.sandbox.uis_account import Account, Connected, Hook, connect, running_account, running_hook

HELLO: dict[str, Any] = {
    "name": "hello",
    "content": {"text": "Здравствуйте, {{1}}! Заказ {{2}} готов.", "footer": {"text": "Магазин"}},
}


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as started:
        yield started


@pytest.fixture
def hook() -> Iterator[Hook]:
    with running_hook() as started:
        yield started


@pytest.fixture
def connected(account: Account, hook: Hook) -> Connected:
    return connect(account, hook, forwarded=True)


def states(connected: Connected) -> list[str]:
    connected.uis.flush()
    return [body["status"] for body in connected.hook.of("/message/status")]


def test_a_message_goes_through_the_states_of_the_switch_and_is_read(connected: Connected) -> None:
    chat = connected.uis.visitor_starts_chat(740806, text="Вопрос").id
    connected.uis.message_states = ["accepted", "sent", "delivered"]
    number = answer_to(connected, chat).json()["id"]
    connected.uis.visitor_reads(chat)
    connected.uis.visitor_reads(chat)
    assert states(connected) == ["accepted", "sent", "delivered", "read"]
    connected.uis.message_states = ["accepted", "error"]
    failed = answer_to(connected, chat).json()["id"]
    connected.uis.visitor_reads(chat)
    assert states(connected)[4:] == ["accepted", "error"]
    assert {row.id: row.status for row in connected.uis.chats[chat].messages if row.source == "operator"} == {
        number: "read",
        failed: "error",
    }


def test_quotes_go_both_ways(connected: Connected) -> None:
    chat = connected.uis.visitor_starts_chat(740806, text="Сколько стоит?").id
    asked = connected.uis.chats[chat].messages[0].id
    answer = answer_to(connected, chat, reply_to_id=asked).json()
    assert answer["reply_to_id"] == asked
    connected.uis.visitor_writes(chat, "Дорого", reply_to=answer["id"])
    connected.uis.flush()
    assert connected.hook.of("/message")[-1]["reply_to_id"] == answer["id"]
    with pytest.raises(ValueError, match="no message"):
        connected.uis.visitor_writes(chat, "Дорого", reply_to=1)


def test_templates_of_a_channel_are_told_and_checked(account: Account, hook: Hook) -> None:
    channel = account.uis.add_channel("waba", "WABA", templates=[HELLO])
    connected = connect(account, hook, supported_channel_types=["waba"])
    [told] = hook.of("/channel")
    [template] = told["context"]["message_templates"]
    assert (template["name"], template["content"]["text"]) == ("hello", HELLO["content"]["text"])
    chat = first_chat(connected, channel.id).json()["chat_id"]
    right = {
        "id": template["id"],
        "text": "Здравствуйте, Пётр! Заказ 17 готов.",
        "footer": {"text": "Магазин"},
    }

    def status(**changes: Any) -> int:
        return answer_to(connected, chat, channel.id, context={"template": {**right, **changes}}).status_code

    assert status(text="Здравствуйте, Пётр! Купите ещё!") == 422
    assert status(footer={"text": "Другой"}) == 422
    assert status(id=1) == 422
    assert status(colour="red") == 422
    assert status() == 200
    assert account.uis.chats[chat].messages[-1].text == "Здравствуйте, Пётр! Заказ 17 готов."
    account.uis.set_templates(channel.id, [])
    account.uis.flush()
    [changed] = hook.of(f"/channel/{told['id']}", "PATCH")
    assert changed["context"]["message_templates"] == []
    assert status() == 422


@pytest.mark.parametrize("wrong", [{}, {"text": ""}, {"text": "x", "colour": "red"}])
def test_a_wrong_template_is_refused(account: Account, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="template"):
        account.uis.add_channel("waba", "WABA", templates=[{"name": "x", "content": wrong}])
    with pytest.raises(ValueError, match="unknown type"):
        account.uis.add_channel("pigeon")
    with pytest.raises(ValueError, match="waba"):
        account.uis.set_templates(740805, [])


def test_uploads_may_leave_wrong_items_out_and_answer_backwards(account: Account) -> None:
    items = [
        chat_of(account, ext_id="one"),
        chat_of(account, ext_id="bad", site_id=1),
        chat_of(account, ext_id="two"),
    ]
    assert account.mnemonic("upload.chats", chats=items) == "entity_not_found"
    assert account.uis.chats == {}
    account.uis.bad_upload_item, account.uis.upload_order = "skip", "reversed"
    rows = account.rows("upload.chats", chats=items)
    stored = {chat.report_id: chat.ext_id for chat in account.uis.chats.values()}
    assert [stored[row["id"]] for row in rows] == ["two", "one"]
    assert account.mnemonic("upload.chats", chats=[items[1]]) == "entity_not_found"


def test_an_uploaded_chat_is_found_by_its_ext_id_with_source_employee_and_messages(account: Account) -> None:
    session = account.uis.visit("https://shop.example.com/?utm_source=yandex&utm_campaign=divany")
    account.clock.advance(3600)
    given = chat_of(account, visitor_session_id=session.id, site_id="absent", ext_id="line-7")
    [made] = account.rows("upload.chats", chats=[given])
    fields = [
        "id",
        "chat_channel_type",
        "source_id",
        "utm_campaign",
        "visitor_session_id",
        "employee_id",
        "ext_id",
    ]
    wanted = {"field": "ext_id", "operator": "=", "value": "line-7"}
    [row] = account.rows("get.chats_report", **account.window(7200), fields=fields, filter=wanted)
    assert (row["id"], row["chat_channel_type"], row["source_id"]) == (made["id"], "dataapi", 1)
    assert (row["utm_campaign"], row["visitor_session_id"], row["employee_id"]) == (
        "divany",
        session.id,
        367853,
    )
    said = account.rows("get.chat_messages_report", chat_id=made["id"])
    assert [(one["source"], one["text"]) for one in said] == [("visitor", "Здравствуйте"), ("operator", "Да")]


def test_deleted_sources_and_visits_over_midnight_are_refused(account: Account) -> None:
    account.uis.deleted_sources = [4]
    deleted = chat_of(account, source_id=4, campaign_id=268177)
    assert account.mnemonic("upload.chats", chats=[deleted]) == "entity_not_found"
    late = session_of(account, date_time="2026-01-01 23:59:00", duration=60)
    assert account.mnemonic("upload.sessions", sessions=[late]) == "invalid_parameter_value"
    session = account.uis.visit()
    account.clock.advance(181 * 86400)
    old = chat_of(account, visitor_session_id=session.id, site_id="absent")
    assert account.mnemonic("upload.chats", chats=[old]) == "invalid_date_time"


def test_a_visit_lasts_half_an_hour_or_until_new_marks(account: Account) -> None:
    first = account.uis.visit("https://shop.example.com/")
    again = account.uis.visit("https://shop.example.com/sale", first.visitor_id, first.id)
    assert again is first
    marked = account.uis.visit("https://shop.example.com/?utm_source=yandex", first.visitor_id, first.id)
    assert (marked is first, marked.visitor_id, marked.traffic["source_id"]) == (False, first.visitor_id, 1)
    account.clock.advance(1801)
    assert account.uis.visit("https://shop.example.com/", first.visitor_id, marked.id) is not marked


def test_the_site_script_may_be_asked_by_every_origin_with_the_right_key(account: Account) -> None:
    site = f"{account.uis_url}/site"
    given = '{"key": "sandbox-app-key", "page": "http://127.0.0.1/?utm_source=newsletter"}'
    answer = requests.post(f"{site}/visit", data=given, timeout=5)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    ids = answer.json()
    assert account.uis.sessions[ids["session_id"]].traffic["source_id"] == 6
    assert requests.post(f"{site}/visit", data='{"key": "other"}', timeout=5).status_code == 403
    form = {
        "key": ids["key"],
        "visitor_id": ids["visitor_id"],
        "session_id": ids["session_id"],
        "phone": "+79161234567",
    }
    answer = requests.post(f"{account.uis_url}/api/add_offline_message/", data=form, timeout=5)
    assert answer.json() == {"success": True}
    [request] = account.uis.requests.values()
    assert (request.session.id, request.phone) == (ids["session_id"], "79161234567")


def test_the_visitor_of_the_shop_sees_quotes_edits_and_files() -> None:
    with World() as world, requests.Session() as http:
        http.trust_env = False
        made = http.post(f"{world.shop_url}/chat", json={"text": "Есть диваны?"}, timeout=5).json()
        asked = made["messages"][-1]["id"]
        chat = made["id"]
        answer = world.uis.operator_writes(chat, "Есть", file=("диван.png", b"PNG"), reply_to=asked)
        world.uis.edit_message(answer.id, "Есть, два")
        files = {"file": ("план.txt", b"plan")}
        given = {"text": "Смотрите", "reply_to": str(answer.id)}
        http.post(f"{world.shop_url}/chat", data=given, files=files, timeout=5)
        http.post(f"{world.shop_url}/chat/{asked}/edit", json={"text": "Есть кресла?"}, timeout=5)
        first, second, third = http.get(f"{world.shop_url}/chat", timeout=5).json()["messages"]
        assert (first["text"], first["edited"], first["mine"]) == ("Есть кресла?", True, True)
        assert (second["text"], second["quote"], second["edited"]) == ("Есть, два", "Есть кресла?", True)
        assert http.get(second["file"]["url"], timeout=5).content == b"PNG"
        assert (third["quote"], third["file"]["name"]) == ("Есть, два", "план.txt")
        refused = http.post(f"{world.shop_url}/chat/{answer.id}/edit", json={"text": "x"}, timeout=5)
        assert refused.status_code == 400
        assert answer.status == "sent"
        http.get(f"{world.shop_url}/chat?seen=1", timeout=5)
        assert answer.status == "read"


def test_switches_and_actions_are_there_for_the_control_api() -> None:
    with World() as world:
        address = f"{world.hub_url}/_control/uis"
        channel = requests.post(
            f"{address}/add_channel", json={"type": "waba", "templates": [HELLO]}, timeout=5
        ).json()
        assert channel["message_templates"][0]["name"] == "hello"
        switched = requests.post(
            f"{address}/switches", json={"message_states": ["accepted", "error"]}, timeout=5
        )
        assert switched.json()["message_states"] == ["accepted", "error"]
        visit = requests.post(
            f"{address}/visit", json={"page": "https://shop.example.com/"}, timeout=5
        ).json()
        assert visit["session_id"] in world.uis.sessions
