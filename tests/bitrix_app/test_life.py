"""The life of the application in a portal: installed, opened, updated, paid for, moved."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask import Flask, redirect, request
from sqlalchemy import select

from app.storage.models import Installation
from bitrix_app import install, steps
from bitrix_app.batch import BatchAnswer
from bitrix_app.client import PortalClient
from bitrix_app.errors import Parked, Rejected
from bitrix_app.handlers import carry_out
from bitrix_app.install import make_portal_match, unfinished
from sandbox.bitrix import widgets
from sandbox.bitrix.portal import Portal
from sandbox.core.server import Server
from tests.bitrix_app import scene, support
from tests.bitrix_app.app import House
from tests.bitrix_app.scene import Scene


def test_an_installation_ends_in_a_portal_that_matches(running: Scene) -> None:
    _, portal, house, _ = running
    scene.install(portal)
    scene.matches(portal)
    made = scene.only(house)
    assert (made.state, made.crm_mode, made.member_id) == ("active", "classic", portal.member_id)
    with house.services.sessions() as session:
        told = steps.progress(session, made.id, "ru")
    assert told["state"] == "done"
    assert [step["name"] for step in told["steps"]] == list(steps.NAMES)
    assert told["steps"][4]["title"] == "Вкладки в карточках CRM"


def test_installing_again_doubles_nothing(running: Scene) -> None:
    _, portal, house, _ = running
    for _ in range(3):
        scene.install(portal)
        portal.send_app_install()
        assert portal.events.wait_idle()
    scene.matches(portal)
    assert scene.count(house) == 1


def test_a_second_run_finds_nothing_to_write(running: Scene) -> None:
    _, portal, _, _ = running
    scene.install(portal)
    before = len(portal.requests)
    portal.open_installer()
    written = [
        c for row in list(portal.requests)[before:] for c in row.commands if not c.endswith((".get", ".list"))
    ]
    assert written == []


def test_doubled_and_strange_bindings_are_put_right(running: Scene) -> None:
    _, portal, _, _ = running
    scene.install(portal)
    portal.placements.append(portal.placements[0])
    strange = replace(portal.placements[1], handler="http://127.0.0.1:1/old")
    portal.placements.append(strange)
    portal.placements.pop(2)
    portal.handlers.pop()
    portal.handlers[0].url = "http://127.0.0.1:1/old"
    portal.open_installer()
    scene.matches(portal)


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "http_503", "html"])
@pytest.mark.parametrize(
    "method", ["user.admin", "crm.settings.mode.get", "event.get", "batch", "imconnector.register"]
)
def test_an_installation_goes_on_after_any_failure(running: Scene, method: str, kind: str) -> None:
    world, portal, house, clock = running
    portal.begin_installation()
    house.later = []
    portal.open_installer()
    world.faults.add("bitrix", method, kind)
    for work in house.later:
        work()
    house.later = None
    made = scene.only(house)
    with house.services.sessions() as session:
        told = steps.progress(session, made.id, "en")
    assert (made.state, told["state"]) == ("installing", "failed")
    failed = next(step for step in told["steps"] if step["state"] == "failed")
    assert failed["text"].startswith("Bitrix24 does not answer")
    clock.advance(121)
    assert list(unfinished(house.services)) == [made.id]
    assert make_portal_match(house.services, support.client(house.services, made.id), made.id)
    scene.matches(portal)
    assert scene.only(house).state == "active"


def test_runs_of_many_machines_at_once_double_nothing(
    running: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Binding a widget twice makes two: only the lease in the database keeps the runs apart."""
    _, portal, house, _ = running
    monkeypatch.setattr(install, "_locks", _NoLocks())
    installation_id = support.enrolled(house.services, portal)

    def match() -> None:
        client = support.client(house.services, installation_id)
        assert make_portal_match(house.services, client, installation_id, wait=lambda _: time.sleep(0.05))

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(match) for _ in range(4)]:
            future.result(60)
    scene.matches(portal)


class _NoLocks(dict[int, threading.Lock]):
    """What separate processes see of each other's locks: nothing."""

    def __missing__(self, key: int) -> threading.Lock:
        return threading.Lock()


def test_frames_that_arrive_together_make_one_installation(running: Scene) -> None:
    _, portal, house, _ = running
    with ThreadPoolExecutor(8) as pool:
        found = {pool.submit(support.enrolled, house.services, portal) for _ in range(8)}
        assert {future.result(60) for future in found} == {scene.only(house).id}
    assert len(support.chains(house.services, scene.only(house).id)) == 1


def test_what_was_unbound_behind_our_back_is_found_within_a_day(running: Scene) -> None:
    _, portal, house, clock = running
    scene.install(portal)
    portal.handlers.clear()
    portal.placements.pop()
    clock.advance(23 * 3600)
    assert list(unfinished(house.services)) == []
    clock.advance(3601)
    assert list(unfinished(house.services)) == [scene.only(house).id]
    make_portal_match(house.services, support.client(house.services, 1), 1)
    scene.matches(portal)
    assert list(unfinished(house.services)) == []


def test_a_failed_step_is_tried_again_every_hour(running: Scene) -> None:
    world, portal, house, clock = running
    scene.install(portal)
    world.faults.add("bitrix", "event.get", "error", code="ERROR_CORE", status=400)
    portal.open_installer()
    assert scene.only(house).state == "active"
    clock.advance(3601)
    assert list(unfinished(house.services)) == [1]


def test_every_smart_process_gets_its_tab_however_many_there_are(running: Scene) -> None:
    _, portal, _, _ = running
    portal.crm.types = {number: f"{number}" for number in range(1100, 1330, 2)}
    scene.install(portal)
    assert dynamic(portal) == [f"CRM_DYNAMIC_{number}_DETAIL_TAB" for number in range(1100, 1330, 2)]


def test_a_refused_tab_of_a_smart_process_keeps_nobody_waiting(
    running: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, portal, house, _ = running
    portal.crm.types = {1100: "Первый", 1102: "Второй"}
    offered = widgets._places
    monkeypatch.setattr(widgets, "_places", lambda call: offered(call) - {"CRM_DYNAMIC_1100_DETAIL_TAB"})
    scene.install(portal)
    assert scene.only(house).state == "active"
    assert dynamic(portal) == ["CRM_DYNAMIC_1102_DETAIL_TAB"]


def dynamic(portal: Portal) -> list[str]:
    return sorted(place.code for place in portal.placements if place.code.startswith("CRM_DYNAMIC_"))


@pytest.mark.parametrize("no", [False, {"result": False, "error": "NO", "error_description": "no"}])
def test_a_no_that_comes_as_a_result_is_a_refusal(no: Any) -> None:
    client = SimpleNamespace(batch=lambda commands: BatchAnswer(dict.fromkeys(commands, no), {}, {}))
    with pytest.raises(Rejected):
        carry_out(cast(PortalClient, client), ["placement.bind?PLACEMENT=CRM_LEAD_DETAIL_TAB"])


def test_a_missing_permission_is_named(running: Scene) -> None:
    world, portal, house, _ = running
    world.card.scope = tuple(name for name in world.card.scope if name not in {"im", "imconnector"})
    portal.open_installer()
    with house.services.sessions() as session:
        told = steps.progress(session, scene.only(house).id, "ru")
    failed = {step["name"]: step["text"] for step in told["steps"] if step["state"] == "failed"}
    assert failed.keys() == {"scope", "connector"}
    assert "im" in failed["scope"]
    assert "imconnector" in failed["connector"]


def test_a_portal_without_leads_is_known(running: Scene) -> None:
    world, _, house, _ = running
    simple = world.add_portal("Без лидов", simple_crm=True)
    support.generous(simple)
    scene.install(simple)
    assert scene.only(house).crm_mode == "simple"


def test_an_employee_cannot_install(running: Scene) -> None:
    _, portal, house, _ = running
    portal.begin_installation()
    answer = portal.open_frame(portal.frame(portal.world.card.install_url, 7))
    assert answer.status_code == 200
    assert "администратор" in answer.text
    assert scene.count(house) == 0


def test_an_update_brings_a_new_token_and_the_handlers_back(running: Scene) -> None:
    _, portal, house, _ = running
    scene.install(portal)
    before = scene.only(house)
    portal.update()
    assert portal.events.wait_idle()
    scene.matches(portal)
    after = scene.only(house)
    assert after.version == "2"
    assert after.application_token != before.application_token
    assert portal.installation is not None
    owner = f"{portal.member_id}:installation.application_token"
    assert after.application_token is not None
    assert house.services.vault.open(owner, after.application_token) == portal.installation.application_token


def test_an_update_that_nobody_told_us_of_is_noticed_by_the_next_administrator(running: Scene) -> None:
    world, portal, house, _ = running
    scene.install(portal)
    world.faults.add("event", "ONAPPUPDATE", "lose")
    portal.update()
    assert portal.events.wait_idle()
    assert portal.handlers == []
    assert portal.open_app().status_code == 200
    scene.matches(portal)
    assert portal.installation is not None
    kept = scene.only(house).application_token
    assert kept is not None
    opened = house.services.vault.open(f"{portal.member_id}:installation.application_token", kept)
    assert opened == portal.installation.application_token


def test_payment_is_only_a_hint_to_ask(running: Scene) -> None:
    _, portal, house, _ = running
    scene.install(portal)
    portal.payment("P")
    assert portal.events.wait_idle()
    assert scene.only(house).status == "P"


@contextmanager
def moved_away(house: House) -> Iterator[list[str]]:
    """The portal's old address redirects, here to a stranger; what that one is asked for."""
    stranger, seen = Flask("stranger"), list[str]()
    stranger.before_request(lambda: seen.append(request.path))
    trap = Server(stranger)
    old = Flask("old")
    old.register_error_handler(404, lambda _: redirect(f"{trap.url}/rest/profile", 302))
    moved = Server(old)
    trap.start()
    moved.start()
    try:
        with house.services.sessions.begin() as session:
            session.scalars(select(Installation)).one().client_endpoint = f"{moved.url}/rest/"
        yield seen
    finally:
        moved.stop()
        trap.stop()


@pytest.mark.parametrize("expired", [False, True])
def test_a_renamed_portal_is_followed_through_the_authorization_server(running: Scene, expired: bool) -> None:
    """Only the authorization server is believed; a token that is over there is renewed first."""
    world, portal, house, _ = running
    scene.install(portal)
    if expired:
        world.oauth.expire_access(portal.member_id)
    with moved_away(house) as seen:
        assert support.client(house.services, scene.only(house).id).call("profile")["result"]
    assert scene.only(house).client_endpoint == portal.client_endpoint
    assert seen == []


def test_a_renamed_portal_whose_fresh_tokens_are_refused_too_is_given_up(running: Scene) -> None:
    world, portal, house, _ = running
    scene.install(portal)
    before = world.oauth.refreshes
    world.faults.add("oauth", "app.info", "expired_token", times=0)
    with moved_away(house), pytest.raises(Parked):
        support.client(house.services, scene.only(house).id).call("profile")
    assert world.oauth.refreshes == before + 1
