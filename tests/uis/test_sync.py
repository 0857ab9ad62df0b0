"""Lists of names: read, stored, and kept when they cannot be read."""

from typing import Any

import pytest
from sqlalchemy import select, update

from app.storage.models import Employee
from app.storage.queries import directory
from app.uis.errors import UisError
from app.uis.joining.connect import connect
from app.uis.sync import synchronize
from tests.uis.stage import KEY, SITE_CHAT, Stage


@pytest.fixture
def connected(scene: Stage) -> Stage:
    connect(
        scene.house,
        scene.portal,
        ticket=scene.ticket(),
        channels=[SITE_CHAT],
        answering="uis",
        data_api_key=KEY,
    )
    return scene


def items(scene: Stage, name: str) -> list[dict[str, Any]]:
    with scene.house.sessions() as session:
        return directory.items(session, scene.portal, name) or []


def employees(scene: Stage) -> dict[int, Employee]:
    with scene.house.sessions() as session:
        return {row.uis_id: row for row in session.scalars(select(Employee))}


def test_every_list_is_read(connected: Stage) -> None:
    done = synchronize(connected.house, connected.portal)
    assert set(done) == {"channels", "employees", "sites", "campaigns", "sources", "tags", "segments"}
    assert all(entry["count"] and entry["problem"] is None for entry in done.values())
    for name in done:
        assert all({"id", "title"} <= item.keys() and item["title"] for item in items(connected, name))
    assert {c["id"] for c in items(connected, "channels") if c["joined"]} == {SITE_CHAT}


def test_employees_keep_the_user_they_are_joined_to(connected: Stage) -> None:
    synchronize(connected.house, connected.portal)
    with connected.house.sessions.begin() as session:
        session.execute(update(Employee).where(Employee.uis_id == 367852).values(user_id=7, joined_by="hand"))
    with connected.uis.lock:
        del connected.uis.employees[367853]
    synchronize(connected.house, connected.portal)
    kept = employees(connected)
    assert (kept[367852].user_id, kept[367852].active, kept[367853].active) == (7, True, False)
    assert "@" in (kept[367852].email or "")


def test_what_cannot_be_read_keeps_its_last_content(connected: Stage) -> None:
    synchronize(connected.house, connected.portal)
    connected.uis.permissions.discard("tag_management:select")
    done = synchronize(connected.house, connected.portal)
    assert (done["tags"]["problem"], done["sites"]["problem"]) == ("no_permission", None)
    assert len(items(connected, "tags")) == 2


def test_the_last_points_of_a_day_are_left_to_the_chats(connected: Stage) -> None:
    with connected.uis.lock:
        connected.uis.day_limit = 100
        connected.uis.points = dict.fromkeys(connected.uis.points, 85)
    connect(
        connected.house, connected.portal, ticket=connected.ticket(), channels=[SITE_CHAT], answering="uis",
        data_api_key=KEY,
    )  # fmt: skip
    done = synchronize(connected.house, connected.portal)
    assert str(done["employees"]["problem"]).startswith("limit_exceeded")
    assert done["tags"]["problem"] == done["employees"]["problem"]


def test_without_a_connection_there_is_nothing_to_read(scene: Stage) -> None:
    with pytest.raises(UisError, match="not_connected"):
        synchronize(scene.house, scene.portal)
