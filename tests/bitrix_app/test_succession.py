"""An authorization that is over: another one takes over, and the administrators who are left are told once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.models import Installation, InstallationState
from app.storage.queries import directory
from app.storage.services import Services
from bitrix_app.succession import tell_successions
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.bitrix_app import support


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        yield made


@pytest.fixture
def portal(world: World) -> Portal:
    found = world.portals[0]
    support.generous(found)
    return found


@pytest.fixture
def house(world: World, database_url: str, tmp_path: Path) -> Iterator[Services]:
    with support.services(database_url, support.config(world, tmp_path)) as made:
        yield made


def two_administrators(house: Services, portal: Portal) -> tuple[int, int]:
    """Both have opened the application; the id of the installation and of the second one."""
    second = next(user for user in portal.users.values() if not user.admin)
    second.admin = True
    support.enrolled(house, portal, second.id)
    number = support.enrolled(house, portal, 1)
    with house.sessions.begin() as session:
        session.get_one(Installation, number).state = InstallationState.ACTIVE
        users = [{"id": user.id, "title": user.name} for user in portal.users.values()]
        directory.put(session, number, "users", users, house.clock.now())
    return number, second.id


def told(portal: Portal) -> list[tuple[int, str]]:
    return [(row.user_id, row.message) for row in portal.notifications]


def tell(house: Services) -> int:
    return tell_successions(house, lambda number: support.client(house, number))


def test_the_next_administrator_takes_over_and_is_told_once(house: Services, portal: Portal) -> None:
    number, second = two_administrators(house, portal)
    portal.dismiss(1)
    client = support.client(house, number)
    assert client.call("user.current")["result"]["ID"] == str(second)
    assert (tell(house), tell(house)) == (1, 0)
    [(user_id, words)] = told(portal)
    assert user_id == second
    assert portal.users[1].name in words and portal.users[second].name in words
    assert "запасное" in words


def test_while_all_are_alive_nothing_is_told(house: Services, portal: Portal) -> None:
    two_administrators(house, portal)
    assert (tell(house), told(portal)) == (0, [])


def test_a_portal_that_is_away_is_told_later(house: Services, portal: Portal, world: World) -> None:
    number, second = two_administrators(house, portal)
    portal.dismiss(1)
    support.client(house, number).call("user.current")
    world.faults.add("bitrix", "batch", "http_503", times=1)
    assert tell(house) == 0
    assert tell(house) == 1
    assert [user_id for user_id, _ in told(portal)] == [second]


def test_where_nobody_is_left_nobody_is_told(house: Services, portal: Portal) -> None:
    number = support.enrolled(house, portal, 1)
    with house.sessions.begin() as session:
        session.get_one(Installation, number).state = InstallationState.ACTIVE
    for chain in support.chains(house, number):
        with house.sessions.begin() as session:
            session.merge(chain).state = "dead"
    assert (tell(house), told(portal)) == (0, [])
