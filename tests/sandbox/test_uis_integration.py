"""Adapters, channels and accounts as `/v1/integration` keeps them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.uis_account import (
    ADAPTER,
    Account,
    Connected,
    Hook,
    connect,
    running_account,
    running_hook,
)

ADAPTERS, ACCOUNTS = "/v1/integration/adapter", "/v1/integration/account"


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
    return connect(account, hook)


def new_adapter(account: Account, **changes: Any) -> tuple[int, dict[str, Any]]:
    body = {**ADAPTER, "webhook_url": "https://app.example.com/hook", **changes}
    body = {name: value for name, value in body.items() if value != "absent"}
    answer = account.call("POST", ADAPTERS, body, token=account.sign_in()["result"]["jwt"])
    return answer.status_code, answer.json()


def test_an_adapter_is_answered_as_the_example_shows_it(account: Account) -> None:
    status, made = new_adapter(account)
    assert status == 200
    assert made == {
        "id": 322,
        "type": "test_adapter",
        "name": "Test adapter",
        "status": "active",
        "supported_channel_types": ["comagic", "whatsapp", "telegram"],
        "owner": 4735,
        "visibility_status": "private",
        "login": "adapter-login",
        "webhook_url": "https://app.example.com/hook",
        "webhook_kwargs": {},
    }


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"type": "Big-Letters"}, 422),
        ({"type": "trailing\n"}, 422),
        ({"type": "uis_crm"}, 409),
        ({"name": "absent"}, 422),
        ({"password": 17}, 422),
        ({"webhook_url": "ftp://app.example.com"}, 422),
        ({"webhook_version": "v3"}, 422),
        ({"webhook_token": "both"}, 422),
        ({"webhook_auth": {"type": "Bearer"}}, 422),
        ({"webhook_auth": {"type": "Basic", "login": "l", "password": "p", "token": "t"}}, 422),
        ({"webhook_auth": {"type": "Digest"}}, 422),
        ({"supported_channel_types": ["vkontakte_groups"]}, 422),
        ({"webhook_kwargs": {}}, 422),
        ({"status": "active"}, 422),
        ({"owner": None}, 422),
    ],
)
def test_an_adapter_that_breaks_the_page_is_refused(
    account: Account, changes: dict[str, Any], status: int
) -> None:
    assert new_adapter(account, **changes)[0] == status
    assert len(account.uis.adapters) == 1


def test_type_and_login_are_unique(account: Account) -> None:
    assert new_adapter(account)[0] == 200
    assert new_adapter(account, login="other")[0] == 409
    assert new_adapter(account, type="other")[0] == 409


def test_system_adapters_are_listed_but_not_managed(account: Account) -> None:
    jwt = account.sign_in()["result"]["jwt"]
    listed = account.call("GET", ADAPTERS, token=jwt).json()
    assert [adapter["id"] for adapter in listed if adapter["owner"] is None] == [1]
    assert account.call("PATCH", f"{ADAPTERS}/1", {"name": "mine"}, token=jwt).status_code == 403
    assert account.call("DELETE", f"{ADAPTERS}/1", token=jwt).status_code == 403


def test_an_adapter_is_changed_and_its_type_is_not(connected: Connected) -> None:
    account, path = connected.account, f"{ADAPTERS}/{connected.adapter['id']}"
    answer = account.json(
        "PATCH", path, {"name": "New", "webhook_kwargs": {"timeout": 2.5}}, token=connected.jwt
    )
    assert (answer["name"], answer["webhook_kwargs"]) == ("New", {"timeout": 2.5})
    for wrong in ({"type": "other"}, {"webhook_kwargs": {"retries": 3}}, {"status": "gone"}):
        assert account.call("PATCH", path, wrong, token=connected.jwt).status_code == 422


def test_an_adapter_in_use_is_not_deleted(connected: Connected) -> None:
    account, path = connected.account, f"{ADAPTERS}/{connected.adapter['id']}"
    assert account.call("DELETE", path, token=connected.jwt).status_code == 409
    connection = f"{ACCOUNTS}/{connected.connection['id']}"
    assert account.call("DELETE", connection, token=connected.jwt).status_code == 204
    assert account.call("DELETE", path, token=connected.jwt).status_code == 204
    assert account.call("DELETE", path, token=connected.jwt).status_code == 404


def test_connecting_calls_the_adapter_with_the_three_kinds_of_channel_ids(connected: Connected) -> None:
    listed = connected.account.call("GET", "/v1/integration/channel", token=connected.jwt).json()
    assert [(one["id"], one["channel_id"]) for one in listed][:2] == [(740805, 28910), (740806, 28911)]
    assert connected.hook.of("/account")[0]["id"] == connected.connection["id"] == 286
    assert connected.links() == {740805: 3580, 740806: 3581, 740807: 3582}


@pytest.mark.parametrize("refused", ["/account", "/channel"])
def test_an_adapter_that_does_not_answer_is_not_connected(account: Account, hook: Hook, refused: str) -> None:
    hook.refuse = {refused}
    made = new_adapter(account, webhook_url=hook.url)[1]
    jwt = account.sign_in()["result"]["jwt"]
    body = {"name": "Shop", "adapter_id": made["id"], "channels": [740806]}
    answer = account.call("POST", ACCOUNTS, body, token=jwt)
    assert answer.status_code == 400
    assert refused in answer.json()["detail"]
    assert account.call("GET", ACCOUNTS, token=jwt).json() == []


def test_an_unexpected_code_counts_as_no_answer(account: Account, hook: Hook) -> None:
    hook.status = 201
    made = new_adapter(account, webhook_url=hook.url)[1]
    body = {"name": "Shop", "adapter_id": made["id"], "channels": []}
    jwt = account.sign_in()["result"]["jwt"]
    assert account.call("POST", ACCOUNTS, body, token=jwt).status_code == 400


def test_nobody_at_the_address_means_no_account(account: Account) -> None:
    made = new_adapter(account, webhook_url="http://127.0.0.1:9/hook")[1]
    body = {"name": "Shop", "adapter_id": made["id"], "channels": []}
    answer = account.call("POST", ACCOUNTS, body, token=account.sign_in()["result"]["jwt"])
    assert (answer.status_code, account.uis.accounts) == (400, {})


@pytest.mark.parametrize(
    "changes",
    [
        {"channels": [1]},
        {"channels": [740806, 740806]},
        {"channels": "740806"},
        {"adapter_id": "322"},
        {"context": {"something": True}},
        {"context": {"is_chat_integration_scenario_created": "yes"}},
        {"status": "active"},
    ],
)
def test_an_account_that_breaks_the_page_is_refused(
    account: Account, hook: Hook, changes: dict[str, Any]
) -> None:
    made = new_adapter(account, webhook_url=hook.url)[1]
    body = {"name": "Shop", "adapter_id": made["id"], "channels": [740806], **changes}
    answer = account.call("POST", ACCOUNTS, body, token=account.sign_in()["result"]["jwt"])
    assert answer.status_code == 422
    assert hook.received == []


def test_a_channel_of_an_unsupported_type_is_refused(account: Account, hook: Hook) -> None:
    made = new_adapter(account, webhook_url=hook.url, supported_channel_types=["comagic"])[1]
    body = {"name": "Shop", "adapter_id": made["id"], "channels": [740805]}
    jwt = account.sign_in()["result"]["jwt"]
    assert account.call("POST", ACCOUNTS, body, token=jwt).status_code == 422


def test_changed_channels_are_told_one_by_one(connected: Connected) -> None:
    path = f"{ACCOUNTS}/{connected.connection['id']}"
    connected.account.json("PATCH", path, {"channels": [740806]}, token=connected.jwt)
    connected.uis.flush()
    assert [one.path for one in connected.hook.received if one.method == "DELETE"] == [
        "/channel/3580",
        "/channel/3582",
    ]
    answer = connected.account.json("PATCH", path, {"channels": [740806, 740805]}, token=connected.jwt)
    assert answer["channels"] == [740806, 740805]
    assert connected.links() == {740805: 3583, 740806: 3581, 740807: 3582}


def test_a_deleted_account_is_told_with_its_channels(connected: Connected) -> None:
    path = f"{ACCOUNTS}/{connected.connection['id']}"
    connected.account.call("DELETE", path, token=connected.jwt)
    connected.uis.flush()
    told = [(one.method, one.path, one.body["status"]) for one in connected.hook.received[4:]]
    assert told == [
        ("DELETE", "/channel/3580", "disabled"),
        ("DELETE", "/channel/3581", "disabled"),
        ("DELETE", "/channel/3582", "disabled"),
        ("DELETE", "/account/286", "disabled"),
    ]
