"""Sign-in of the personal account."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.uis_account import LOGIN, Account, running_account

CHANNELS = "/v1/integration/channel"


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as started:
        yield started


def test_the_right_password_gives_a_token_that_opens_the_set_up(account: Account) -> None:
    answer = account.sign_in()
    assert answer["error"] is None
    assert answer["id"] != "1", "the page's example answers with an id of its own"
    assert answer["result"]["is_2fa_enabled"] is False
    assert len(account.call("GET", CHANNELS, token=answer["result"]["jwt"]).json()) == 3


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"login": "nobody"}, {"project": "comagic"}])
def test_wrong_credentials_are_refused(account: Account, changes: dict[str, str]) -> None:
    answer = account.sign_in(**changes)
    assert answer["result"] is None
    assert answer["error"]["message"] == "Login or password is wrong"


def test_an_account_with_a_second_factor_gives_no_token(account: Account) -> None:
    account.uis.two_factor = True
    assert account.sign_in()["result"] == {"is_2fa_enabled": True, "jwt": None, "refresh": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"params": {}},
        {"params": {**LOGIN, "more": 1}},
        {"params": {**LOGIN, "password": 1}},
        {"jsonrpc": "1.0"},
        {"id": "absent"},
        {"method": "logout"},
    ],
)
def test_a_call_that_is_not_exactly_a_login_is_refused(account: Account, changes: dict[str, Any]) -> None:
    call = {"jsonrpc": "2.0", "id": "1", "method": "login", "params": LOGIN} | changes
    call = {name: value for name, value in call.items() if value != "absent"}
    assert account.json("POST", "/api/auth/json_rpc?method=login", call)["error"]["code"] == -32600


def test_the_method_stands_in_the_address_too(account: Account) -> None:
    call = {"jsonrpc": "2.0", "id": "1", "method": "login", "params": LOGIN}
    assert account.json("POST", "/api/auth/json_rpc", call)["error"]["code"] == -32600


def test_a_token_dies_after_its_time(account: Account) -> None:
    jwt = account.sign_in()["result"]["jwt"]
    account.clock.advance(account.uis.jwt_lifetime_s + 1)
    assert account.call("GET", CHANNELS, token=jwt).status_code == 401


def test_without_a_token_nothing_is_set_up(account: Account) -> None:
    for path in ("adapter", "channel", "account"):
        assert account.call("GET", f"/v1/integration/{path}").status_code == 401
