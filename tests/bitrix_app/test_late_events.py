"""Events of the application's life that came while the authorization server or the portal was away."""

import pytest
import requests

from app.web.chores import Chores
from app.web.portals import Portals
from tests.bitrix_app import scene, support
from tests.bitrix_app.scene import Scene


@pytest.mark.parametrize(("service", "what"), [("oauth", "*"), ("bitrix", "user.admin")])
def test_an_update_told_while_somebody_was_away_is_proven_later(
    running: Scene, service: str, what: str
) -> None:
    world, portal, house, clock = running
    scene.install(portal)
    world.faults.add(service, what, "http_503", times=2)
    portal.update()
    assert portal.events.wait_idle()
    assert scene.only(house).version == "1"
    chores = Chores(house.services, Portals(house.services, support.limiter()))
    chores.prove_late_events()
    assert scene.only(house).version == "1"
    for seconds in (31, 61):
        clock.advance(seconds)
        chores.prove_late_events()
    scene.matches(portal)
    kept = scene.only(house)
    assert portal.installation is not None and kept.application_token is not None
    opened = house.services.vault.open(
        f"{portal.member_id}:installation.application_token", kept.application_token
    )
    assert opened == portal.installation.application_token
    assert scene.late(house) == []


def test_what_was_told_while_somebody_was_away_has_no_effect_unless_it_is_proven(running: Scene) -> None:
    world, portal, house, clock = running
    scene.install(portal)
    before = scene.only(house).application_token
    chores = Chores(house.services, Portals(house.services, support.limiter()))
    forged = {
        "event": "ONAPPUPDATE", "auth[member_id]": portal.member_id, "auth[access_token]": "canary",
        "auth[application_token]": "canary",
    }  # fmt: skip
    world.faults.add("oauth", "*", "http_503", times=1)
    assert requests.post(f"{world.card.url}/bitrix/events", data=forged, timeout=10).status_code == 503
    [kept] = scene.late(house)
    assert "canary" not in kept.form
    clock.advance(31)
    chores.prove_late_events()
    assert scene.late(house) == []
    assert scene.only(house).application_token == before


def test_what_cannot_be_proven_for_an_hour_is_dropped(running: Scene) -> None:
    world, portal, house, clock = running
    scene.install(portal)
    world.faults.add("oauth", "*", "http_503", times=100)
    portal.update()
    assert portal.events.wait_idle()
    chores = Chores(house.services, Portals(house.services, support.limiter()))
    for _ in range(5):
        clock.advance(660)
        chores.prove_late_events()
        assert len(scene.late(house)) == 1
    clock.advance(660)
    chores.prove_late_events()
    assert scene.late(house) == []
    assert scene.only(house).version == "1"
