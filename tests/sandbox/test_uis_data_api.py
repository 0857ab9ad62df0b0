"""The Data API's envelope, rights, points and reports."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.uis.data_query import METHODS
from tests.sandbox.uis_account import Account, running_account

CALL: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 7,
    "method": "get.account",
    "params": {"access_token": "sandbox-data-key"},
}


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as started:
        yield started


@pytest.mark.parametrize(
    ("call", "code", "mnemonic"),
    [
        ("{not json", -32700, "parse_error"),
        ([CALL], -32099, "batch_opreations_not_supported"),
        ({**CALL, "jsonrpc": "1.0"}, -32600, "invalid_request"),
        ({**CALL, "extra": 1}, -32600, "invalid_request"),
        (
            {name: CALL[name] for name in ("jsonrpc", "method", "params")},
            -32099,
            "notifications_not_supported",
        ),
        ({**CALL, "method": "get.everything"}, -32601, "method_not_found"),
        ({**CALL, "params": {}}, -32602, "required_parameter_missed"),
        ({**CALL, "params": {"access_token": "wrong"}}, -32001, "access_token_invalid"),
        ({**CALL, "params": {"access_token": 5}}, -32602, "data_type_error"),
        ({**CALL, "params": {**CALL["params"], "limit": 5}}, -32602, "unexpected_parameters"),
    ],
)
def test_calls_that_break_the_protocol(account: Account, call: Any, code: int, mnemonic: str) -> None:
    error = account.data_call(call)["error"]
    assert (error["code"], error["data"]["mnemonic"]) == (code, mnemonic)
    assert error["data"]["metadata"]["limits"]["minute_remaining"] == 200


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/json; charset=cp1251"]
)
def test_the_content_type_is_the_one_of_the_page(account: Account, content_type: str) -> None:
    assert account.data_call(CALL, content_type)["error"]["data"]["mnemonic"] == "invalid_request"


def test_only_post_is_answered(account: Account) -> None:
    assert requests.get(account.uis_url + "/v2.0", timeout=10).status_code == 405


def test_keys_and_rights_can_be_taken_away(account: Account) -> None:
    uis, mnemonic = account.uis, account.mnemonic
    uis.blocked_keys, uis.expired_keys = {"blocked"}, {"expired"}
    assert mnemonic("get.account", access_token="blocked") == "access_token_blocked"
    assert mnemonic("get.account", access_token="expired") == "access_token_expired"
    assert mnemonic("get.employees", user_id=1) == "forbidden"
    uis.permissions = set()
    assert mnemonic("get.employees") == "forbidden"
    uis.components = {"upload_chats"}
    answer = account.data("get.chats_report", **account.window())["error"]
    assert (answer["code"], answer["data"]["mnemonic"]) == (-32008, "method_component_disabled")
    assert account.rows("get.chat_messages_report", chat_id=1) == []
    uis.account_active = False
    assert mnemonic("get.account") == "account_inactive"
    uis.ip_whitelisted = False
    answer = account.data("get.account")["error"]
    assert answer["message"] == "Your IP 127.0.0.1 is not whitelisted"


@pytest.mark.parametrize("key", ["expire_at", "expire"])
def test_a_session_lives_one_hour(account: Account, key: str) -> None:
    account.uis.login_expiry_key = key
    login = {**CALL, "method": "login.user", "params": {"login": "admin@example.com", "password": "sandbox"}}
    session = account.data_call(login)["result"]["data"]
    assert set(session) == {"access_token", key, "app_id"}
    token = session["access_token"]
    assert account.rows("get.account", access_token=token)[0]["timezone"] == "Europe/Moscow"
    account.clock.advance(3601)
    assert account.mnemonic("get.account", access_token=token) == "access_token_invalid"
    login["params"]["password"] = "wrong"
    assert account.data_call(login)["error"]["data"]["mnemonic"] == "auth_error"


def test_a_session_ends_with_logout(account: Account) -> None:
    login = {**CALL, "method": "login.user", "params": {"login": "admin@example.com", "password": "sandbox"}}
    token = account.data_call(login)["result"]["data"]["access_token"]
    assert account.data("logout.user", access_token=token)["result"] == {"data": {}}
    assert account.mnemonic("get.account", access_token=token) == "access_token_invalid"


def test_points_are_counted_for_successes_and_come_back(account: Account) -> None:
    # The start of a minute, so that the calls below fall into one.
    account.clock.advance(60 - account.clock.now() % 60)
    account.uis.minute_limit, account.uis.day_limit = 2, 3
    account.mnemonic("get.account", limit=1)
    for left in (1, 0):
        assert account.data("get.account")["result"]["metadata"]["limits"]["minute_remaining"] == left
    error = account.data("get.account")["error"]
    assert (error["code"], error["data"]["mnemonic"]) == (-32029, "limit_exceeded")
    assert error["data"]["params"] == {"limit_type": "minute", "limit_max_value": 2}
    wait = error["data"]["metadata"]["limits"]["minute_reset"]
    assert 0 < wait <= 60
    account.clock.advance(wait)
    assert "result" in account.data("get.account")
    assert account.data("get.account")["error"]["data"]["params"]["limit_type"] == "day"
    account.clock.advance(account.data("get.account")["error"]["data"]["metadata"]["limits"]["day_reset"])
    assert "result" in account.data("get.account")


@pytest.mark.parametrize(
    "method",
    [
        "get.account", "get.employees", "get.group_employees", "get.chat_channels", "get.sites", "get.campaigns",
        "get.sources", "get.tags", "get.segments",
    ],
)  # fmt: skip
def test_directories_answer_the_default_fields(account: Account, method: str) -> None:
    fields = METHODS[method]["fields"]
    rows = account.rows(method)
    assert rows
    assert set(rows[0]) == {name for name, field in fields.items() if field["default"]}


def test_objects_answer_every_field(account: Account) -> None:
    visitor = account.uis.visitor_starts_chat(name="Клиент", phone="79160000001").visitor_id
    assert set(account.rows("getobj.account")) == set(METHODS["getobj.account"]["fields"])
    expected = {"name": "Клиент", "phone_numbers": ["79160000001"], "emails": [], "properties": []}
    assert account.data("getobj.visitor", id=visitor)["result"]["data"] == expected
    assert account.mnemonic("getobj.visitor", id=1) == "entity_not_found"


def test_employees_carry_what_joins_them_with_the_crm(account: Account) -> None:
    rows = account.rows("get.employees", fields=["id", "full_name", "email"])
    assert rows == [
        {"id": 367852, "full_name": "Петров Иван", "email": "ivan@example.com"},
        {"id": 367853, "full_name": "Ким Ольга", "email": "olga@example.com"},
    ]


def test_visitors_are_found_by_ids(account: Account) -> None:
    one = account.uis.visitor_starts_chat(name="Клиент", username="client", phone="79160000001").visitor_id
    expected = {"id": one, "name": "Клиент", "phones": ["79160000001"], "emails": [], "usernames": ["client"]}
    assert account.rows("get.visitors", ids=[one, 5]) == [expected]
    assert account.mnemonic("get.visitors", ids=["5"]) == "data_type_error"
    assert account.mnemonic("get.visitors") == "required_parameter_missed"
