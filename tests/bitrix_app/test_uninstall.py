"""The end of an installation: disabled at once, confirmed, erased; forged ones undone; installed again."""

from datetime import timedelta

import pytest

from app.storage.models import InstallationState
from bitrix_app import lifecycle
from bitrix_app.errors import Parked
from tests.bitrix_app import scene, support
from tests.bitrix_app.scene import Scene


@pytest.mark.parametrize("clean", [True, False])
def test_an_uninstall_disables_at_once_and_erases_when_it_is_confirmed(running: Scene, clean: bool) -> None:
    _, portal, house, clock = running
    scene.install(portal)
    made = scene.only(house)
    told: list[int] = []
    portal.uninstall(clean=clean)
    assert portal.events.wait_idle()
    assert scene.only(house).state == InstallationState.DISABLED
    with pytest.raises(Parked):
        support.client(house.services, made.id).call("profile")
    assert lifecycle.confirm_uninstalls(house.services, [lambda _, number: told.append(number)]) == 0
    clock.advance(61)
    assert lifecycle.confirm_uninstalls(house.services, [lambda _, number: told.append(number)]) == 1
    assert told == [made.id]
    removed = scene.only(house)
    assert (removed.state, removed.application_token) == ("removed", None)
    assert support.chains(house.services, made.id) == []
    assert lifecycle.purge(house.services) == (1 if clean else 0)
    clock.advance(timedelta(days=30).total_seconds())
    assert lifecycle.purge(house.services) == (0 if clean else 1)
    assert scene.count(house) == 0


def test_a_forged_uninstall_is_undone_within_five_minutes(running: Scene) -> None:
    _, portal, house, clock = running
    scene.install(portal)
    auth = portal.events.bare_auth()
    portal.events.send_life("ONAPPUNINSTALL", {"LANGUAGE_ID": "ru", "CLEAN": "1"}, auth)
    assert portal.events.wait_idle()
    assert scene.only(house).state == InstallationState.DISABLED
    minutes = 0
    while scene.only(house).state != InstallationState.ACTIVE and minutes < 5:
        clock.advance(60)
        minutes += 1
        lifecycle.confirm_uninstalls(house.services)
        assert lifecycle.purge(house.services) == 0
    assert minutes < 5
    assert support.client(house.services, scene.only(house).id).call("profile")["result"]


def test_an_authorization_server_that_is_away_confirms_nothing(running: Scene) -> None:
    world, portal, house, clock = running
    scene.install(portal)
    portal.uninstall(clean=True)
    assert portal.events.wait_idle()
    for _ in range(5):
        world.faults.add("oauth", "*", "http_503", times=4)
        clock.advance(3600)
        assert lifecycle.confirm_uninstalls(house.services) == 0
        world.faults.clear()
    assert scene.only(house).state == InstallationState.DISABLED
    clock.advance(61)
    assert lifecycle.confirm_uninstalls(house.services) == 1


def test_a_wrong_secret_of_ours_erases_nothing(running: Scene) -> None:
    world, portal, house, clock = running
    scene.install(portal)
    auth = portal.events.bare_auth()
    portal.events.send_life("ONAPPUNINSTALL", {"LANGUAGE_ID": "ru", "CLEAN": "1"}, auth)
    assert portal.events.wait_idle()
    world.oauth.expire_access(portal.member_id)
    world.card.client_secret = "another"
    for _ in range(4):
        clock.advance(1200)
        assert lifecycle.confirm_uninstalls(house.services) == 0
    assert scene.only(house).state == InstallationState.DISABLED


@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize("confirmed", [True, False])
def test_installing_after_an_uninstall_works(running: Scene, clean: bool, confirmed: bool) -> None:
    _, portal, house, clock = running
    scene.install(portal)
    first = scene.only(house)
    portal.uninstall(clean=clean)
    assert portal.events.wait_idle()
    if confirmed:
        clock.advance(61)
        assert lifecycle.confirm_uninstalls(house.services) == 1
    scene.install(portal)
    again = scene.only(house)
    assert again.state == InstallationState.ACTIVE
    assert (again.generation > first.generation) == (clean or confirmed)
    clock.advance(timedelta(days=31).total_seconds())
    assert lifecycle.confirm_uninstalls(house.services) == 0
    assert lifecycle.purge(house.services) == 0
    scene.matches(portal)
    assert again.purge_at is None


def test_an_unpaid_portal_is_not_erased_by_one_forged_event(running: Scene) -> None:
    world, portal, house, clock = running
    scene.install(portal)
    auth = portal.events.bare_auth()
    portal.events.send_life("ONAPPUNINSTALL", {"LANGUAGE_ID": "ru", "CLEAN": "1"}, auth)
    assert portal.events.wait_idle()
    world.oauth.expire_access(portal.member_id)
    world.oauth.payment_required = True
    for _ in range(4):
        clock.advance(600)
        assert lifecycle.confirm_uninstalls(house.services) == 0
    world.oauth.payment_required = False
    clock.advance(61)
    assert lifecycle.confirm_uninstalls(house.services) == 1
    assert scene.only(house).state == InstallationState.ACTIVE
