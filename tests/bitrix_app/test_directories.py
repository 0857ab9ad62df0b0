"""Users, pipelines and stages of a portal, in few requests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.queries import directory
from app.storage.services import Services
from bitrix_app.directories import read_directories
from bitrix_app.errors import BitrixError
from sandbox.bitrix.people import User
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.bitrix_app import support


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as started:
        yield started


@pytest.fixture
def house(world: World, sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    with support.services(sqlite_url, support.config(world, tmp_path)) as made:
        yield made


def portal_of(world: World, *, simple_crm: bool = False, users: int = 0) -> Portal:
    portal = world.add_portal("Портал", simple_crm=simple_crm)
    support.generous(portal)
    for number in range(100, 100 + users):
        portal.users[number] = User(
            id=number, name="Имя", last_name=f"Фамилия{number}", email=f"u{number}@b.ru"
        )
    return portal


def stored(house: Services, installation: int, name: str) -> list[dict[str, object]]:
    with house.sessions() as session:
        return directory.items(session, installation, name) or []


@pytest.mark.parametrize(("users", "requests"), [(0, 2), (46, 2), (47, 3), (200, 3), (600, 4)])
def test_every_user_is_read_in_few_requests(world: World, house: Services, users: int, requests: int) -> None:
    portal = portal_of(world, users=users)
    client = support.client(house, support.enrolled(house, portal))
    before = len(portal.requests)
    counts = read_directories(house, client)
    assert len(portal.requests) - before == requests
    assert counts["users"] == len(portal.users) == len(stored(house, client.installation_id, "users"))


def test_a_user_has_what_settings_and_pairing_need(world: World, house: Services) -> None:
    portal = portal_of(world)
    portal.users[7].active = False
    portal.users[9].last_name = ""
    client = support.client(house, support.enrolled(house, portal))
    read_directories(house, client)
    users = {row["id"]: row for row in stored(house, client.installation_id, "users")}
    assert (users[7]["active"], users[1]["active"]) == (False, True)
    assert (users[9]["title"], users[9]["last_name"]) == ("Ольга", "")


def test_a_user_has_what_a_picker_shows(world: World, house: Services) -> None:
    portal = portal_of(world)
    portal.users[7].position, portal.users[7].absent_until = "Менеджер", "2026-12-31T00:00:00+03:00"
    client = support.client(house, support.enrolled(house, portal))
    read_directories(house, client)
    users = {row["id"]: row for row in stored(house, client.installation_id, "users")}
    assert (users[7]["position"], users[7]["absent"]) == ("Менеджер", "2026-12-31T00:00:00+03:00")
    assert users[9]["absent"] is None
    portal.users[7].absent_until = None
    read_directories(house, client)
    assert {row["absent"] for row in stored(house, client.installation_id, "users")} == {None}


def test_a_portal_that_does_not_tell_who_is_away_is_read_all_the_same(world: World, house: Services) -> None:
    client = support.client(house, support.enrolled(house, portal_of(world)))
    world.faults.add("bitrix", "im.user.list.get", "error", code="insufficient_scope", status=403)
    read_directories(house, client)
    world.faults.clear()
    assert [row["absent"] for row in stored(house, client.installation_id, "users")] == [None] * 3


def test_a_portal_without_leads_has_stages_of_deals_only(world: World, house: Services) -> None:
    client = support.client(house, support.enrolled(house, portal_of(world, simple_crm=True)))
    read_directories(house, client)
    stages = stored(house, client.installation_id, "stages")
    assert {row["entity"] for row in stages} == {"deal"}
    assert support.installation(house, client.installation_id).crm_mode == "simple"


def test_half_an_answer_keeps_what_was_read_before(world: World, house: Services) -> None:
    client = support.client(house, support.enrolled(house, portal_of(world)))
    read_directories(house, client)
    world.faults.add("bitrix", "crm.status.list", "error", code="ACCESS_DENIED", status=403)
    with pytest.raises(BitrixError):
        read_directories(house, client)
    world.faults.clear()
    assert len(stored(house, client.installation_id, "stages")) > 3
