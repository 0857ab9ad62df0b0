"""The life of an application in the simulated portal, and the events it gets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.sandbox.bitrix_portal import Caller, Inbox


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as inbox:
        yield inbox


@pytest.fixture
def world(inbox: Inbox) -> Iterator[World]:
    with World(app_url=inbox.server.url) as world:
        yield world


@pytest.fixture
def portal(world: World) -> Portal:
    return world.portals[0]


def events(portal: Portal, inbox: Inbox) -> list[dict[str, str]]:
    """Every event that has come, in order."""
    assert portal.events.wait_idle()
    return [form for _, _, form in inbox.received if "event" in form]


def test_the_installer_frame_is_the_documented_form(portal: Portal, inbox: Inbox) -> None:
    assert portal.open_installer(user_id=1).status_code == 200
    path, query, form = inbox.received[0]
    assert path == "bitrix/install"
    assert {**query, "APP_SID": ""} == {"DOMAIN": portal.domain, "PROTOCOL": "0", "LANG": "ru", "APP_SID": ""}
    assert set(form) == {
        "AUTH_ID", "AUTH_EXPIRES", "REFRESH_ID", "SERVER_ENDPOINT", "APPLICATION_TOKEN", "APPLICATION_SCOPE",
        "member_id", "status", "PLACEMENT",
    }  # fmt: skip
    assert (form["member_id"], form["status"], form["PLACEMENT"]) == (portal.member_id, "F", "DEFAULT")
    assert Caller(portal, token=form["AUTH_ID"]).result("app.info")["INSTALLED"] is False


def test_before_the_finish_nothing_is_sent_and_nothing_shown(portal: Portal, inbox: Inbox) -> None:
    portal.open_installer()
    caller = Caller(portal)
    assert caller.result("event.bind", event="OnCrmLeadAdd", handler=f"{inbox.server.url}/hook") is True
    bind = {"PLACEMENT": "CRM_LEAD_DETAIL_TAB", "HANDLER": f"{inbox.server.url}/tab", "TITLE": "UIS"}
    assert caller.result("placement.bind", **bind) is True
    caller.result("crm.item.add", entityTypeId=1, fields={"title": "x"})
    assert (events(portal, inbox), portal.shown_placements("CRM_LEAD_DETAIL_TAB")) == ([], [])
    with pytest.raises(ValueError, match="not installed completely"):
        portal.open_app(user_id=7)
    portal.finish_install()
    caller.result("crm.item.add", entityTypeId=1, fields={"title": "y"})
    assert [form["event"] for form in events(portal, inbox)] == ["ONAPPINSTALL", "ONCRMLEADADD"]
    assert caller.result("app.info")["INSTALLED"] is True
    portal.open_placement("CRM_LEAD_DETAIL_TAB", {"ID": "1"}, user_id=7)
    path, _, form = inbox.received[-1]
    assert (path, form["PLACEMENT"], json.loads(form["PLACEMENT_OPTIONS"])) == (
        "tab",
        "CRM_LEAD_DETAIL_TAB",
        {"ID": "1"},
    )
    assert Caller(portal, token=form["AUTH_ID"]).result("user.current")["ID"] == "7"


def installed(portal: Portal, inbox: Inbox) -> Caller:
    """The application installed and bound to new leads."""
    portal.open_installer()
    portal.finish_install(send_event=False)
    caller = Caller(portal)
    caller.result("event.bind", event="ONCRMLEADADD", handler=f"{inbox.server.url}/hook")
    return caller


def test_an_event_is_a_form_of_strings_without_refresh_token(portal: Portal, inbox: Inbox) -> None:
    installed(portal, inbox)
    Caller(portal, user_id=7).result("crm.item.add", entityTypeId=1, fields={"title": "x"})
    event = events(portal, inbox)[0]
    assert portal.installation is not None
    assert (event["event"], event["data[FIELDS][ID]"], event["event_handler_id"]) == (
        "ONCRMLEADADD",
        "1",
        "1",
    )
    assert event["auth[application_token]"] == portal.installation.application_token
    assert (event["auth[member_id]"], event["auth[user_id]"]) == (portal.member_id, "7")
    assert "auth[refresh_token]" not in event
    assert Caller(portal, token=event["auth[access_token]"]).result("profile")["ID"] == "7"


def test_what_a_robot_did_comes_without_tokens(portal: Portal, inbox: Inbox) -> None:
    installed(portal, inbox)
    portal.crm.add(1, {"title": "x"}, None)
    assert "auth[access_token]" not in events(portal, inbox)[0]


def test_the_same_handler_is_not_bound_twice(portal: Portal, inbox: Inbox) -> None:
    caller = installed(portal, inbox)
    answer = caller.raw("event.bind", event="ONCRMLEADADD", handler=f"{inbox.server.url}/hook")
    assert "Unable to set event handler" in answer["error_description"]
    assert len(caller.result("event.get")) == 1
    assert caller.result("event.unbind", event="ONCRMLEADADD", handler=f"{inbox.server.url}/hook") == {
        "count": 1
    }


def test_widgets_may_be_bound_twice_but_for_the_single_ones(portal: Portal, inbox: Inbox) -> None:
    caller = installed(portal, inbox)
    tab = {"PLACEMENT": "CRM_DEAL_DETAIL_TAB", "HANDLER": f"{inbox.server.url}/tab"}
    assert [caller.result("placement.bind", **tab) for _ in range(2)] == [True, True]
    assert len(caller.result("placement.get")) == 2
    assert caller.result("placement.unbind", **tab) == {"count": 4}
    link = {"PLACEMENT": "REST_APP_URI", "HANDLER": f"{inbox.server.url}/uri"}
    caller.result("placement.bind", **link)
    assert (caller.error("placement.bind", **link), caller.status) == ("ERROR_PLACEMENT_MAX_COUNT", 200)


def test_an_event_is_never_repeated(portal: Portal, inbox: Inbox) -> None:
    caller = installed(portal, inbox)
    inbox.status = 500
    caller.result("crm.item.add", entityTypeId=1, fields={"title": "x"})
    assert len(events(portal, inbox)) == 1
    assert portal.events.deliveries[-1].status == 500


@pytest.mark.parametrize(("kind", "count"), [("lose", 0), ("duplicate", 2), ("late", 1), ("shuffle", 1)])
def test_deliveries_can_be_disturbed(portal: Portal, inbox: Inbox, kind: str, count: int) -> None:
    caller = installed(portal, inbox)
    portal.world.faults.add("event", "ONCRMLEADADD", kind, seconds=0.05)
    caller.result("crm.item.add", entityTypeId=1, fields={"title": "x"})
    assert len(events(portal, inbox)) == count


def test_an_update_takes_the_handlers_and_may_bring_a_new_token(portal: Portal, inbox: Inbox) -> None:
    caller = installed(portal, inbox)
    assert portal.installation is not None
    before = portal.installation.application_token
    portal.update()
    event = events(portal, inbox)[0]
    assert (event["event"], event["data[VERSION]"], event["data[PREVIOUS_VERSION]"]) == (
        "ONAPPUPDATE",
        "2",
        "1",
    )
    assert event["auth[application_token]"] == portal.installation.application_token != before
    assert event["auth[refresh_token]"]
    assert caller.result("event.get") == []
    assert caller.result("app.info")["INSTALLED"] is False


@pytest.mark.parametrize("clean", [True, False])
def test_uninstalling_leaves_dead_tokens_and_maybe_the_options(
    portal: Portal, inbox: Inbox, clean: bool
) -> None:
    caller = installed(portal, inbox)
    caller.result("app.option.set", options={"a": "b"})
    portal.uninstall(clean)
    event = events(portal, inbox)[0]
    assert (event["event"], event["data[CLEAN]"]) == ("ONAPPUNINSTALL", str(int(clean)))
    assert "auth[access_token]" not in event
    assert (caller.error("profile"), caller.status) == ("APPLICATION_NOT_FOUND", 401)
    assert (portal.handlers, portal.placements, portal.connectors) == ([], [], {})
    portal.begin_installation()
    assert Caller(portal).result("app.option.get") == ([] if clean else {"a": "b"})


def test_a_payment_comes_without_application_token(portal: Portal, inbox: Inbox) -> None:
    installed(portal, inbox)
    portal.payment(status="P", days=-3, expired=True)
    event = events(portal, inbox)[0]
    assert (event["event"], event["data[PAYMENT_EXPIRED]"], event["data[DAYS]"]) == (
        "ONAPPPAYMENT",
        "Y",
        "-3",
    )
    assert "auth[application_token]" not in event


def test_only_administrators_install(portal: Portal) -> None:
    with pytest.raises(ValueError, match="administrator"):
        portal.open_installer(user_id=7)


def test_a_portal_that_moved_answers_302_at_its_old_address(
    world: World, portal: Portal, inbox: Inbox
) -> None:
    caller = installed(portal, inbox)
    old = portal.client_endpoint
    new = world.move_portal(portal)
    answer = requests.post(old + "profile?x=1", json={"auth": caller.token}, allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{new}/rest/profile?x=1")
    assert caller.result("profile")["ID"] == "1"
    assert world.oauth.app_info(caller.token)["install"]["client_endpoint"] == f"{new}/rest/"


def control(world: World, path: str, **body: Any) -> dict[str, Any]:
    """One order to the control API."""
    answer = requests.post(f"{world.hub_url}/_control/{path}", json=body, timeout=10)
    found: dict[str, Any] = answer.json()
    assert answer.status_code < 300, found
    return found


def test_another_process_can_look_in_and_act(world: World, portal: Portal, inbox: Inbox) -> None:
    assert control(world, "portals/1/install")["result"]["status"] == 200
    control(world, "portals/1/settings", command_ms=5, rate=5, simple_crm=True)
    assert (portal.command_ms, portal.bucket.rate, portal.crm.simple) == (5, 5.0, True)
    control(world, "faults", service="bitrix", operation="profile", kind="http_503")
    assert Caller(portal).error("profile") == "QUERY_LIMIT_EXCEEDED"
    portal.crm.add(3, {"name": "Клиент"}, 1)
    state = requests.get(f"{world.hub_url}/_control/portals/1", timeout=10).json()
    assert [row["name"] for row in state["entities"]["contacts"]] == ["Клиент"]
    assert (state["installed"], state["counters"]["refused"]) == (True, 1)
    refused = requests.post(f"{world.hub_url}/_control/portals/1/explode", json={}, timeout=10)
    assert (refused.status_code, "unknown action" in refused.json()["error"]) == (400, True)
