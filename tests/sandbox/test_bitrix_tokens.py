"""The authorization server: codes, single-use refresh tokens, chains side by side, the trusted `app.info`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from sandbox.world import World
from tests.sandbox.bitrix_portal import Caller, installed_world


@pytest.fixture
def world() -> Iterator[World]:
    with installed_world() as world:
        yield world


def ask(world: World, **params: str) -> tuple[int, dict[str, Any]]:
    """One request to the token endpoint."""
    known = {"client_id": world.card.client_id, "client_secret": world.card.client_secret}
    answer = requests.get(f"{world.oauth_url}/oauth/token/", params={**known, **params}, timeout=5)
    return answer.status_code, answer.json()


def test_a_code_is_exchanged_once_and_lives_thirty_seconds(world: World) -> None:
    portal = world.portals[0]
    address = portal.authorize(world.card.client_id, "the state", user_id=7)
    back = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith(world.card.app_url)
    assert (back["state"], back["member_id"], back["domain"]) == (
        "the state",
        portal.member_id,
        portal.domain,
    )
    status, pair = ask(world, grant_type="authorization_code", code=back["code"])
    assert status == 200
    assert set(pair) == {
        "access_token", "client_endpoint", "domain", "expires_in", "member_id", "refresh_token", "scope",
        "server_endpoint", "status",
    }  # fmt: skip
    assert Caller(portal, token=pair["access_token"]).result("profile")["ID"] == "7"
    assert ask(world, grant_type="authorization_code", code=back["code"])[1]["error"] == "invalid_grant"
    late = dict(parse_qsl(urlsplit(portal.authorize(world.card.client_id, "s")).query))["code"]
    world.clock.advance(31)
    assert ask(world, grant_type="authorization_code", code=late)[1]["error"] == "invalid_grant"


def test_nothing_is_authorized_without_the_application(world: World) -> None:
    with pytest.raises(ValueError, match="not installed"):
        world.portals[0].authorize("app.unknown", "s")
    world.portals[0].uninstall()
    with pytest.raises(ValueError, match="not installed"):
        world.portals[0].authorize(world.card.client_id, "s")


def test_a_refresh_token_serves_once_and_takes_the_access_token_with_it(world: World) -> None:
    portal = world.portals[0]
    old, other = world.oauth.issue(portal, 1), world.oauth.issue(portal, 1)
    status, new = ask(world, grant_type="refresh_token", refresh_token=str(old.refresh_token))
    assert (status, new["user_id"], new["refresh_token"] != old.refresh_token) == (200, 1, True)
    assert Caller(portal, token=old.access_token).error("profile") == "expired_token"
    assert Caller(portal, token=new["access_token"]).result("profile")["ID"] == "1"
    assert Caller(portal, token=other.access_token).result("profile")["ID"] == "1"
    assert ask(world, grant_type="refresh_token", refresh_token=str(old.refresh_token)) == (
        400,
        {"error": "invalid_grant", "error_description": "Invalid refresh token"},
    )
    assert (world.oauth.refreshes, [*world.oauth.refused]) == (1, ["invalid_grant"])


def test_of_many_refreshes_at_once_one_wins(world: World) -> None:
    grant = world.oauth.issue(world.portals[0], 1)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(
            lambda _: ask(world, grant_type="refresh_token", refresh_token=str(grant.refresh_token))[0],
            range(8),
        )
    assert sorted(answers) == [200] + [400] * 7


def test_tokens_run_out_by_the_clock(world: World) -> None:
    portal = world.portals[0]
    grant = world.oauth.issue(portal, 1)
    caller = Caller(portal, token=grant.access_token)
    world.clock.advance(3599)
    assert caller.result("profile")
    world.clock.advance(2)
    assert (caller.error("profile"), caller.status) == ("expired_token", 401)
    world.clock.advance(180 * 86400)
    assert ask(world, grant_type="refresh_token", refresh_token=str(grant.refresh_token))[0] == 400


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"grant_type": "password"}, "invalid_request"),
        ({}, "invalid_request"),
        ({"grant_type": "refresh_token", "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "wrong"}, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "wrong"}, "invalid_grant"),
    ],
)
def test_wrong_requests_get_the_codes_of_the_page(world: World, params: dict[str, str], code: str) -> None:
    assert ask(world, **params)[1]["error"] == code


def test_tokens_are_asked_for_by_get_alone(world: World) -> None:
    grant = world.oauth.issue(world.portals[0], 1)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": str(grant.refresh_token),
        "client_id": world.card.client_id,
        "client_secret": world.card.client_secret,
    }
    assert requests.post(f"{world.oauth_url}/oauth/token/", data=form, timeout=5).status_code == 405
    assert requests.get(f"{world.oauth_url}/oauth/token/", params=form, timeout=5).status_code == 200


def test_app_info_tells_whose_token_it_is(world: World) -> None:
    portal = world.portals[0]
    world.oauth.secret_of["app.foreign"] = "x"
    own, foreign = world.oauth.issue(portal, 7), world.oauth.issue(portal, 7, client_id="app.foreign")
    address = f"{world.oauth_url}/rest/app.info"
    facts = requests.get(address, params={"auth": own.access_token}, timeout=5).json()["result"]
    assert (facts["client_id"], facts["user_id"]) == (world.card.client_id, 7)
    assert facts["install"]["member_id"] == portal.member_id
    assert facts["install"]["client_endpoint"] == portal.client_endpoint
    posted = requests.post(address, data={"auth": foreign.access_token}, timeout=5).json()["result"]
    assert posted["client_id"] == "app.foreign"
    assert requests.get(address, params={"auth": "none"}, timeout=5).status_code == 401
    world.oauth.expire_access()
    assert (
        requests.get(address, params={"auth": own.access_token}, timeout=5).json()["error"] == "expired_token"
    )


def test_a_dismissed_employee_has_no_tokens(world: World) -> None:
    portal = world.portals[0]
    grant = world.oauth.issue(portal, 9)
    portal.dismiss(9)
    assert Caller(portal, token=grant.access_token).error("profile") == "authorization_error"
    assert (
        ask(world, grant_type="refresh_token", refresh_token=str(grant.refresh_token))[1]["error"]
        == "invalid_grant"
    )


def test_a_token_of_one_portal_opens_no_other(world: World) -> None:
    second = world.add_portal("Второй")
    second.begin_installation()
    assert (
        Caller(second, token=world.oauth.issue(world.portals[0], 1).access_token).error("profile")
        == "NO_AUTH_FOUND"
    )
