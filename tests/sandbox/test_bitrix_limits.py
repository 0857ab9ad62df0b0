"""Leaky bucket, operating limit, latency, and the faults that can be ordered."""

from collections.abc import Iterator

import pytest
import requests

from sandbox.bitrix.portal import Portal
from tests.sandbox.bitrix_portal import Caller, installed_world, query


@pytest.fixture
def portal() -> Iterator[Portal]:
    with installed_world() as world:
        yield world.portals[0]


@pytest.fixture
def caller(portal: Portal) -> Caller:
    return Caller(portal)


def test_the_bucket_takes_fifty_and_leaks_two_a_second(portal: Portal, caller: Caller) -> None:
    portal.bucket.rate = 0.0
    assert {caller.raw("profile").get("error") for _ in range(50)} == {None}
    assert (caller.error("profile"), caller.status) == ("QUERY_LIMIT_EXCEEDED", 503)
    portal.bucket.rate = 2.0
    portal.world.clock.advance(1.0)
    assert caller.result("profile")
    assert portal.refused == 1


def test_a_batch_is_one_request(portal: Portal, caller: Caller) -> None:
    caller.batch({f"c{n}": "profile" for n in range(50)})
    assert portal.bucket.level() <= 1
    assert (portal.requests[-1].method, len(portal.requests[-1].commands)) == ("batch", 50)


def test_a_method_over_its_time_is_blocked_alone_until_the_oldest_minute_leaves(
    portal: Portal, caller: Caller
) -> None:
    portal.operating_cost["crm.item.list"] = 241.0
    first = caller.raw("crm.item.list", entityTypeId=1)["time"]
    assert 241 <= first["operating"] < 242
    assert first["operating_reset_at"] == pytest.approx(portal.world.clock.now() + 600, abs=2)
    portal.world.clock.advance(120)
    caller.result("crm.item.list", entityTypeId=1)
    assert (caller.error("crm.item.list", entityTypeId=1), caller.status) == ("OPERATION_TIME_LIMIT", 429)
    inside = caller.batch({"l": "crm.item.list?entityTypeId=1", "p": "profile"})
    assert (inside["result_error"]["l"]["error"], [*inside["result"]]) == ("OPERATION_TIME_LIMIT", ["p"])
    portal.world.clock.advance(481)
    assert "error" not in caller.raw("crm.item.list", entityTypeId=1)


def test_latency_is_real(portal: Portal, caller: Caller) -> None:
    portal.round_trip_ms, portal.command_ms = 30, 10
    caller.batch({"a": "profile", "b": "profile"})
    assert portal.requests[-1].duration_ms >= 50


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("http_503", 503, "QUERY_LIMIT_EXCEEDED"),
        ("http_429", 429, "OPERATION_TIME_LIMIT"),
        ("http_500", 500, "INTERNAL_SERVER_ERROR"),
        ("expired_token", 401, "expired_token"),
        ("error", 500, "INTERNAL_SERVER_ERROR"),
    ],
)
def test_ordered_answers(portal: Portal, caller: Caller, kind: str, status: int, error: str) -> None:
    portal.world.faults.add("bitrix", "crm.item.*", kind)
    assert (caller.error("crm.item.add", entityTypeId=1, fields={"title": "x"}), caller.status) == (
        error,
        status,
    )
    assert portal.crm.items[1] == {}
    assert caller.result("crm.item.add", entityTypeId=1, fields={"title": "x"})


def test_an_ordered_page_is_no_json(portal: Portal, caller: Caller) -> None:
    portal.world.faults.add("bitrix", "profile", "html")
    with pytest.raises(requests.JSONDecodeError):
        caller.raw("profile")


@pytest.mark.parametrize(
    ("kind", "made"), [("reset_before", 0), ("reset_after", 1), ("timeout_before", 0), ("timeout_after", 1)]
)
def test_broken_connections_before_and_after_the_effect(portal: Portal, kind: str, made: int) -> None:
    portal.world.faults.add("bitrix", "crm.item.add", kind)
    body = {"entityTypeId": 1, "fields": {"title": "x"}, "auth": Caller(portal).token}
    with pytest.raises((requests.ConnectionError, requests.Timeout)):
        requests.post(portal.client_endpoint + "crm.item.add", json=body, timeout=0.4)
    assert len(portal.crm.items[1]) == made
    assert portal.requests[-1].error == kind


def test_a_fault_can_hit_one_command_of_a_batch(portal: Portal, caller: Caller) -> None:
    portal.world.faults.add("bitrix", "crm.timeline.*", "error", code="ACCESS_DENIED", status=400)
    parts = caller.batch(
        {
            "lead": "crm.item.add?" + query(entityTypeId=1, fields={"title": "x"}),
            "say": "crm.timeline.comment.add?"
            + query(fields={"ENTITY_ID": "$result[lead][item][id]", "ENTITY_TYPE": "lead", "COMMENT": "x"}),
        }
    )
    assert ([*parts["result"]], parts["result_error"]["say"]["error"]) == (["lead"], "ACCESS_DENIED")


def test_unknown_faults_are_refused_by_name(portal: Portal) -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        portal.world.faults.add("bitrix", "*", "explode")
    with pytest.raises(ValueError, match="unknown service"):
        portal.world.faults.add("amocrm", "*", "lose")
