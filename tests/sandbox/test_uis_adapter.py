"""The Chat API as adapters use it: `/v1/adapter`."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.uis.entities import Channel
from tests.sandbox.uis_account import Account, Connected, Hook, connect, running_account, running_hook

NOW = "2025-03-21T05:00:00.000+00:00"


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


def send(connected: Connected, path: str, body: dict[str, Any], token: str = "") -> requests.Response:
    body = {name: value for name, value in body.items() if value != "absent"}
    return connected.account.call("POST", f"/v1/adapter/{path}", body, token=token or connected.token())


def first_chat(connected: Connected, setup_id: int = 740805, **changes: Any) -> requests.Response:
    body = {
        **connected.place(setup_id),
        "visitor_phone": "74959268686",
        "operator_id": 367852,
        "initiator": "operator",
        "created_at": NOW,
    }
    return send(connected, "chat", body | changes)


def answer_to(
    connected: Connected, chat: int, setup_id: int = 740806, /, **changes: Any
) -> requests.Response:
    body = {
        **connected.place(setup_id),
        "chat_id": chat,
        "source": "operator",
        "operator_id": 367852,
        "text": "Добрый день",
        "created_at": NOW,
    }
    return send(connected, "message", body | changes)


def test_the_login_is_a_form(connected: Connected) -> None:
    url = connected.account.uis_url + "/v1/adapter/login"
    right = {"username": "adapter-login", "password": "adapter-password"}
    answer = requests.post(url, data=right, timeout=10).json()
    assert set(answer) == {"access_token", "token_type", "expires_at"}
    assert answer["token_type"] == "bearer"
    assert answer["expires_at"] > connected.account.clock.now()
    assert requests.post(url, json=right, timeout=10).status_code == 415
    assert requests.post(url, data=right | {"password": "x"}, timeout=10).status_code == 401
    assert requests.post(url, data=right | {"more": "x"}, timeout=10).status_code == 422


def test_a_stale_token_answers_401(connected: Connected) -> None:
    token, chat = connected.token(), connected.uis.visitor_starts_chat()
    body = {**connected.place(), "chat_id": chat.id}
    assert send(connected, "chat/close", body, token).status_code == 422
    connected.account.clock.advance(connected.uis.adapter_token_lifetime_s + 1)
    assert send(connected, "chat/close", body, token).status_code == 401


def test_a_disabled_adapter_is_shut_out(connected: Connected) -> None:
    token = connected.token()
    path = f"/v1/integration/adapter/{connected.adapter['id']}"
    connected.account.json("PATCH", path, {"status": "disabled"}, token=connected.jwt)
    assert send(connected, "message", {}, token).status_code == 401


def test_an_adapter_writes_first(connected: Connected) -> None:
    answer = first_chat(connected).json()
    assert list(answer) == [
        "context", "account_id", "channel_id", "chat_id", "visitor_id", "visitor_phone", "visitor_email",
        "visitor_username", "operator_id", "initiator", "created_at",
    ]  # fmt: skip
    connected.uis.flush()
    [message] = connected.hook.of("/message")
    assert (message["source"], message["system_message_mnemonic"]) == ("system", "chat_started")
    assert message["chat_id"] == answer["chat_id"]
    assert connected.hook.of("/chat") == [], "UIS does not tell an adapter what the adapter did itself"


@pytest.mark.parametrize(
    "changes",
    [
        {"visitor_phone": "absent"},
        {"visitor_phone": "absent", "visitor_email": "client@example.com"},
        {"visitor_email": "client@example.com"},
        {"visitor_phone": "+7 (495) 926"},
        {"initiator": "visitor"},
        {"operator_id": 1},
        {"operator_id": "absent"},
        {"created_at": "2025-03-21 05:00:00"},
        {"created_at": "2025-03-21T05:00:00"},
        {"text": "Здравствуйте"},
    ],
)
def test_a_first_chat_that_breaks_the_page_is_refused(connected: Connected, changes: dict[str, Any]) -> None:
    assert first_chat(connected, **changes).status_code == 422
    assert connected.uis.chats == {}


def test_only_some_channels_can_write_first(connected: Connected) -> None:
    assert first_chat(connected, 740806).status_code == 422


def test_the_answer_of_an_adapter_is_delivered(connected: Connected) -> None:
    chat = connected.uis.visitor_starts_chat(text="Здравствуйте")
    answer = answer_to(connected, chat.id, reply_to_id=chat.messages[0].id).json()
    assert answer == {
        "context": None,
        **connected.place(),
        "id": chat.messages[1].id,
        "chat_id": chat.id,
        "source": "operator",
        "operator_id": 367852,
        "reply_to_id": chat.messages[0].id,
        "text": "Добрый день",
        "created_at": NOW,
        "status": None,
        "resource": None,
        "system_message_mnemonic": None,
    }
    connected.uis.flush()
    assert [body["message_id"] for body in connected.hook.of("/message/status")] == [answer["id"]]
    assert connected.hook.of("/message/status")[0]["status"] == "delivered"
    assert len(connected.hook.of("/message")) == 1
    assert chat.employee_id == 367852


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"source": "visitor"}, 422),
        ({"source": "absent"}, 422),
        ({"operator_id": 367999}, 422),
        ({"text": ""}, 422),
        ({"text": None}, 422),
        ({"reply_to_id": 12}, 422),
        ({"context": {"template": {"id": 1}}}, 422),
        ({"resource": {"id": 1, "token": "x", "type": "photo", "name": "x", "size": 1}}, 422),
        ({"visitor_id": 9012381597}, 422),
        ({"chat_id": 12}, 404),
        ({"account_id": 1}, 404),
        ({"channel_id": 740806}, 404),
        ({"channel_id": 3580}, 404),
    ],
)
def test_a_message_that_breaks_the_page_is_refused(
    connected: Connected, changes: dict[str, Any], status: int
) -> None:
    chat = connected.uis.visitor_starts_chat(text="Здравствуйте")
    assert answer_to(connected, chat.id, **changes).status_code == status
    assert len(chat.messages) == 1


def test_employees_without_the_right_may_not_answer(connected: Connected) -> None:
    connected.uis.employees[367852].chat_enabled = False
    chat = connected.uis.visitor_starts_chat()
    assert answer_to(connected, chat.id).status_code == 422


def test_files_go_both_ways(connected: Connected) -> None:
    chat, token = connected.uis.visitor_starts_chat(), connected.token()
    url, headers = connected.account.uis_url + "/v1/adapter/resource", {"Authorization": f"Bearer {token}"}
    form: dict[str, Any] = {**connected.place(), "type": "document"}
    file = {"file": ("offer.txt", b"an offer")}
    sent = requests.post(url, data=form, files=file, headers=headers, timeout=10).json()
    assert set(sent) == {"id", "token", "type", "name", "size"}
    assert answer_to(connected, chat.id, text="", resource=sent).status_code == 200
    place = connected.place()
    payload = f"{url}/{place['account_id']}/{place['channel_id']}/{sent['id']}/{sent['token']}/payload"
    assert requests.get(payload, headers=headers, timeout=10).content == b"an offer"
    assert requests.get(payload, timeout=10).status_code == 401
    assert requests.get(payload.replace(sent["token"], "x"), headers=headers, timeout=10).status_code == 404
    for wrong in ({"type": "sticker"}, {"more": "x"}):
        assert (
            requests.post(url, data=form | wrong, files=file, headers=headers, timeout=10).status_code == 422
        )
    [row] = connected.account.rows("get.chat_messages_report", chat_id=chat.id, fields=["resource"])
    assert requests.get(row["resource"]["file_url"], timeout=10).content == b"an offer"


def test_an_adapter_closes_a_chat_once_and_is_not_told_so(connected: Connected) -> None:
    chat = connected.uis.visitor_starts_chat()
    body = {
        **connected.place(),
        "context": {},
        "chat_id": chat.id,
        "operator_id": 367852,
        "reason": "closed_by_operator",
    }
    for wrong in ({"reason": "closed_by_timeout"}, {"operator_id": "absent"}, {"operator_id": 1}):
        assert send(connected, "chat/close", body | wrong).status_code == 422
    assert send(connected, "chat/close", body).status_code == 204
    assert send(connected, "chat/close", body).status_code == 409
    assert answer_to(connected, chat.id).status_code == 409
    connected.uis.flush()
    assert connected.hook.of("/chat/close") == []


def test_an_adapter_hands_a_chat_over(connected: Connected) -> None:
    chat = connected.uis.visitor_starts_chat()
    answer_to(connected, chat.id)
    body = {**connected.place(), "chat_id": chat.id, "from_operator_id": 367853, "to_operator_id": 367852}
    assert send(connected, "chat/transfer", body).status_code == 422
    body |= {"from_operator_id": 367852, "to_operator_id": 367853}
    assert send(connected, "chat/transfer", body).status_code == 204
    assert (chat.employee_id, chat.is_transfer) == (367853, True)


def test_waba_takes_free_text_only_inside_the_window(account: Account, hook: Hook) -> None:
    account.uis.channels[740808] = Channel(
        id=740808, channel_id=28913, type="waba", name="WABA", message_templates=[{"id": 5, "name": "hello"}]
    )
    connected = connect(account, hook, supported_channel_types=["waba"])
    chat_id = first_chat(connected, 740808).json()["chat_id"]
    template = {"template": {"id": 5, "text": "Здравствуйте"}}
    assert answer_to(connected, chat_id, 740808).status_code == 422
    assert answer_to(connected, chat_id, 740808, context={"template": {"id": 6}}).status_code == 422
    assert answer_to(connected, chat_id, 740808, context=template).status_code == 200
    connected.uis.visitor_writes(chat_id, "Да?")
    assert answer_to(connected, chat_id, 740808).status_code == 200
    account.clock.advance(24 * 3600 + 1)
    # The adapter's own token is older than its life by now, the helper signs in again.
    assert answer_to(connected, chat_id, 740808).status_code == 422
