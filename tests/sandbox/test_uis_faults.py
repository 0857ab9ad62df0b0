"""What can be made to go wrong in each service of UIS."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.uis_account import Account, Connected, connect, running_account, running_hook

MESSAGE = {"source": "operator", "operator_id": 367852, "text": "Да", "created_at": "2025-03-21T05:00:00Z"}


@pytest.fixture
def connected() -> Iterator[Connected]:
    with running_account() as account, running_hook() as hook:
        yield connect(account, hook)


@pytest.fixture
def account(connected: Connected) -> Account:
    return connected.account


def answer(connected: Connected, token: str, chat_id: int, timeout_s: float = 10) -> requests.Response:
    body: dict[str, Any] = {**connected.place(), "chat_id": chat_id, **MESSAGE}
    return requests.post(
        connected.account.uis_url + "/v1/adapter/message",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=timeout_s,
    )


@pytest.mark.parametrize(
    ("kind", "status"), [("http_503", 503), ("http_429", 429), ("http_500", 500), ("html", 502)]
)
def test_broken_answers_of_every_service(
    account: Account, connected: Connected, kind: str, status: int
) -> None:
    for service, path in (
        ("uis_login", "/api/auth/json_rpc?method=login"),
        ("uis_logic", "/v1/integration/adapter"),
        ("uis_chat", "/v1/adapter/message"),
        ("uis_data", "/v2.0"),
    ):
        account.faults.add(service, "*", kind)
        assert account.call("POST", path, {}, token=connected.jwt).status_code == status
        assert account.faults.list() == []


@pytest.mark.parametrize(("kind", "stored"), [("reset_before", 0), ("reset_after", 1)])
def test_a_reset_comes_before_or_after_the_effect(connected: Connected, kind: str, stored: int) -> None:
    chat, token = connected.uis.visitor_starts_chat(), connected.token()
    connected.account.faults.add("uis_chat", "/v1/adapter/message", kind)
    with pytest.raises(requests.ConnectionError):
        answer(connected, token, chat.id)
    assert len(chat.messages) == stored
    assert answer(connected, token, chat.id).status_code == 200


@pytest.mark.parametrize(("kind", "stored"), [("timeout_before", 0), ("timeout_after", 1)])
def test_silence_comes_before_or_after_the_effect(connected: Connected, kind: str, stored: int) -> None:
    chat, token = connected.uis.visitor_starts_chat(), connected.token()
    connected.account.faults.add("uis_chat", "*message", kind, seconds=5)
    with pytest.raises(requests.Timeout):
        answer(connected, token, chat.id, timeout_s=0.3)
    assert len(chat.messages) == stored


def test_an_expired_token_is_really_dead(connected: Connected) -> None:
    chat, token = connected.uis.visitor_starts_chat(), connected.token()
    connected.account.faults.add("uis_chat", "*", "expired_token")
    assert answer(connected, token, chat.id).status_code == 401
    assert answer(connected, token, chat.id).status_code == 401
    assert answer(connected, connected.token(), chat.id).status_code == 200
    connected.account.faults.add("uis_data", "get.account", "expired_token")
    assert connected.account.mnemonic("get.account") == "access_token_invalid"
    connected.account.faults.add("uis_logic", "*", "expired_token")
    for _ in range(2):
        got = connected.account.call("GET", "/v1/integration/channel", token=connected.jwt)
        assert got.status_code == 401


def test_ordered_errors_speak_the_language_of_the_service(connected: Connected) -> None:
    account = connected.account
    account.faults.add("uis_data", "get.tags", "error", mnemonic="limit_exceeded")
    account.faults.add("uis_login", "login", "error", description="Try later")
    account.faults.add("uis_logic", "*", "error", status=418, description="no tea")
    assert account.rows("get.account")
    assert account.mnemonic("get.tags") == "limit_exceeded"
    assert account.sign_in()["error"]["message"] == "Try later"
    got = account.call("GET", "/v1/integration/channel", token=connected.jwt)
    assert (got.status_code, got.json()) == (418, {"detail": "no tea"})
