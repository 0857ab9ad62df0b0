"""Sources of the CRM for channels: made once, on request, and used by what is created."""

from typing import Any

from sandbox.bitrix.portal import Portal
from tests.web.house import House
from tests.web.world import Living


def codes(portal: Portal) -> list[str]:
    return [row.code for row in portal.crm.statuses if row.entity == "SOURCE"]


def told(living: Living, token: str) -> dict[str, bool]:
    return {row["id"]: row["made"] for row in living.call("GET", "/sources", token)}


def test_sources_are_made_once_and_only_those_that_are_missing(alive: Living) -> None:
    token = alive.installed()
    alive.connected(token)
    wanted = told(alive, token)
    assert wanted == {"UIS_COMAGIC": False, "UIS_WHATSAPP": False, "UIS_OFFLINE": False} | wanted
    assert not any(wanted.values())
    before = codes(alive.portal)
    for _ in range(2):
        made = alive.call("POST", "/sources", token)
        assert all(row["made"] and row["problem"] is None for row in made)
        assert sorted(codes(alive.portal)) == sorted([*before, *wanted])
    names = {row.code: row.name for row in alive.portal.crm.statuses if row.entity == "SOURCE"}
    assert names["UIS_COMAGIC"] == "UIS: Чат на сайте"
    assert alive.portal.violations == []


def test_an_answer_that_was_lost_doubles_nothing(alive: Living) -> None:
    token = alive.installed()
    alive.connected(token)
    before = codes(alive.portal)
    alive.world.faults.add("bitrix", "crm.status.add", "reset_after", times=1)
    lost = alive.home.call("POST", "/sources", token)
    assert lost.status_code == 503
    made = alive.call("POST", "/sources", token)
    assert all(row["made"] for row in made)
    assert len(codes(alive.portal)) == len(before) + len(made) == len(set(codes(alive.portal)))


def test_what_the_portal_refuses_is_said_at_its_source(alive: Living) -> None:
    token = alive.installed()
    alive.connected(token)
    refused: dict[str, Any] = {"code": "ACCESS_DENIED", "status": 403, "description": "Access denied."}
    alive.world.faults.add("bitrix", "crm.status.add", "error", times=1, **refused)
    rows = alive.call("POST", "/sources", token)
    assert [row["problem"] for row in rows if not row["made"]] == ["ACCESS_DENIED Access denied."]
    assert sum(row["made"] for row in rows) == len(rows) - 1


def test_employees_make_no_sources(home: House) -> None:
    token = home.token(home.install(), admin=False)
    assert home.call("POST", "/sources", token).status_code == 403
