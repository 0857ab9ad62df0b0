"""The simulated CRM: entities, duplicates, modes, pipelines, people, connector."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.sandbox.bitrix_portal import Caller, add, installed_world, phone


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with installed_world() as world:
        yield world


@pytest.fixture
def portal(world: World) -> Portal:
    """A fresh portal for every test; the world around it is shared."""
    portal = world.add_portal()
    portal.begin_installation()
    portal.finish_install(send_event=False)
    portal.bucket.burst = 10_000
    return portal


@pytest.fixture
def caller(portal: Portal) -> Caller:
    return Caller(portal)


def test_an_item_comes_back_as_it_was_written(caller: Caller) -> None:
    lead = add(
        caller,
        1,
        title="Чат",
        name="Гость",
        fm=phone("+7 (999) 123-45-67"),
        utmSource="yandex",
        originId="o1",
    )
    found = caller.result("crm.item.get", entityTypeId=1, id=lead["id"])["item"]
    assert (found["stageId"], found["stageSemanticId"], found["opened"], found["assignedById"]) == (
        "NEW",
        "P",
        "Y",
        1,
    )
    assert (found["utmSource"], found["phoneWork"], found["hasPhone"]) == (
        "yandex",
        "+7 (999) 123-45-67",
        "Y",
    )
    assert [row["value"] for row in found["fm"]] == ["+7 (999) 123-45-67"]
    lost = caller.result("crm.item.update", entityTypeId=1, id=lead["id"], fields={"stageId": "JUNK"})
    assert lost["item"]["stageSemanticId"] == "F"
    assert caller.result("crm.item.delete", entityTypeId=1, id=lead["id"]) == []
    assert caller.error("crm.item.get", entityTypeId=1, id=lead["id"]) == "NOT_FOUND"


def test_communications_are_changed_by_their_record(caller: Caller) -> None:
    contact = add(caller, 3, name="Клиент", fm=phone("+79991234567"))
    record = str(contact["fm"][0]["id"])
    change = {record: {"typeId": "PHONE", "valueType": "MOBILE", "value": "+78880000000"}}
    change["n0"] = {"typeId": "EMAIL", "valueType": "WORK", "value": "client@example.com"}
    found = caller.result("crm.item.update", entityTypeId=3, id=1, fields={"fm": change})["item"]
    assert [(row["typeId"], row["value"]) for row in found["fm"]] == [
        ("PHONE", "+78880000000"),
        ("EMAIL", "client@example.com"),
    ]
    assert caller.result("crm.duplicate.findbycomm", type="PHONE", values=["+79991234567"]) == []
    caller.result(
        "crm.item.update", entityTypeId=3, id=1, fields={"fm": {record: {"typeId": "PHONE", "value": ""}}}
    )
    assert caller.result("crm.item.get", entityTypeId=3, id=1)["item"]["hasPhone"] == "N"
    assert caller.error(
        "crm.item.update", entityTypeId=3, id=1, fields={"fm": {"999": {"typeId": "PHONE", "value": "1"}}}
    )


@pytest.mark.parametrize(
    ("conditions", "titles"),
    [
        ({"=originId": "b"}, ["B"]),
        ({"originId": "b", "originatorId": "uis"}, ["B"]),
        ({"@stageId": ["NEW", "JUNK"]}, ["A", "B", "C"]),
        ({"!stageId": "JUNK"}, ["A", "B"]),
        ({"!@stageId": ["NEW"]}, ["C"]),
        ({">id": 1, "<=id": 2}, ["B"]),
        ({"%title": "c"}, ["C"]),
        ({"=%title": "b%"}, ["B"]),
        ({"0": {"logic": "OR", "0": {"title": "A"}, "1": {"title": "C"}}}, ["A", "C"]),
        ({"=originId": ""}, ["A", "C"]),
        ({"=contactId": 0}, ["A", "B", "C"]),
        ({">=createdTime": "2001-01-01T00:00:00+03:00"}, ["A", "B", "C"]),
    ],
)
def test_filters(caller: Caller, conditions: dict[str, Any], titles: list[str]) -> None:
    add(caller, 1, title="A")
    add(caller, 1, title="B", originId="b", originatorId="uis")
    add(caller, 1, title="C", stageId="JUNK")
    found = caller.result("crm.item.list", entityTypeId=1, filter=conditions, select=["title"])["items"]
    assert [row["title"] for row in found] == titles
    assert {*found[0]} == {"id", "title"}


def test_pages_of_fifty(caller: Caller) -> None:
    for number in range(120):
        caller.portal.crm.add(1, {"title": f"{number}"}, 1)
    first = caller.raw("crm.item.list", entityTypeId=1, order={"id": "DESC"})
    last = caller.raw("crm.item.list", entityTypeId=1, order={"id": "DESC"}, start=100)
    assert (first["total"], first["next"], first["result"]["items"][0]["id"]) == (120, 50, 120)
    assert ("next" in last, len(last["result"]["items"])) == (False, 20)


def test_duplicates_are_found_by_digits_and_by_lower_case(caller: Caller) -> None:
    assert caller.result("crm.duplicate.findbycomm", type="PHONE", values=["+79991234567"]) == []
    add(
        caller,
        3,
        name="К",
        fm=[*phone("+7 999 123-45-67 доб. 5"), {"typeId": "EMAIL", "valueType": "WORK", "value": "A@B.ru"}],
    )
    add(caller, 1, title="Л", fm=phone("79991234567"))
    found = caller.result("crm.duplicate.findbycomm", type="PHONE", values=["1", "+79991234567"])
    assert found == {"LEAD": [1], "CONTACT": [1]}
    assert caller.result("crm.duplicate.findbycomm", type="PHONE", values=["89991234567"]) == []
    only = caller.result("crm.duplicate.findbycomm", type="EMAIL", values=["a@b.RU"], entity_type="CONTACT")
    assert only == {"CONTACT": [1]}


def test_twenty_hits_in_one_type_hide_the_others(caller: Caller) -> None:
    add(caller, 3, name="К", fm=phone("100"))
    for _ in range(20):
        add(caller, 1, title="Л", fm=phone("100"))
    assert [*caller.result("crm.duplicate.findbycomm", type="PHONE", values=["100"])] == ["LEAD"]


def test_simple_mode_turns_a_lead_into_deal_and_contact_at_once(portal: Portal, caller: Caller) -> None:
    portal.crm.simple = True
    assert caller.result("crm.settings.mode.get") == 2
    assert caller.error("crm.item.add", entityTypeId=1, fields={"title": "без имени"}) == "ERROR_CORE"
    number = caller.result(
        "crm.lead.add",
        fields={"TITLE": "Чат", "NAME": "Гость", "PHONE": [{"VALUE": "100", "VALUE_TYPE": "WORK"}]},
    )
    assert caller.result("crm.lead.get", id=number)["STATUS_ID"] == "CONVERTED"
    deal = caller.result("crm.deal.list", filter={"LEAD_ID": number}, select=["ID", "CONTACT_ID", "TITLE"])
    assert deal == [{"ID": "1", "CONTACT_ID": "1", "TITLE": "Чат"}]
    assert caller.result("crm.duplicate.findbycomm", type="PHONE", values=["100"]) == {
        "LEAD": [1],
        "CONTACT": [1],
    }


def test_a_converted_lead_carries_its_timeline_over(portal: Portal, caller: Caller) -> None:
    add(caller, 1, title="Чат", name="Гость")
    caller.result(
        "crm.timeline.comment.add", fields={"ENTITY_ID": 1, "ENTITY_TYPE": "lead", "COMMENT": "текст"}
    )
    made = portal.crm.convert_lead(1)
    rows = caller.result(
        "crm.timeline.comment.list", filter={"ENTITY_ID": made["deal"], "ENTITY_TYPE": "deal"}
    )
    assert [row["COMMENT"] for row in rows] == ["текст"]
    assert portal.crm.items[1][1].fields["stageId"] == "CONVERTED"


def test_a_merge_leaves_the_first_with_everything(portal: Portal, caller: Caller) -> None:
    add(caller, 3, name="Первый", fm=phone("100"))
    add(caller, 3, name="Второй", fm=phone("200"))
    add(caller, 2, title="Чат", contactId=2)
    assert (
        caller.result("crm.entity.mergeBatch", params={"entityTypeId": 3, "entityIds": [1, 2]})["STATUS"]
        == "SUCCESS"
    )
    assert [*portal.crm.items[3]] == [1]
    assert caller.result("crm.duplicate.findbycomm", type="PHONE", values=["200"]) == {"CONTACT": [1]}
    assert caller.result("crm.item.get", entityTypeId=2, id=1)["item"]["contactId"] == 1


def test_pipelines_and_stages(caller: Caller) -> None:
    assert [row["id"] for row in caller.result("crm.category.list", entityTypeId=2)["categories"]] == [0, 2]
    stages = caller.result("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_2"}, order={"SORT": "ASC"})
    assert [row["STATUS_ID"] for row in stages][:2] == ["C2:NEW", "C2:PREPARATION"]
    deal = add(caller, 2, title="Опт", categoryId=2)
    assert (deal["stageId"], deal["closed"]) == ("C2:NEW", "N")
    won = caller.result("crm.item.update", entityTypeId=2, id=1, fields={"stageId": "C2:WON"})["item"]
    assert (won["stageSemanticId"], won["closed"]) == ("S", "Y")


def test_custom_fields_have_two_names(portal: Portal, caller: Caller) -> None:
    portal.crm.add_custom_field(1, "UF_CRM_1234567890", title="Страница")
    fields = caller.result("crm.item.fields", entityTypeId=1)["fields"]
    assert (fields["ufCrm_1234567890"]["upperName"], fields["ufCrm_1234567890"]["title"]) == (
        "UF_CRM_1234567890",
        "Страница",
    )
    assert add(caller, 1, title="x", ufCrm_1234567890="/p")["ufCrm_1234567890"] == "/p"
    listed = caller.result(
        "crm.lead.list", filter={"UF_CRM_1234567890": "/p"}, select=["ID", "UF_CRM_1234567890"]
    )
    assert listed == [{"ID": "1", "UF_CRM_1234567890": "/p"}]
    original = caller.result("crm.item.get", entityTypeId=1, id=1, useOriginalUfNames="Y")["item"]
    assert original["UF_CRM_1234567890"] == "/p"


def test_a_field_can_be_required_at_a_stage(portal: Portal, caller: Caller) -> None:
    portal.crm.required[(2, "NEW")] = {"companyId"}
    assert caller.error("crm.item.add", entityTypeId=2, fields={"title": "x"}) == "CRM_FIELD_ERROR_REQUIRED"


def test_users_and_departments(portal: Portal, caller: Caller) -> None:
    assert [row["ID"] for row in caller.result("user.get", FILTER={"ACTIVE": True, "UF_DEPARTMENT": 2})] == [
        "7",
        "9",
    ]
    portal.dismiss(9)
    assert [row["ID"] for row in caller.result("user.get", FILTER={"ACTIVE": "Y"})] == ["1", "7"]
    assert [row["EMAIL"] for row in caller.result("user.get", FILTER={"ID": [7]})] == ["ivan@example.com"]
    assert [row["ID"] for row in caller.result("department.get", PARENT=1)] == ["2"]


def test_the_connector_of_open_lines(caller: Caller) -> None:
    connector = {
        "ID": "uis_omni",
        "NAME": "UIS",
        "ICON": {"DATA_IMAGE": "data:,"},
        "PLACEMENT_HANDLER": "http://h/c",
    }
    refused = caller.result("imconnector.register", **{**connector, "ID": "uis.omni"})
    assert (refused["result"], refused["error"]) == (False, "APPLICATION_REGISTRATION_ERROR_POINT")
    assert caller.result("imconnector.register", **connector) == {"result": True}
    line = caller.result("imopenlines.config.add", PARAMS={"LINE_NAME": "UIS WhatsApp"})
    assert caller.result("imconnector.status", CONNECTOR="uis_omni", LINE=line)["STATUS"] is False
    caller.result("imconnector.activate", CONNECTOR="uis_omni", LINE=line, ACTIVE=1)
    caller.result("imconnector.connector.data.set", CONNECTOR="uis_omni", LINE=line, DATA={"NAME": "UIS"})
    assert caller.result("imconnector.status", CONNECTOR="uis_omni", LINE=line)["STATUS"] is True
    names = [
        row["LINE_NAME"]
        for row in caller.result("imopenlines.config.list.get", PARAMS={"select": ["LINE_NAME"]})
    ]
    assert names == ["Открытая линия", "UIS WhatsApp"]
    assert caller.result("imconnector.unregister", ID="uis_omni") == {"result": True}
    assert "uis_omni" not in caller.result("imconnector.list")
