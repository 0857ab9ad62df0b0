"""The life of the application in a portal: installed, opened, updated, paid for, removed, installed again."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, redirect, request
from sqlalchemy import func, select

from app.base.clock import ManualClock
from app.storage.models import Installation, InstallationState
from bitrix_app import install, lifecycle, manifest, steps
from bitrix_app.errors import Parked
from bitrix_app.install import make_portal_match, unfinished
from sandbox.bitrix.portal import Portal
from sandbox.core.server import Server
from sandbox.world import World
from tests.bitrix_app import support
from tests.bitrix_app.app import House, serving

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Running = tuple[World, Portal, House, ManualClock]


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Running]:
    clock = ManualClock(START)
    with World() as world, serving(world, database_url, tmp_path, clock) as house:
        support.generous(world.portals[0])
        yield world, world.portals[0], house, clock


def _only(house: House) -> Installation:
    with house.services.sessions() as session:
        return session.scalars(select(Installation)).one()


def _count(house: House) -> int:
    with house.services.sessions() as session:
        return session.scalar(select(func.count()).select_from(Installation)) or 0


def _install(portal: Portal) -> None:
    assert portal.open_installer().status_code == 200
    portal.finish_install()
    assert portal.events.wait_idle()


def _matches(portal: Portal) -> None:
    """The portal has exactly what the manifest wants."""
    tabs = sorted((p.code, p.handler) for p in portal.placements)
    assert tabs == sorted((code, f"{portal.world.card.url}/bitrix/workplace") for code in manifest.CARD_TABS)
    bound = sorted(handler.event for handler in portal.handlers)
    expected = (*manifest.CRM_EVENTS, *manifest.CONNECTOR_EVENTS, *manifest.BOUND_LIFE_EVENTS)
    assert bound == sorted(expected)
    assert len({handler.url for handler in portal.handlers}) == 1
    assert set(portal.connectors) == {manifest.CONNECTOR_ID}
    assert portal.violations == []


def test_an_installation_ends_in_a_portal_that_matches(running: Running) -> None:
    _, portal, house, _ = running
    _install(portal)
    _matches(portal)
    made = _only(house)
    assert (made.state, made.crm_mode, made.member_id) == ("active", "classic", portal.member_id)
    with house.services.sessions() as session:
        told = steps.progress(session, made.id, "ru")
    assert told["state"] == "done"
    assert [step["name"] for step in told["steps"]] == list(steps.NAMES)
    assert told["steps"][4]["title"] == "Вкладки в карточках CRM"


def test_installing_again_doubles_nothing(running: Running) -> None:
    _, portal, house, _ = running
    for _ in range(3):
        _install(portal)
        portal.send_app_install()
        assert portal.events.wait_idle()
    _matches(portal)
    assert _count(house) == 1


def test_a_second_run_finds_nothing_to_write(running: Running) -> None:
    _, portal, _, _ = running
    _install(portal)
    before = len(portal.requests)
    portal.open_installer()
    written = [
        c for row in list(portal.requests)[before:] for c in row.commands if not c.endswith((".get", ".list"))
    ]
    assert written == []


def test_doubled_and_strange_bindings_are_put_right(running: Running) -> None:
    _, portal, _, _ = running
    _install(portal)
    portal.placements.append(portal.placements[0])
    strange = replace(portal.placements[1], handler="http://127.0.0.1:1/old")
    portal.placements.append(strange)
    portal.placements.pop(2)
    portal.handlers.pop()
    portal.handlers[0].url = "http://127.0.0.1:1/old"
    portal.open_installer()
    _matches(portal)


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "http_503", "html"])
@pytest.mark.parametrize(
    "method", ["user.admin", "crm.settings.mode.get", "event.get", "batch", "imconnector.register"]
)
def test_an_installation_goes_on_after_any_failure(running: Running, method: str, kind: str) -> None:
    world, portal, house, clock = running
    portal.begin_installation()
    house.later = []
    portal.open_installer()
    world.faults.add("bitrix", method, kind)
    for work in house.later:
        work()
    house.later = None
    made = _only(house)
    with house.services.sessions() as session:
        told = steps.progress(session, made.id, "en")
    assert (made.state, told["state"]) == ("installing", "failed")
    failed = next(step for step in told["steps"] if step["state"] == "failed")
    assert failed["text"].startswith("Bitrix24 does not answer")
    clock.advance(121)
    assert list(unfinished(house.services)) == [made.id]
    assert make_portal_match(house.services, support.client(house.services, made.id), made.id)
    _matches(portal)
    assert _only(house).state == "active"


def test_runs_of_many_machines_at_once_double_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch
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
    _matches(portal)


class _NoLocks(dict[int, threading.Lock]):
    """What separate processes see of each other's locks: nothing."""

    def __missing__(self, key: int) -> threading.Lock:
        return threading.Lock()


def test_frames_that_arrive_together_make_one_installation(running: Running) -> None:
    _, portal, house, _ = running
    with ThreadPoolExecutor(8) as pool:
        found = {pool.submit(support.enrolled, house.services, portal) for _ in range(8)}
        assert {future.result(60) for future in found} == {_only(house).id}
    assert len(support.chains(house.services, _only(house).id)) == 1


def test_what_was_unbound_behind_our_back_is_found_within_a_day(running: Running) -> None:
    _, portal, house, clock = running
    _install(portal)
    portal.handlers.clear()
    portal.placements.pop()
    clock.advance(23 * 3600)
    assert list(unfinished(house.services)) == []
    clock.advance(3601)
    assert list(unfinished(house.services)) == [_only(house).id]
    make_portal_match(house.services, support.client(house.services, 1), 1)
    _matches(portal)
    assert list(unfinished(house.services)) == []


def test_a_failed_step_is_tried_again_every_hour(running: Running) -> None:
    world, portal, house, clock = running
    _install(portal)
    world.faults.add("bitrix", "event.get", "error", code="ERROR_CORE", status=400)
    portal.open_installer()
    assert _only(house).state == "active"
    clock.advance(3601)
    assert list(unfinished(house.services)) == [1]


def test_a_missing_permission_is_named(running: Running) -> None:
    world, portal, house, _ = running
    world.card.scope = tuple(name for name in world.card.scope if name not in {"im", "imconnector"})
    portal.open_installer()
    with house.services.sessions() as session:
        told = steps.progress(session, _only(house).id, "ru")
    failed = {step["name"]: step["text"] for step in told["steps"] if step["state"] == "failed"}
    assert failed.keys() == {"scope", "connector"}
    assert "im" in failed["scope"]
    assert "imconnector" in failed["connector"]


def test_a_portal_without_leads_is_known(running: Running) -> None:
    world, _, house, _ = running
    simple = world.add_portal("Без лидов", simple_crm=True)
    support.generous(simple)
    _install(simple)
    assert _only(house).crm_mode == "simple"


def test_an_employee_cannot_install(running: Running) -> None:
    _, portal, house, _ = running
    portal.begin_installation()
    answer = portal.open_frame(portal.frame(portal.world.card.install_url, 7))
    assert answer.status_code == 200
    assert "администратор" in answer.text
    assert _count(house) == 0


def test_an_update_brings_a_new_token_and_the_handlers_back(running: Running) -> None:
    _, portal, house, _ = running
    _install(portal)
    before = _only(house)
    portal.update()
    assert portal.events.wait_idle()
    _matches(portal)
    after = _only(house)
    assert after.version == "2"
    assert after.application_token != before.application_token
    assert portal.installation is not None
    owner = f"{portal.member_id}:installation.application_token"
    assert after.application_token is not None
    assert house.services.vault.open(owner, after.application_token) == portal.installation.application_token


def test_an_update_that_nobody_told_us_of_is_noticed_by_the_next_administrator(running: Running) -> None:
    world, portal, house, _ = running
    _install(portal)
    world.faults.add("event", "ONAPPUPDATE", "lose")
    portal.update()
    assert portal.events.wait_idle()
    assert portal.handlers == []
    assert portal.open_app().status_code == 200
    _matches(portal)
    assert portal.installation is not None
    kept = _only(house).application_token
    assert kept is not None
    opened = house.services.vault.open(f"{portal.member_id}:installation.application_token", kept)
    assert opened == portal.installation.application_token


def test_payment_is_only_a_hint_to_ask(running: Running) -> None:
    _, portal, house, _ = running
    _install(portal)
    portal.payment("P")
    assert portal.events.wait_idle()
    assert _only(house).status == "P"


@pytest.mark.parametrize("clean", [True, False])
def test_an_uninstall_disables_at_once_and_erases_when_it_is_confirmed(running: Running, clean: bool) -> None:
    _, portal, house, clock = running
    _install(portal)
    made = _only(house)
    told: list[int] = []
    portal.uninstall(clean=clean)
    assert portal.events.wait_idle()
    assert _only(house).state == InstallationState.DISABLED
    with pytest.raises(Parked):
        support.client(house.services, made.id).call("profile")
    assert lifecycle.confirm_uninstalls(house.services, [lambda _, number: told.append(number)]) == 0
    clock.advance(61)
    assert lifecycle.confirm_uninstalls(house.services, [lambda _, number: told.append(number)]) == 1
    assert told == [made.id]
    removed = _only(house)
    assert (removed.state, removed.application_token) == ("removed", None)
    assert support.chains(house.services, made.id) == []
    assert lifecycle.purge(house.services) == (1 if clean else 0)
    clock.advance(timedelta(days=30).total_seconds())
    assert lifecycle.purge(house.services) == (0 if clean else 1)
    assert _count(house) == 0


def test_a_forged_uninstall_is_undone_within_five_minutes(running: Running) -> None:
    _, portal, house, clock = running
    _install(portal)
    auth = portal.events.bare_auth()
    portal.events.send_life("ONAPPUNINSTALL", {"LANGUAGE_ID": "ru", "CLEAN": "1"}, auth)
    assert portal.events.wait_idle()
    assert _only(house).state == InstallationState.DISABLED
    minutes = 0
    while _only(house).state != InstallationState.ACTIVE and minutes < 5:
        clock.advance(60)
        minutes += 1
        lifecycle.confirm_uninstalls(house.services)
        assert lifecycle.purge(house.services) == 0
    assert minutes < 5
    assert support.client(house.services, _only(house).id).call("profile")["result"]


def test_an_authorization_server_that_is_away_confirms_nothing(running: Running) -> None:
    world, portal, house, clock = running
    _install(portal)
    portal.uninstall(clean=True)
    assert portal.events.wait_idle()
    for _ in range(5):
        world.faults.add("oauth", "*", "http_503", times=4)
        clock.advance(3600)
        assert lifecycle.confirm_uninstalls(house.services) == 0
        world.faults.clear()
    assert _only(house).state == InstallationState.DISABLED
    clock.advance(61)
    assert lifecycle.confirm_uninstalls(house.services) == 1


def test_a_wrong_secret_of_ours_erases_nothing(running: Running) -> None:
    world, portal, house, clock = running
    _install(portal)
    auth = portal.events.bare_auth()
    portal.events.send_life("ONAPPUNINSTALL", {"LANGUAGE_ID": "ru", "CLEAN": "1"}, auth)
    assert portal.events.wait_idle()
    world.oauth.expire_access(portal.member_id)
    world.card.client_secret = "another"
    for _ in range(4):
        clock.advance(1200)
        assert lifecycle.confirm_uninstalls(house.services) == 0
    assert _only(house).state == InstallationState.DISABLED


@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize("confirmed", [True, False])
def test_installing_after_an_uninstall_works(running: Running, clean: bool, confirmed: bool) -> None:
    _, portal, house, clock = running
    _install(portal)
    first = _only(house)
    portal.uninstall(clean=clean)
    assert portal.events.wait_idle()
    if confirmed:
        clock.advance(61)
        assert lifecycle.confirm_uninstalls(house.services) == 1
    _install(portal)
    again = _only(house)
    assert again.state == InstallationState.ACTIVE
    assert (again.generation > first.generation) == (clean or confirmed)
    clock.advance(timedelta(days=31).total_seconds())
    assert lifecycle.confirm_uninstalls(house.services) == 0
    assert lifecycle.purge(house.services) == 0
    _matches(portal)
    assert again.purge_at is None


def test_a_renamed_portal_is_followed_through_the_authorization_server(running: Running) -> None:
    """The old address redirects, here to a stranger: only the authorization server is believed."""
    _, portal, house, _ = running
    _install(portal)
    made = _only(house)
    stranger, seen = Flask("stranger"), []
    stranger.before_request(lambda: seen.append(request.path))
    trap = Server(stranger)
    old = Flask("old")
    old.register_error_handler(404, lambda _: redirect(f"{trap.url}/rest/profile", 302))
    moved = Server(old)
    trap.start()
    moved.start()
    try:
        with house.services.sessions.begin() as session:
            session.get_one(Installation, made.id).client_endpoint = f"{moved.url}/rest/"
        assert support.client(house.services, made.id).call("profile")["result"]
    finally:
        moved.stop()
        trap.stop()
    assert _only(house).client_endpoint == portal.client_endpoint
    assert seen == []
