"""Robots and triggers of CRM automation, people and departments for pickers, links that open the application."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from b24pysdk.credentials.oauth_workflow_data import OAuthWorkflowData

from sandbox.bitrix.portal import Portal
from sandbox.bitrix.robots import RobotRun, run_robot
from tests.sandbox.bitrix_portal import Caller, Inbox, add, installed_world

PROPERTIES = {
    "channel": {"Name": {"ru": "Канал", "en": "Channel"}, "Type": "string", "Required": "Y"},
    "text": {"Name": "Текст", "Type": "text", "Default": "Здравствуйте, {=Document:TITLE}!"},
}
RETURNS = {"state": {"Name": "Состояние", "Type": "string"}}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as made:
        yield made


@pytest.fixture
def portal(inbox: Inbox) -> Iterator[Portal]:
    with installed_world(app_url=inbox.server.url) as world:
        yield world.portals[0]


@pytest.fixture
def caller(portal: Portal) -> Caller:
    return Caller(portal)


def register(caller: Caller, inbox: Inbox, **more: Any) -> None:
    given = {"PROPERTIES": PROPERTIES, "RETURN_PROPERTIES": RETURNS, "USE_SUBSCRIPTION": "Y", **more}
    name = {"ru": "Написать клиенту", "en": "Write to the client"}
    caller.result(
        "bizproc.robot.add", CODE="omni_send", HANDLER=f"{inbox.server.url}/robot", NAME=name, **given
    )


def fire(caller: Caller, **properties: str) -> RobotRun:
    """The robot runs on lead 1; waits until its form came."""
    if not caller.portal.crm.items[1]:
        add(caller, 1, title="Диван")
    run = run_robot(caller.portal, "omni_send", 1, 1, {"channel": "740805", **properties})
    assert caller.portal.events.wait_idle()
    return run


def test_a_robot_posts_its_form_with_a_token_and_takes_one_answer(caller: Caller, inbox: Inbox) -> None:
    register(caller, inbox)
    run = fire(caller)
    [(path, _, form)] = inbox.received
    assert path == "robot"
    assert (form["code"], form["event_token"], form["use_subscription"]) == ("omni_send", run.token, "Y")
    assert [form[f"document_id[{n}]"] for n in range(3)] == ["crm", "CCrmDocumentLead", "LEAD_1"]
    assert [form[f"document_type[{n}]"] for n in range(3)] == ["crm", "CCrmDocumentLead", "LEAD"]
    assert (form["properties[channel]"], form["properties[text]"]) == ("740805", "Здравствуйте, Диван!")
    assert caller.portal.installation is not None
    assert form["auth[application_token]"] == caller.portal.installation.application_token
    assert "auth[access_token]" not in form
    call = {"EVENT_TOKEN": run.token, "RETURN_VALUES": {"state": "sent"}, "LOG_MESSAGE": "Отправлено"}
    wrong = {**call, "RETURN_VALUES": {"status": "sent"}}
    assert caller.error("bizproc.event.send", **wrong) == "ERROR_ARGUMENT"
    assert caller.result("bizproc.event.send", **call) is True
    assert (run.state, run.returned, run.log) == ("done", {"state": "sent"}, "Отправлено")
    assert (caller.error("bizproc.event.send", **call), caller.status) == ("ACCESS_DENIED", 403)


def test_a_robot_that_does_not_wait_takes_no_answer(caller: Caller, inbox: Inbox) -> None:
    register(caller, inbox, USE_SUBSCRIPTION="N")
    run = fire(caller)
    assert (run.state, inbox.received[0][2]["use_subscription"]) == ("sent", "N")
    assert caller.error("bizproc.event.send", EVENT_TOKEN=run.token) == "ACCESS_DENIED"


def test_a_robot_waits_unless_it_was_told_not_to(caller: Caller, inbox: Inbox) -> None:
    caller.result("bizproc.robot.add", CODE="omni_send", HANDLER=f"{inbox.server.url}/robot", NAME="Робот")
    add(caller, 1, title="Диван")
    assert run_robot(caller.portal, "omni_send", 1, 1).state == "waiting"


def test_the_vendors_own_model_reads_a_run_with_a_users_token(caller: Caller, inbox: Inbox) -> None:
    register(caller, inbox, AUTH_USER_ID=7)
    run = fire(caller)
    payload = OAuthWorkflowData.from_dict(inbox.received[0][2])
    assert (payload.event_token, payload.use_subscription, payload.document_id[2]) == (
        run.token,
        True,
        "LEAD_1",
    )
    answer = Caller(caller.portal, token=inbox.received[0][2]["auth[access_token]"]).result("user.current")
    assert answer["ID"] == "7"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CODE": "omni send"}, "ERROR_ACTIVITY_VALIDATION_FAILURE"),
        ({"CODE": ""}, "ERROR_ACTIVITY_VALIDATION_FAILURE"),
        ({"NAME": ""}, "ERROR_ACTIVITY_VALIDATION_FAILURE"),
        ({"HANDLER": "ftp://h/x"}, "ERROR_UNSUPPORTED_PROTOCOL"),
        ({"HANDLER": "https://elsewhere.example.com/x"}, "ERROR_WRONG_HANDLER_URL"),
        ({"PROPERTIES": {"1st": {"Name": "x"}}}, "ERROR_ACTIVITY_VALIDATION_FAILURE"),
        ({"PROPERTIES": {"first": {"Type": "string"}}}, "ERROR_ACTIVITY_VALIDATION_FAILURE"),
        ({"PROPERTIES": {"first": {"Name": "x", "Type": "colour"}}}, "ERROR_ACTIVITY_VALIDATION_FAILURE"),
        ({"FILTER": {"ONLY": ["b24"]}}, "ERROR_ACTIVITY_VALIDATION_FAILURE"),
        ({"DOCUMENT_TYPE": ["crm", "CCrmDocumentLead"]}, "ERROR_ACTIVITY_VALIDATION_FAILURE"),
        ({"USE_PLACEMENT": "Y"}, "ERROR_ACTIVITY_VALIDATION_FAILURE"),
        ({"COLOUR": "red"}, "ERROR_ARGUMENT"),
    ],
)
def test_a_wrong_robot_is_not_registered(caller: Caller, change: dict[str, Any], code: str) -> None:
    right = {"CODE": "omni_send", "HANDLER": "http://127.0.0.1/robot", "NAME": "Робот"}
    assert caller.error("bizproc.robot.add", **{**right, **change}) == code
    assert caller.result("bizproc.robot.list") == []


def test_robots_are_listed_changed_and_deleted_by_administrators(caller: Caller, inbox: Inbox) -> None:
    register(caller, inbox)
    again = {"CODE": "omni_send", "HANDLER": f"{inbox.server.url}/robot", "NAME": "Робот"}
    assert caller.error("bizproc.robot.add", **again) == "ERROR_ACTIVITY_ALREADY_INSTALLED"
    employee = Caller(caller.portal, 7)
    assert employee.error("bizproc.robot.list") == "ACCESS_DENIED"
    assert (
        caller.error("bizproc.robot.update", CODE="other", FIELDS={"NAME": "x"}) == "ERROR_ACTIVITY_NOT_FOUND"
    )
    caller.result("bizproc.robot.update", CODE="omni_send", FIELDS={"USE_SUBSCRIPTION": "N"})
    assert fire(caller).state == "sent"
    assert caller.result("bizproc.robot.list") == ["omni_send"]
    assert caller.result("bizproc.robot.delete", CODE="omni_send") is True
    assert caller.error("bizproc.robot.delete", CODE="omni_send") == "ERROR_ACTIVITY_NOT_FOUND"
    hook = caller.portal.add_webhook(1)
    assert requests.post(f"{hook}bizproc.robot.list", timeout=5).json()["error"] == "ACCESS_DENIED"


@pytest.mark.parametrize(
    ("rules", "runs"),
    [
        ({}, True),
        ({"INCLUDE": [["crm", "CCrmDocumentDeal"]]}, False),
        ({"INCLUDE": [["crm", "CCrmDocumentDeal"], ["crm", "CCrmDocumentLead"]]}, True),
        ({"EXCLUDE": ["box"]}, True),
        ({"EXCLUDE": ["b24"]}, False),
    ],
)
def test_a_filter_decides_where_a_robot_is_offered(
    caller: Caller, inbox: Inbox, rules: dict[str, Any], runs: bool
) -> None:
    register(caller, inbox, FILTER=rules)
    if runs:
        assert fire(caller).state == "waiting"
    else:
        with pytest.raises(ValueError, match="no robot"):
            fire(caller)


def test_properties_that_are_missing_or_unknown_stop_a_run(caller: Caller, inbox: Inbox) -> None:
    register(caller, inbox)
    with pytest.raises(ValueError, match="required"):
        fire(caller, channel="")
    with pytest.raises(ValueError, match="no property colour"):
        fire(caller, colour="red")
    assert inbox.received == []


def test_an_update_of_the_application_takes_its_robots_away(caller: Caller, inbox: Inbox) -> None:
    register(caller, inbox)
    caller.portal.update()
    assert caller.portal.robots == {}


def test_a_robot_runs_by_the_control_api_and_its_form_may_be_lost(caller: Caller, inbox: Inbox) -> None:
    register(caller, inbox)
    add(caller, 1, title="Диван")
    caller.portal.world.faults.add("event", "ROBOT.omni_*", "lose")
    order = {"code": "omni_send", "entity_type": 1, "item_id": 1, "properties": {"channel": "1"}}
    answer = requests.post(
        f"{caller.portal.world.hub_url}/_control/portals/1/run_robot", json=order, timeout=5
    )
    assert answer.json()["result"]["state"] == "waiting"
    assert caller.portal.events.wait_idle()
    assert inbox.received == []


def test_triggers_are_registered_fired_and_move_cards(caller: Caller) -> None:
    add(caller, 1, title="Диван")
    trigger = {"CODE": "omni.client_wrote", "OWNER_TYPE_ID": 1, "OWNER_ID": 1}
    assert caller.error("crm.automation.trigger.execute", **trigger) == ""
    for name in ("Клиент написал", "Клиент снова написал"):
        assert caller.result("crm.automation.trigger.add", CODE="omni.client_wrote", NAME=name) is True
    assert caller.result("crm.automation.trigger.list") == [
        {"NAME": "Клиент снова написал", "CODE": "omni.client_wrote"}
    ]
    caller.portal.triggers["omni.client_wrote"].move_to = "IN_PROCESS"
    assert caller.result("crm.automation.trigger.execute", **trigger) is True
    assert caller.portal.crm.items[1][1].fields["stageId"] == "IN_PROCESS"
    assert [(row.code, row.owner) for row in caller.portal.trigger_runs] == [("omni.client_wrote", (1, 1))]
    for wrong in ({"OWNER_TYPE_ID": 3}, {"OWNER_ID": 8}):
        assert caller.error("crm.automation.trigger.execute", **{**trigger, **wrong}) == ""
    assert caller.result("crm.automation.trigger.delete", CODE="omni.client_wrote") is True
    assert caller.error("crm.automation.trigger.delete", CODE="omni.client_wrote") == ""


def test_triggers_are_for_administrators_and_applications(caller: Caller) -> None:
    employee = Caller(caller.portal, 7)
    assert employee.error("crm.automation.trigger.list") == "ACCESS_DENIED"
    assert caller.error("crm.automation.trigger.add", CODE="Wrong Code", NAME="x") == ""
    assert caller.error("crm.automation.trigger.add", NAME="x") == ""


def test_pickers_get_photo_position_and_department(caller: Caller) -> None:
    select = ["ID", "NAME", "LAST_NAME", "PERSONAL_PHOTO", "WORK_POSITION", "UF_DEPARTMENT", "NO_SUCH_FIELD"]
    rows = caller.result("user.get", FILTER={"ACTIVE": True}, select=select, sort="ID", order="ASC")
    assert set(rows[1]) == set(select) - {"NO_SUCH_FIELD"}
    assert (rows[1]["WORK_POSITION"], rows[1]["UF_DEPARTMENT"]) == ("Менеджер по продажам", [2])
    assert requests.get(rows[1]["PERSONAL_PHOTO"], timeout=5).headers["Content-Type"].startswith("image/")
    assert rows[2]["PERSONAL_PHOTO"] is None
    assert [row["ID"] for row in caller.result("user.search", FILTER={"FIND": "поддержки"})] == ["9"]
    assert [row["ID"] for row in caller.result("user.get", FILTER={"%LAST_NAME": "етр"})] == ["7"]
    assert caller.error("user.get", FILTER={"FIND": "Ким"}) == "ERROR_ARGUMENT"
    assert caller.error("user.get", IMAGE_RESIZE="huge") == "ERROR_ARGUMENT"


def test_departments_are_sorted_and_filtered(caller: Caller) -> None:
    rows = caller.result("department.get", sort="NAME", order="DESC")
    assert [row["NAME"] for row in rows] == ["Отдел продаж", "Компания"]
    assert [row["ID"] for row in caller.result("department.get", PARENT=1)] == ["2"]
    assert caller.error("department.get", sort="COLOUR") == "ERROR_ARGUMENT"
