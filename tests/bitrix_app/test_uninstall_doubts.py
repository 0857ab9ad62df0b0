"""An uninstall that the authorization server does not speak of: nothing is erased on the word of an event."""

from datetime import timedelta

import pytest

from app.base.clock import ManualClock
from app.storage.models import InstallationState
from bitrix_app import lifecycle
from bitrix_app.errors import Later, Parked
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.bitrix_app import scene, support
from tests.bitrix_app.app import House
from tests.bitrix_app.scene import Scene


def forge(portal: Portal) -> None:
    auth = portal.events.bare_auth()
    portal.events.send_life("ONAPPUNINSTALL", {"LANGUAGE_ID": "ru", "CLEAN": "1"}, auth)
    assert portal.events.wait_idle()


def look(house: House, clock: ManualClock, minutes: int) -> int:
    """What the sweeper decides meanwhile."""
    decided = 0
    for _ in range(minutes):
        clock.advance(60)
        decided += lifecycle.confirm_uninstalls(house.services)
        lifecycle.purge(house.services)
    return decided


def lose_all_chains(world: World, portal: Portal, house: House, clock: ManualClock) -> None:
    world.oauth.expire_access(portal.member_id)
    world.faults.add("oauth", "token/refresh_token", "error", times=2)
    client = support.client(house.services, scene.only(house).id)
    with pytest.raises(Later):
        client.call("profile")
    clock.advance(21)
    with pytest.raises(Parked):
        client.call("profile")


def refuse_the_client(world: World, portal: Portal, code: str = "invalid_client") -> None:
    """To whatever is asked, until another fault comes first."""
    world.oauth.expire_access(portal.member_id)
    world.faults.add("oauth", "token/refresh_token", "error", times=0, code=code)


def accept_in(world: World, house: House, installation_id: int, other: Portal) -> None:
    """Another portal's authorization is renewed meanwhile."""
    world.faults.clear()
    world.oauth.expire_access(other.member_id)
    assert support.client(house.services, installation_id).call("profile")["result"]


def another(world: World, house: House) -> tuple[Portal, int]:
    """Another portal that we serve, and its installation."""
    other = world.add_portal()
    support.generous(other)
    return other, support.enrolled(house.services, other)


def test_an_event_about_a_portal_that_nobody_can_ask_about_erases_nothing(running: Scene) -> None:
    world, portal, house, clock = running
    scene.install(portal)
    made = scene.only(house)
    lose_all_chains(world, portal, house, clock)
    forge(portal)
    assert look(house, clock, 120) == 0
    assert scene.only(house).state == InstallationState.DISABLED
    scene.install(portal)
    again = scene.only(house)
    assert (again.state, again.id, again.generation) == ("active", made.id, made.generation)


def test_a_forged_event_before_an_installer_is_opened_again_erases_nothing(running: Scene) -> None:
    """An update comes, or an administrator opens the installer, before the forgery was found out."""
    _, portal, house, _ = running
    scene.install(portal)
    made = scene.only(house)
    forge(portal)
    portal.update()
    assert portal.events.wait_idle()
    again = scene.only(house)
    assert (again.state, again.id, again.generation) == ("active", made.id, made.generation)


def test_what_nobody_speaks_of_does_not_stay_for_ever(running: Scene) -> None:
    world, portal, house, clock = running
    scene.install(portal)
    lose_all_chains(world, portal, house, clock)
    portal.uninstall(clean=True)
    assert portal.events.wait_idle()
    assert look(house, clock, 60) == 0
    clock.advance(timedelta(days=30).total_seconds())
    assert look(house, clock, 1) == 1
    assert scene.only(house).state == InstallationState.REMOVED
    clock.advance(timedelta(days=29).total_seconds())
    assert lifecycle.purge(house.services) == 0
    clock.advance(timedelta(days=1).total_seconds())
    assert lifecycle.purge(house.services) == 1


@pytest.mark.parametrize("code", ["invalid_client", "wrong_client"])
def test_a_refused_client_is_the_servers_word_while_another_portal_is_served(
    running: Scene, code: str
) -> None:
    world, portal, house, clock = running
    scene.install(portal)
    other, served = another(world, house)
    forge(portal)
    refuse_the_client(world, portal, code)
    assert look(house, clock, 50) == 0
    accept_in(world, house, served, other)
    refuse_the_client(world, portal, code)
    assert look(house, clock, 15) == 1
    assert scene.only(house).id == served


def test_a_client_that_is_refused_everywhere_is_our_own_mistake(running: Scene) -> None:
    """Another portal was served before the secret went wrong; frames go on coming, they need no secret."""
    world, portal, house, clock = running
    scene.install(portal)
    mine = scene.only(house).id
    other, served = another(world, house)
    forge(portal)
    clock.advance(10)
    accept_in(world, house, served, other)
    refuse_the_client(world, portal)
    assert look(house, clock, 60) == 0
    assert support.enrolled(house.services, other) == served
    assert look(house, clock, 60) == 0
    clock.advance(timedelta(days=30).total_seconds())
    assert look(house, clock, 1) == 1
    assert support.installation(house.services, mine).state == InstallationState.REMOVED


@pytest.mark.parametrize("answer", ["PAYMENT_REQUIRED", "invalid_grant"])
def test_tokens_that_are_refused_since_the_uninstall_confirm_it_within_the_hour(
    running: Scene, answer: str
) -> None:
    """What the server says of a removed application is ambiguous: not installed, payment required, or nothing of it."""
    world, portal, house, clock = running
    scene.install(portal)
    made = scene.only(house)
    forge(portal)
    world.oauth.expire_access(portal.member_id)
    world.oauth.payment_required = answer == "PAYMENT_REQUIRED"
    if answer == "invalid_grant":
        world.faults.add("oauth", "token/refresh_token", "error", times=0, code="invalid_grant")
    assert look(house, clock, 44) == 0
    assert support.installation(house.services, made.id).state == InstallationState.DISABLED
    assert look(house, clock, 15) == 1
    assert scene.count(house) == 0
