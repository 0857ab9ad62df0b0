"""Calls to a portal: limits kept, answers named, batches taken apart."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import responses
from sqlalchemy import select

from app.storage.models import RequestLog
from app.storage.services import Services
from bitrix_app import batch, errors
from bitrix_app.client import PortalClient
from bitrix_app.encoding import ResultOf, command
from bitrix_app.errors import (
    MethodLimited,
    NoAnswer,
    Parked,
    RateLimited,
    Rejected,
    TokenExpired,
    TokenInvalid,
    UserRefused,
)
from bitrix_app.limits.limiter import Limiter
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.bitrix_app import support

Running = tuple[World, Portal, Services, PortalClient]


@pytest.fixture
def running(sqlite_url: str, tmp_path: Path) -> Iterator[Running]:
    with World() as world, support.services(sqlite_url, support.config(world, tmp_path)) as house:
        portal = world.portals[0]
        support.generous(portal)
        yield world, portal, house, support.client(house, support.enrolled(house, portal))


CODES: list[tuple[str, str, type[errors.BitrixError]]] = [
    ("expired_token", "", TokenExpired),
    ("EXPIRED_TOKEN", "", TokenExpired),
    ("invalid_token", "", TokenInvalid),
    ("NO_AUTH_FOUND", "Wrong authorization data", TokenInvalid),
    ("QUERY_LIMIT_EXCEEDED", "Too many requests", RateLimited),
    ("OPERATION_TIME_LIMIT", "", MethodLimited),
    ("OVERLOAD_LIMIT", "", Parked),
    ("INTERNAL_SERVER_ERROR", "", NoAnswer),
    ("ERROR_UNEXPECTED_ANSWER", "", NoAnswer),
    ("ACCESS_DENIED", "REST API is available only on commercial plans.", Parked),
    ("ACCESS_DENIED", "Access denied!", UserRefused),
    ("INVALID_CREDENTIALS", "", UserRefused),
    ("user_access_error", "", UserRefused),
    ("authorization_error", "", UserRefused),
    ("insufficient_scope", "", Rejected),
    ("WRONG_AUTH_TYPE", "", Rejected),
    ("ERROR_METHOD_NOT_FOUND", "", Rejected),
    ("ERROR_ARGUMENT", "", Rejected),
    ("METHOD_CONFIRM_WAITING", "", Rejected),
    ("PAYMENT_REQUIRED", "", Parked),
    ("NOT_INSTALLED", "", Parked),
    ("ERROR_OAUTH", "", Parked),
    ("APPLICATION_NOT_FOUND", "", Parked),
    ("PORTAL_DELETED", "", Parked),
    ("wrong_client", "", Parked),
    ("A_CODE_OF_TOMORROW", "words", Rejected),
    ("0", "", Rejected),
]


@pytest.mark.parametrize(("code", "text", "kind"), CODES)
def test_every_code_has_its_meaning(code: str, text: str, kind: type[errors.BitrixError]) -> None:
    assert type(errors.classify(code, text)) is kind


def test_an_unknown_code_is_kept_in_the_text() -> None:
    assert str(errors.classify("A_CODE_OF_TOMORROW", "words")) == "A_CODE_OF_TOMORROW: words"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, "<html>", NoAnswer),
        (500, "<html>", NoAnswer),
        (502, "", NoAnswer),
        (503, "busy", NoAnswer),
        (429, "", RateLimited),
        (200, "[]", NoAnswer),
        (200, "null", NoAnswer),
        (403, "<html>", NoAnswer),
        (500, '{"result": 1}', NoAnswer),
        (200, '{"error": "expired_token"}', TokenExpired),
        (500, '{"error": "PORTAL_DELETED"}', Parked),
        (302, "", errors.Moved),
    ],
)
@responses.activate
def test_code_then_status_then_type_decide(status: int, body: str, kind: type[errors.BitrixError]) -> None:
    responses.add(responses.POST, "https://portal/rest/profile", body=body, status=status)
    with pytest.raises(kind) as error:
        errors.read(requests.post("https://portal/rest/profile", timeout=1), "profile")
    assert type(error.value) is kind


@pytest.mark.parametrize("kind", ["timeout_after", "reset_before", "reset_after", "http_500", "html"])
def test_an_answer_that_does_not_come_is_an_unknown_outcome(running: Running, kind: str) -> None:
    world, _, house, client = running
    object.__setattr__(house.config, "read_timeout", 0.5)
    world.faults.add("bitrix", "profile", kind)
    with pytest.raises(NoAnswer) as error:
        client.call("profile")
    assert error.value.sent
    assert client.call("profile")["result"]


def test_batches_are_taken_apart(running: Running) -> None:
    _, _, _, client = running
    answer = client.batch(
        {
            "one": command("profile", {}),
            "none": command("crm.duplicate.findbycomm", {"type": "PHONE", "values": ["+79990000000"]}),
            "bad": command("no.such.method", {}),
            "deal": command("crm.item.get", {"entityTypeId": 2, "id": 4711}),
        }
    )
    assert answer.results["one"]["ID"] == "1"
    assert answer.results["none"] == []
    assert answer.errors["bad"].code == "ERROR_METHOD_NOT_FOUND"
    assert "deal" in answer.errors
    assert answer.times["one"].duration >= 0


@pytest.mark.parametrize("empty", [[], {}, None])
def test_php_s_empty_maps_are_understood(empty: object) -> None:
    body = {
        "result": empty,
        "result_error": empty,
        "result_time": empty,
        "result_total": [],
        "result_next": [],
    }
    assert batch.parse({"result": body}, {"a": "profile"}) == batch.BatchAnswer({}, {}, {})
    listed = {"result": [{"ID": "1"}], "result_error": [], "result_time": [{"duration": 0.5}]}
    answer = batch.parse({"result": listed}, {"0": "profile"})
    assert (answer.results, answer.times["0"].duration) == ({"0": {"ID": "1"}}, 0.5)


def test_more_than_fifty_commands_are_refused_before_they_are_sent(running: Running) -> None:
    _, portal, _, client = running
    before = len(portal.requests)
    with pytest.raises(ValueError, match="51"):
        client.batch({f"c{number}": "profile" for number in range(51)})
    assert len(portal.requests) == before


def test_a_method_over_its_time_rests_and_others_go_on(running: Running) -> None:
    world, portal, _, client = running
    portal.operating.limit_s = 1
    portal.operating_cost["profile"] = 5
    client.call("profile")
    answer = client.batch({"slow": "profile", "fast": "user.current"})
    assert answer.errors["slow"].code == "OPERATION_TIME_LIMIT"
    assert "fast" in answer.results
    before = len(portal.requests)
    with pytest.raises(MethodLimited) as limited:
        client.call("profile")
    assert limited.value.after > 500
    assert set(client.batch({"slow": "profile"}).errors) == {"slow"}
    assert len(portal.requests) == before
    assert client.call("user.current")["result"]
    assert world.faults is not None


def _logged(house: Services, client: PortalClient) -> list[RequestLog]:
    client.flush_log()
    with house.sessions() as session:
        return list(session.scalars(select(RequestLog).order_by(RequestLog.id)))


def test_the_log_has_parameters_and_answers_and_masks_what_is_personal(running: Running) -> None:
    _, _, house, client = running
    secret = "canary +79161234567"
    fields = {"title": secret, "name": "CANARY", "assignedById": 1, "opened": True, "currencyId": "RUB"}
    strange = {
        "ufCrm_7": "CANARY",
        "fm": [{"value": "123"}],
        "PHONE": "79161234567",
        "ids": ["79161234567", 5],
    }
    made = client.batch(
        {
            "a": command("crm.item.add", {"entityTypeId": 1, "fields": fields}),
            "b": command("no.such", strange | {"auth": "canary", "a": ResultOf("a", ("item", "id"))}),
            "c": command("crm.item.list", {"entityTypeId": 1, "select": ["id", "title"], "start": 0}),
        }
    )
    with pytest.raises(Rejected):
        client.call("crm.item.get", {"entityTypeId": 2, "id": 4711, "text": secret, "auth": secret})
    batched, single = _logged(house, client)
    assert made.errors.keys() == {"b"}, made.errors
    new = made.results["a"]["item"]["id"]
    assert batched.commands == [
        [
            "crm.item.add", "ok",
            "entityTypeId=1&fields[title]=***&fields[name]=***&fields[assignedById]=1&fields[opened]=1"
            "&fields[currencyId]=RUB",
            f"map ids={new}",
        ],
        [
            "no.such", "ERROR_METHOD_NOT_FOUND",
            "ufCrm_7=***&fm[0][value]=***&PHONE=***&ids[0]=***&ids[1]=5&a=$result[a][item][id]", "",
        ],
        [
            "crm.item.list", "ok", "entityTypeId=1&select[0]=id&select[1]=title&start=0",
            f"map rows=1 ids={new} total=1",
        ],
    ]  # fmt: skip
    assert (single.method, single.params, single.answer) == (
        "crm.item.get", "entityTypeId=2&id=4711&text=***", None
    )  # fmt: skip
    assert single.problem
    client.call("profile")
    assert (_logged(house, client)[-1].answer or "").startswith("map ids=")
    told = repr([vars(row) for row in _logged(house, client)]).lower()
    assert "canary" not in told and "79161234567" not in told


def test_of_batches_in_flight_each_has_its_own_outcomes_and_a_lost_one_its_commands(running: Running) -> None:
    world, _, house, client = running
    world.faults.add("bitrix", "batch", "html")
    with pytest.raises(NoAnswer):
        client.batch({"lost": command("user.get", {"ID": 1})})
    client.batch({"here": command("user.current", {})})
    lost, here = _logged(house, client)
    assert (lost.problem, lost.commands) == ("NoAnswer", [["user.get", "none", "ID=1", ""]])
    assert [one[:2] for one in here.commands] == [["user.current", "ok"]]


def test_the_log_of_large_batches_is_bounded(running: Running) -> None:
    _, _, house, client = running
    large = command("user.get", {f"field{number}": "NEW" for number in range(300)})
    client.batch({str(number): large for number in range(50)})
    [row] = _logged(house, client)
    assert [one[0] for one in row.commands] == ["user.get"] * 50
    assert max(len(one[2]) for one in row.commands if len(one) > 2) <= 2000
    assert len(repr(row.commands)) < 20_000
    near_the_cut = f"user.get?a={'x' * 3_983}&b=79161234567"
    client.log.add(house.clock.now(), "batch", 200, 0.1, None, {"cmd": {"a": near_the_cut}}, None)
    assert _logged(house, client)[-1].commands == [["user.get", "none", "a=***", ""]]
    for _ in range(2_000):
        client.log.add(house.clock.now(), "batch", 200, 0.1, None, {"cmd": {"a": large}}, None)
    assert sum(row.size for row in client.log.take()) <= 4_000_000


def test_the_portals_limit_is_never_met_by_many_threads(running: Running) -> None:
    _, portal, house, client = running
    portal.bucket.rate, portal.bucket.burst = 20.0, 12.0
    with portal.lock:
        portal.bucket._levels.clear()
    limited = PortalClient(house, client.installation_id, Limiter(20.0, 12.0))
    done: list[int] = []

    def work() -> None:
        for _ in range(10):
            limited.call("profile")
            done.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(done) == 40
    assert portal.refused == 0


class _Time:
    """A clock and a sleep that only count."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


def test_the_budget_is_used_fully_and_no_further() -> None:
    time = _Time()
    limiter = Limiter(2.0, 50.0, now=lambda: time.now, sleep=time.sleep)
    for _ in range(200):
        limiter.take("portal")
    # All but three of the burst at once, then two per second.
    assert time.slept == pytest.approx((200 - 47) / 2, abs=0.6)
    with pytest.raises(RateLimited) as limited:
        limiter.take("portal", timeout=0.1)
    assert 0.1 < limited.value.after <= 0.5
    limiter.take("another", timeout=0)


def test_a_refusal_empties_the_budget_for_longer_and_longer() -> None:
    time = _Time()
    limiter = Limiter(2.0, 50.0, now=lambda: time.now, sleep=time.sleep)
    assert [limiter.empty("portal") for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert limiter.reserve("portal", 100) == pytest.approx(60)
    limiter.answered("portal")
    time.now += 1000
    assert limiter.empty("portal") == 1
    assert limiter.reserve("portal", 100) == pytest.approx(1)


def test_a_refused_request_is_repeated_by_the_caller_not_by_us(running: Running) -> None:
    world, portal, _, client = running
    world.faults.add("bitrix", "profile", "error", code="QUERY_LIMIT_EXCEEDED", status=503)
    before = len(portal.requests)
    with pytest.raises(RateLimited) as limited:
        client.call("profile")
    assert limited.value.after == 1
    assert len(portal.requests) == before + 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("PAYMENT_REQUIRED", "payment"),
        ("NOT_INSTALLED", "not_installed"),
        ("PORTAL_DELETED", "portal_deleted"),
    ],
)
def test_portals_that_cannot_be_called_are_named(running: Running, code: str, reason: str) -> None:
    world, _, _, client = running
    world.faults.add("bitrix", "profile", "error", code=code, status=401)
    with pytest.raises(Parked) as parked:
        client.call("profile")
    assert parked.value.reason == reason


def test_an_author_without_access_is_succeeded_by_another(running: Running) -> None:
    world, portal, house, client = running
    portal.users[7].admin = True
    support.enrolled(house, portal, user_id=7)
    world.faults.add("bitrix", "user.current", "error", code="user_access_error", status=403)
    assert client.call("user.current")["result"]["ID"] == "1"
    world.faults.add("bitrix", "user.current", "error", times=2, code="user_access_error", status=403)
    with pytest.raises(Parked) as parked:
        client.call("user.current")
    assert parked.value.reason == "app_access"
