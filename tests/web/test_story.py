"""From the installer to a connected UIS, over the API as our pages use it, against a portal and a UIS that behave."""

from typing import Any

import pytest

from tests.web.world import LOGIN, Living

pytestmark = pytest.mark.usefixtures("built_pages")


def states(told: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["state"] for check in told["checks"]}


def test_the_installer_shows_its_progress_and_ends(alive: Living) -> None:
    token = alive.open("/bitrix/install")
    before = alive.call("GET", "/installation", token)
    assert (before["state"], before["can_install"]) == ("installing", True)
    alive.work()
    after = alive.call("GET", "/installation", token)
    assert after["state"] == "done", after
    assert {step["state"] for step in after["steps"]} == {"done"}
    assert all(step["title"] for step in after["steps"])
    assert len(alive.portal.handlers) > 5


def test_a_failed_step_is_told_and_repaired(alive: Living) -> None:
    alive.world.faults.add(
        "bitrix", "imconnector.register", "error", code="ACCESS_DENIED", status=403, times=9
    )
    token = alive.open("/bitrix/install")
    alive.work()
    told = alive.call("GET", "/installation", token)
    assert told["state"] == "failed"
    assert [step["name"] for step in told["steps"] if step["state"] == "failed"] == ["connector"]
    health = alive.call("GET", "/health", token)
    assert states(health)["connector"] == "broken"
    repair = next(check["repair"] for check in health["checks"] if check["name"] == "connector")
    assert repair == "Починить"
    alive.world.faults.clear()
    alive.call("POST", "/health/repair", token, {"name": "connector"})
    alive.work()
    assert alive.call("GET", "/installation", token)["state"] == "done"
    assert states(alive.call("GET", "/health", token))["connector"] == "ok"


def test_the_installation_reads_users_and_stages(alive: Living) -> None:
    token = alive.installed()
    users = alive.call("GET", "/directory/users", token)
    assert {row["id"] for row in users} == {1, 7, 9}
    assert all(row["url"].startswith(alive.portal.url) for row in users)
    stages = alive.call("GET", "/directory/stages", token)
    places = {(row["entity"], row["category_id"], row["id"]) for row in stages}
    assert {("lead", None, "NEW"), ("deal", 0, "NEW"), ("deal", 2, "C2:NEW")} <= places
    pipelines = alive.call("GET", "/directory/pipelines", token)
    assert {row["id"] for row in pipelines} == {0, 2}
    me = alive.call("GET", "/me", token)
    assert (me["user_id"], me["admin"], me["portal"], me["crm_mode"]) == (
        1,
        True,
        alive.portal.url,
        "classic",
    )


def test_uis_is_connected_and_its_employees_are_joined(alive: Living) -> None:
    token = alive.installed()
    assert alive.call("GET", "/uis/connection", token)["state"] == "none"
    told = alive.connected(token)
    assert (told["state"], told["answering"]) == ("connected", "uis")
    assert {row["id"] for row in told["channels"]} == {740805, 740806, 740807}
    assert "sandbox-data-key" not in str(told) and told["login"] != "sandbox"
    alive.work()
    sync = alive.call("GET", "/sync", token)
    assert sync["state"] == "done", sync
    staff = {row["id"]: row for row in alive.call("GET", "/directory/employees", token)}
    assert (staff[367852]["user_id"], staff[367852]["joined_by"]) == (7, "email")
    channels = alive.call("GET", "/directory/channels", token)
    assert {row["id"] for row in channels} == {740805, 740806, 740807}
    assert states(alive.call("GET", "/health", token))["uis"] == "ok"


def test_an_employee_is_joined_by_hand_and_stays_so(alive: Living) -> None:
    token = alive.installed()
    alive.connected(token)
    alive.work()
    row = alive.call("PUT", "/employees/367852", token, {"user_id": 9})
    assert (row["user_id"], row["joined_by"]) == (9, "hand")
    alive.call("POST", "/sync", token)
    alive.work()
    staff = {row["id"]: row for row in alive.call("GET", "/directory/employees", token)}
    assert (staff[367852]["user_id"], staff[367852]["joined_by"]) == (9, "hand")
    refused = alive.home.call("PUT", "/employees/367852", token, {"user_id": 99})
    assert refused.status_code == 422
    assert alive.home.call("PUT", "/employees/1", token, {"user_id": 9}).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [({"password": "wrong"}, "password"), ({"project": "other"}, "project"), ({"login": ""}, "login")],
)
def test_a_refused_sign_in_names_its_field(alive: Living, change: dict[str, str], field: str) -> None:
    token = alive.installed()
    answer = alive.home.call("POST", "/uis/login", token, LOGIN | change)
    assert answer.status_code == 422, answer.json
    assert answer.json is not None
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert answer.json["errors"][0]["message"] == answer.json["detail"] != ""


def test_a_ticket_that_is_over_asks_for_a_new_sign_in(alive: Living) -> None:
    token = alive.installed()
    wish = {"ticket": "old", "channels": [740806], "answering": "uis", "data_api_key": "k"}
    answer = alive.home.call("POST", "/uis/connection", token, wish)
    assert (answer.status_code, answer.json and answer.json["code"]) == (410, "ticket_expired")


def test_disconnecting_cleans_up_on_both_sides(alive: Living) -> None:
    token = alive.installed()
    alive.connected(token)
    ticket = alive.call("POST", "/uis/login", token, LOGIN)
    told = alive.call("DELETE", "/uis/connection", token, {"ticket": ticket["ticket"]})
    assert told["state"] == "none"
    assert alive.call("GET", "/directory/channels", token) == []


def test_a_session_is_renewed_for_its_own_user_alone(alive: Living) -> None:
    token = alive.installed()
    alive.home.clock.advance(3600)
    access = alive.world.oauth.issue(alive.portal, 1).access_token
    fresh = alive.call("POST", "/session", "", {"access_token": access, "session": token})
    assert fresh["expires_in"] == 600
    assert alive.call("GET", "/me", fresh["session"])["user_id"] == 1
    other = alive.world.oauth.issue(alive.portal, 7).access_token
    for stolen, status in ((other, 403), ("invented", 401)):
        body = {"access_token": stolen, "session": token}
        assert alive.home.call("POST", "/session", None, body).status_code == status


def test_an_administrator_of_another_portal_cannot_renew_it(alive: Living) -> None:
    token = alive.installed()
    foreign = alive.world.add_portal("Чужой")
    foreign.begin_installation()
    access = alive.world.oauth.issue(foreign, 1).access_token
    answer = alive.home.call("POST", "/session", None, {"access_token": access, "session": token})
    assert (answer.status_code, answer.json and answer.json["code"]) == (403, "other_user")
