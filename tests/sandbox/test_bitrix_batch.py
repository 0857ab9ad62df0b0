"""Batch: order, references, halt, the limit, the shape of PHP's maps; forms and queries decoded as PHP does."""

from collections.abc import Iterator

import pytest
import requests

from sandbox.bitrix.portal import Portal
from sandbox.bitrix.wire import decode_query
from tests.sandbox.bitrix_portal import Caller, installed_world, query


@pytest.fixture
def portal() -> Iterator[Portal]:
    with installed_world() as world:
        yield world.portals[0]


@pytest.fixture
def caller(portal: Portal) -> Caller:
    return Caller(portal)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a=1&b=2&a=3", {"a": "3", "b": "2"}),
        ("f[PHONE][0][VALUE]=%2B7&f[PHONE][0][TYPE]=W", {"f": {"PHONE": [{"VALUE": "+7", "TYPE": "W"}]}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[1]=x", {"a": {"1": "x"}}),
        ("f%5B%3Did%5D=5", {"f": {"=id": "5"}}),
        ("f[=id]=5", {"f[": "id]=5"}),
        ("t=%D0%A7%D0%B0%D1%82+1&e=", {"t": "Чат 1", "e": ""}),
    ],
)
def test_queries_are_read_as_php_reads_them(text: str, found: dict[str, object]) -> None:
    assert decode_query(text) == found


def test_values_of_earlier_answers_keep_their_type_as_a_whole_and_are_text_within(caller: Caller) -> None:
    parts = caller.batch(
        {
            "contact": "crm.item.add?" + query(entityTypeId=3, fields={"name": "Клиент & Co"}),
            "deal": "crm.item.add?"
            + query(
                entityTypeId=2,
                fields={
                    "title": "Чат $result[contact][item][name]",
                    "contactId": "$result[contact][item][id]",
                },
            ),
        }
    )
    deal = parts["result"]["deal"]["item"]
    assert (deal["title"], deal["contactId"], deal["contactIds"]) == ("Чат Клиент & Co", 1, [1])


def test_a_reference_to_a_failed_command_is_empty(caller: Caller) -> None:
    parts = caller.batch(
        {
            "bad": "crm.item.get?" + query(entityTypeId=3, id=5),
            "deal": "crm.item.add?"
            + query(entityTypeId=2, fields={"title": "x", "contactId": "$result[bad][item][id]"}),
            "comment": "crm.item.get?" + query(entityTypeId=2, id="$result[bad][item][id]"),
        }
    )
    assert parts["result"]["deal"]["item"]["contactId"] in (0, None)
    assert {key: row["error"] for key, row in parts["result_error"].items()} == {
        "bad": "NOT_FOUND",
        "comment": "100",
    }


def test_an_empty_reference_in_a_filter_meets_strangers(caller: Caller) -> None:
    caller.result("crm.item.add", entityTypeId=2, fields={"title": "a stranger without contact"})
    parts = caller.batch(
        {
            "who": "crm.item.list?" + query(entityTypeId=3, filter={"=originId": "nobody"}, select=["id"]),
            "deals": "crm.item.list?"
            + query(entityTypeId=2, filter={"=contactId": "$result[who][items][0][id]"}),
        }
    )
    assert [row["title"] for row in parts["result"]["deals"]["items"]] == ["a stranger without contact"]


def test_halt_ends_the_batch_and_the_rest_have_no_entries(caller: Caller) -> None:
    commands = {
        "one": "profile",
        "two": "no.such",
        "three": "crm.item.add?" + query(entityTypeId=1, fields={"title": "x"}),
    }
    parts = caller.batch(commands, halt=1)
    assert ([*parts["result"]], [*parts["result_error"]]) == (["one"], ["two"])
    assert caller.portal.crm.items[1] == {}
    assert [*caller.batch(commands, halt=0)["result"]] == ["one", "three"]


def test_empty_maps_are_lists_and_numbered_maps_too(caller: Caller) -> None:
    parts = caller.batch({"a": "profile"})
    assert (parts["result_error"], parts["result_total"], parts["result_next"]) == ([], [], [])
    assert caller.batch(["profile", "no.such"])["result"] == [parts["result"]["a"]]
    assert isinstance(caller.batch(["no.such", "profile"])["result"], dict)
    assert caller.batch({"d": "crm.duplicate.findbycomm?" + query(type="EMAIL", values=["x@y.z"])})[
        "result"
    ] == {"d": []}


def test_only_fifty_commands_are_run(caller: Caller) -> None:
    commands = {f"c{n}": "crm.item.add?" + query(entityTypeId=1, fields={"title": f"{n}"}) for n in range(52)}
    parts = caller.batch(commands)
    assert len(caller.portal.crm.items[1]) == 50
    assert {row["error"] for row in parts["result_error"].values()} == {"ERROR_BATCH_LENGTH_EXCEEDED"}


def test_nested_batches_and_uploads_are_refused(caller: Caller) -> None:
    errors = caller.batch({"b": "batch?cmd[a]=profile", "u": "disk.folder.uploadFile?id=1"})["result_error"]
    assert {row["error"] for row in errors.values()} == {"ERROR_BATCH_METHOD_NOT_ALLOWED"}


def test_every_command_has_its_time_and_lists_their_total(caller: Caller) -> None:
    for number in range(60):
        caller.portal.crm.add(1, {"title": f"{number}"}, 1)
    parts = caller.batch({"l": "crm.item.list?" + query(entityTypeId=1, select=["id"])})
    assert (parts["result_total"], parts["result_next"], len(parts["result"]["l"]["items"])) == (
        {"l": 60},
        {"l": 50},
        50,
    )
    assert {"duration", "operating", "operating_reset_at"} <= set(parts["result_time"]["l"])
    quick = caller.raw("crm.item.list", entityTypeId=1, start=-1, filter={">id": 55})
    assert ("total" in quick, [row["id"] for row in quick["result"]["items"]]) == (
        False,
        [56, 57, 58, 59, 60],
    )


def test_forms_and_queries_carry_batches_too(caller: Caller) -> None:
    form = {
        "auth": caller.token,
        "halt": "0",
        "cmd[x]": "crm.item.add?" + query(entityTypeId=1, fields={"title": "ф"}),
    }
    answer = requests.post(caller.portal.client_endpoint + "batch.json", data=form, timeout=5).json()
    assert answer["result"]["result"]["x"]["item"]["title"] == "ф"
    url = f"{caller.portal.client_endpoint}crm.item.get?entityTypeId=1&id=1&auth={caller.token}"
    assert requests.get(url, timeout=5).json()["result"]["item"]["title"] == "ф"


def test_a_command_that_never_ends_cuts_the_batch_after_its_effect(portal: Portal, caller: Caller) -> None:
    portal.world.faults.add("bitrix", "crm.item.add", "reset_after")
    commands = {key: "crm.item.add?" + query(entityTypeId=1, fields={"title": key}) for key in "ab"}
    with pytest.raises(requests.ConnectionError):
        caller.batch(commands)
    assert [item.fields["title"] for item in portal.crm.items[1].values()] == ["a"]
