"""The simulated timeline: activities, comments, notifications, traces."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.bitrix.crm.activities import blank
from sandbox.bitrix.crm.fields import LEAD
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.sandbox.bitrix_portal import Caller, add, installed_world

LOGO = {"code": "comment"}
LAYOUT: dict[str, Any] = {
    "icon": {"code": "comment"},
    "header": {"title": "Чат", "tags": {"state": {"title": "Новый", "type": "primary"}}},
    "body": {
        "logo": {"code": "comment"},
        "blocks": {"text": {"type": "text", "properties": {"value": "Привет"}}},
    },
    "footer": {
        "buttons": {"open": {"title": "Открыть", "type": "primary", "action": {"type": "openRestApp"}}}
    },
}


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


def test_a_configurable_activity_is_found_by_its_marker(caller: Caller) -> None:
    add(caller, 2, title="Чат")
    fields = {
        "originatorId": "uis",
        "originId": "k1",
        "isIncomingChannel": "Y",
        "completed": 0,
        "responsibleId": 7,
    }
    made = caller.result(
        "crm.activity.configurable.add", ownerTypeId=2, ownerId=1, fields=fields, layout=LAYOUT
    )
    found = caller.result("crm.activity.list", filter={"ORIGINATOR_ID": "uis", "@ORIGIN_ID": ["k1", "k2"]})
    assert [(row["ID"], row["OWNER_ID"], row["RESPONSIBLE_ID"]) for row in found] == [
        (str(made["activity"]["id"]), "1", "7")
    ]
    changed = {"completed": "Y"}
    caller.result("crm.activity.configurable.update", id=1, fields=changed, layout=LAYOUT)
    got = caller.result("crm.activity.configurable.get", id=1)["activity"]
    assert (got["fields"]["completed"], got["fields"]["originId"], got["layout"]["header"]["title"]) == (
        True,
        "k1",
        "Чат",
    )
    bound = caller.result(
        "crm.activity.list", filter={"BINDINGS": [{"OWNER_TYPE_ID": 2, "OWNER_ID": 1}]}, select=["ID"]
    )
    assert bound == [{"ID": "1"}]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("icon", {}, "FIELD_IS_REQUIRED"),
        ("body", {"blocks": {}}, "FIELD_IS_REQUIRED"),
        ("body", {"logo": LOGO, "blocks": {"a b": {"type": "deadline"}}}, "KEY_CONTAIN_WRONG_SYMBOLS"),
        ("body", {"logo": LOGO, "blocks": {"a": {"type": "html", "properties": {}}}}, "ENUM_FIELD"),
        ("body", {"logo": LOGO, "blocks": {f"b{n}": {"type": "deadline"} for n in range(21)}}, "TOO_MANY_ITEMS"),
        ("header", {"title": "x", "tags": {"t": {"title": "x", "type": "lavender"}}}, "ENUM_FIELD"),
        ("extra", {"a": 1}, "FIELD_IS_REDUNDANT"),
    ],
)  # fmt: skip
def test_a_wrong_layout_is_refused(caller: Caller, path: str, value: Any, code: str) -> None:
    add(caller, 2, title="Чат")
    layout = {**LAYOUT, path: value}
    assert caller.error("crm.activity.configurable.add", ownerTypeId=2, ownerId=1, fields={}, layout=layout)
    with_fields = {"ownerTypeId": 2, "ownerId": 1, "fields": {"completed": "N"}}
    assert caller.error("crm.activity.configurable.add", layout=layout, **with_fields) == code


def test_activities_are_compared_by_number_and_moment(portal: Portal, caller: Caller) -> None:
    for number in range(12):
        with portal.lock:
            owner = (LEAD, portal.crm.add(LEAD, {"title": str(number)}, 1).id)
            portal.crm.timeline.activity(owner, blank(portal, 1, "CRM_TODO", "TODO", "Дело"))
    later = caller.result("crm.activity.list", filter={">ID": 9}, order={"ID": "ASC"}, select=["ID"])
    assert [row["ID"] for row in later] == ["10", "11", "12"]
    begun = portal.world.clock.datetime() - dt.timedelta(minutes=1)
    for zone in (dt.UTC, dt.timezone(dt.timedelta(hours=9))):
        since = {">=CREATED": begun.astimezone(zone).isoformat()}
        assert len(caller.result("crm.activity.list", filter=since)) == 12
        assert caller.result("crm.activity.list", filter={"<CREATED": since[">=CREATED"]}) == []


def test_an_incoming_activity_has_no_deadline(caller: Caller) -> None:
    add(caller, 2, title="Чат")
    fields = {"isIncomingChannel": True, "deadline": "2030-01-01T10:00:00+03:00"}
    error = caller.error(
        "crm.activity.configurable.add", ownerTypeId=2, ownerId=1, fields=fields, layout=LAYOUT
    )
    assert error == "INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE"


def test_comments_carry_files_and_can_be_changed(portal: Portal, caller: Caller) -> None:
    add(caller, 3, name="К")
    fields = {"ENTITY_ID": 1, "ENTITY_TYPE": "contact", "COMMENT": "раз", "FILES": [["a.txt", "YQ=="]]}
    number = caller.result("crm.timeline.comment.add", fields=fields)
    caller.result("crm.timeline.comment.update", id=number, fields={"COMMENT": "два"})
    assert portal.crm.timeline.comments[number].files == [("a.txt", "YQ==")]
    found = caller.result(
        "crm.timeline.comment.list",
        filter={"ENTITY_ID": 1, "ENTITY_TYPE": "contact", "%COMMENT": "дв"},
        select=["ID", "COMMENT"],
    )
    assert found == [{"ID": str(number), "COMMENT": "два"}]
    assert caller.error("crm.timeline.comment.add", fields={**fields, "ENTITY_ID": 9}) == "OWNER_NOT_FOUND"


def test_a_notification_with_the_same_tag_replaces_the_earlier_one(portal: Portal, caller: Caller) -> None:
    for text, user in (("раз", 7), ("два", 7), ("другому", 9)):
        caller.result("im.notify.personal.add", USER_ID=user, MESSAGE=text, TAG="chat-1")
    assert [(row.user_id, row.message) for row in portal.notifications] == [(7, "два"), (9, "другому")]


def test_a_trace_repeats_as_often_as_it_is_sent(portal: Portal, caller: Caller) -> None:
    add(caller, 1, title="x")
    call = {"TRACE": '{"tags": {"list": {"utm_source": "y"}}}', "ENTITIES": [{"TYPE": "LEAD", "ID": 1}]}
    assert [caller.result("crm.tracking.trace.add", **call) for _ in range(2)] == [1, 2]
    assert caller.error("crm.tracking.trace.add", TRACE="{", ENTITIES=[]) == "ERROR_CORE"
