"""The sandbox refuses loudly what the method table does not know."""

from collections.abc import Iterator

import pytest

from sandbox.bitrix import table
from sandbox.bitrix.call import METHODS
from sandbox.bitrix.portal import Portal
from tests.sandbox.bitrix_portal import Caller, installed_world

INVALID = "CRM_FIELD_ERROR_VALUE_NOT_VALID"
TOO_MANY = [str(number) for number in range(21)]


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with installed_world() as world:
        world.portals[0].bucket.burst = 10_000
        yield world.portals[0]


@pytest.fixture
def caller(portal: Portal) -> Caller:
    portal.violations.clear()
    return Caller(portal)


def test_every_method_of_the_sandbox_stands_in_the_table(portal: Portal) -> None:
    assert [name for name in METHODS if name not in table.table()] == []


@pytest.mark.parametrize(
    ("method", "params", "code", "status"),
    [
        ("crm.nothing.add", {}, "ERROR_METHOD_NOT_FOUND", 404),
        ("imopenlines.session.mode.silent", {"CHAT_ID": 1}, "ERROR_METHOD_NOT_FOUND", 404),
        ("crm.item.add", {"entityTypeId": 1}, "100", 400),
        ("crm.item.add", {"fields": {"title": "x"}}, "100", 400),
        ("crm.item.add", {"entityTypeId": "lead", "fields": {"title": "x"}}, "ERROR_ARGUMENT", 400),
        ("crm.item.add", {"entityTypeId": 1, "fields": {"title": "x"}, "extra": 1}, "ERROR_ARGUMENT", 400),
        ("crm.item.add", {"entityTypeId": 1, "fields": {"TITLE": "x"}}, "ERROR_ARGUMENT", 400),
        ("crm.item.add", {"entityTypeId": 1, "fields": "x"}, "ERROR_ARGUMENT", 400),
        ("crm.item.add", {"entityTypeId": 999, "fields": {"title": "x"}}, "NOT_FOUND", 400),
        ("crm.item.add", {"entityTypeId": 1, "fields": {"ufCrm_1": "x"}}, "ERROR_ARGUMENT", 400),
        ("crm.item.add", {"entityTypeId": 2, "fields": {"stageId": "NO"}}, INVALID, 400),
        ("crm.item.add", {"entityTypeId": 2, "fields": {"categoryId": 2, "stageId": "NEW"}}, INVALID, 400),
        ("crm.item.add", {"entityTypeId": 2, "fields": {"contactId": 77}}, INVALID, 400),
        ("crm.item.add", {"entityTypeId": 2, "fields": {"assignedById": 77}}, INVALID, 400),
        ("crm.item.add", {"entityTypeId": 2, "fields": {"opportunity": "much"}}, INVALID, 400),
        ("crm.item.add", {"entityTypeId": 2, "fields": {"fm": []}}, "ERROR_ARGUMENT", 400),
        ("crm.item.list", {"entityTypeId": 1, "filter": {"=nam": "x"}}, "INVALID_ARG_VALUE", 400),
        ("crm.item.list", {"entityTypeId": 1, "select": ["fm"]}, "INVALID_ARG_VALUE", 400),
        ("crm.item.list", {"entityTypeId": 1, "order": {"id": "UP"}}, "INVALID_ARG_VALUE", 400),
        ("crm.item.get", {"entityTypeId": 1, "id": 5}, "NOT_FOUND", 400),
        ("crm.timeline.comment.add", {"fields": {"ENTITY_ID": 1, "ENTITY_TYPE": "deal"}}, "ERROR_ARGUMENT", 400),
        ("crm.timeline.comment.list", {"filter": {"ENTITY_ID": 1}}, "100", 400),
        ("crm.duplicate.findbycomm", {"type": "PHONE", "values": TOO_MANY}, "Communication values is not defined", 400),
        ("event.bind", {"event": "ONNOTHING", "handler": "http://127.0.0.1/x"}, "ERROR_EVENT_NOT_FOUND", 400),
        ("im.notify.personal.add", {"USER_ID": 55, "MESSAGE": "x"}, "USER_ID_EMPTY", 400),
        ("tasks.task.add", {}, "ERROR_METHOD_NOT_FOUND", 404),
        ("userfieldconfig.list", {"moduleId": "crm"}, "ERROR_METHOD_NOT_FOUND", 404),
    ],
)  # fmt: skip
def test_wrong_calls_are_refused(
    caller: Caller, method: str, params: dict[str, object], code: str, status: int
) -> None:
    before = {number: len(rows) for number, rows in caller.portal.crm.items.items()}
    assert (caller.error(method, **params), caller.status) == (code, status)
    assert {number: len(rows) for number, rows in caller.portal.crm.items.items()} == before


def test_what_the_real_portal_ignores_in_silence_is_noted(caller: Caller) -> None:
    caller.error("crm.item.add", entityTypeId=1, fields={"responsible": 1})
    assert caller.portal.violations == ["crm.item.add: fields of LEAD: unknown field responsible"]


def test_methods_of_administrators_are_closed_to_employees(portal: Portal) -> None:
    employee = Caller(portal, user_id=7)
    assert (
        employee.error("placement.bind", PLACEMENT="CONTACT_CENTER", HANDLER="http://h/x") == "ACCESS_DENIED"
    )
    assert employee.error("placement.get") == "ACCESS_DENIED"
    assert employee.error("imopenlines.config.update", CONFIG_ID=1) == "CONFIG_WRONG_USER_PERMISSION"
    assert employee.error("app.option.set", options={"a": 1}) == "AccessException"
    assert employee.result("user.admin") is False
    assert Caller(portal).result("user.admin") is True


def test_a_webhook_has_no_application_context(portal: Portal) -> None:
    import requests

    address = portal.add_webhook(1)
    answer = requests.post(
        address + "event.bind", json={"event": "ONCRMLEADADD", "handler": "http://h/"}, timeout=5
    )
    assert (answer.status_code, answer.json()["error"]) == (403, "WRONG_AUTH_TYPE")
    assert requests.get(address + "user.current.json", timeout=5).json()["result"]["ID"] == "1"


def test_a_scope_that_was_not_granted_is_missing(portal: Portal) -> None:
    assert portal.installation is not None
    granted = portal.installation.scope
    portal.installation.scope = ("crm",)
    try:
        narrow = Caller(portal)
    finally:
        portal.installation.scope = granted
    assert (narrow.error("imconnector.list"), narrow.status) == ("insufficient_scope", 403)
    assert narrow.result("scope") == ["crm"]
    assert narrow.result("method.get", name="imconnector.list") == {"isExisting": True, "isAvailable": False}


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{", "application/json"), (b"[1]", "application/json"), (b"x", "text/plain")],
)
def test_bodies_that_are_no_parameters_are_refused(portal: Portal, body: bytes, kind: str) -> None:
    import requests

    answer = requests.post(
        portal.client_endpoint + "profile", data=body, headers={"Content-Type": kind}, timeout=5
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "INVALID_REQUEST")


def test_the_narrow_user_scope_has_no_contact_details(portal: Portal) -> None:
    assert portal.installation is not None
    granted = portal.installation.scope
    portal.installation.scope = ("user_brief",)
    try:
        narrow = Caller(portal)
    finally:
        portal.installation.scope = granted
    assert "EMAIL" not in narrow.result("user.current")
    assert "EMAIL" not in narrow.result("user.get")[0]
    assert narrow.error("user.get", FILTER={"EMAIL": "ivan@example.com"}) == "insufficient_scope"
    assert Caller(portal).result("user.current")["EMAIL"] == "anna@example.com"
