"""Refreshing: once per expiry, however many threads and processes meet it, and never losing a healthy portal."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.base.clock import ManualClock
from app.storage.models import Chain, Installation, InstallationState
from app.storage.services import Services
from bitrix_app import enrol, oauth, verify
from bitrix_app.client import PortalClient
from bitrix_app.errors import Later, NoAnswer, Parked
from sandbox.world import World
from tests.bitrix_app import support

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[World]:
    with World() as started:
        support.generous(started.portals[0])
        yield started


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def house(world: World, clock: ManualClock, sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    with support.services(sqlite_url, support.config(world, tmp_path), clock) as made:
        yield made


def _together(count: int, work: Callable[[], object]) -> list[BaseException]:
    """Run `work` in threads that begin at the same moment; answers what went wrong."""
    barrier = threading.Barrier(count)
    failures: list[BaseException] = []

    def run() -> None:
        barrier.wait(30)
        try:
            work()
        except Exception as failure:  # noqa: BLE001 (a thread has nobody else to tell)
            failures.append(failure)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return failures


@pytest.mark.slow
def test_twenty_threads_meet_an_expired_token_a_hundred_times(
    world: World, database_url: str, tmp_path: Path
) -> None:
    with support.services(database_url, support.config(world, tmp_path)) as house:
        portal, installation_id = world.portals[0], support.enrolled(house, world.portals[0])
        client = support.client(house, installation_id)
        for round_number in range(1, 101):
            world.oauth.expire_access(portal.member_id)
            assert _together(20, lambda: client.call("profile")) == []
            assert world.oauth.refreshes == round_number
        assert not world.oauth.refused
        assert support.installation(house, installation_id).state != InstallationState.PARKED
        assert [chain.state for chain in support.chains(house, installation_id)] == ["alive"]


def test_processes_that_share_only_the_database_refresh_once(
    world: World, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "_locks", _NoLocks())
    with support.services(database_url, support.config(world, tmp_path)) as house:
        portal, installation_id = world.portals[0], support.enrolled(house, world.portals[0])
        client = support.client(house, installation_id)
        for round_number in range(1, 4):
            world.oauth.expire_access(portal.member_id)
            assert _together(8, lambda: client.call("profile")) == []
            assert world.oauth.refreshes == round_number


class _NoLocks(dict[int, threading.Lock]):
    """What separate processes see of each other's locks: nothing."""

    def __missing__(self, key: int) -> threading.Lock:
        return threading.Lock()


def test_an_answer_that_was_lost_leads_to_the_next_chain(house: Services, world: World) -> None:
    portal = world.portals[0]
    installation_id = support.enrolled(house, portal)
    portal.users[7].admin = True
    support.enrolled(house, portal, user_id=7)
    first = next(chain for chain in support.chains(house, installation_id) if chain.is_installer)
    world.oauth.expire_access(portal.member_id)
    world.faults.add("oauth", "token/refresh_token", "reset_after")
    assert support.client(house, installation_id).call("user.current")["result"]["ID"] == "1"
    states = {chain.user_id: chain.state for chain in support.chains(house, installation_id)}
    assert states == {first.user_id: "suspect", 1: "alive"}


def test_invalid_grant_waits_twenty_seconds_before_anything_is_parked(
    house: Services, world: World, clock: ManualClock
) -> None:
    portal = world.portals[0]
    installation_id = support.enrolled(house, portal)
    client = support.client(house, installation_id)
    world.oauth.expire_access(portal.member_id)
    world.faults.add("oauth", "token/refresh_token", "reset_after")
    with pytest.raises(Later) as later:
        client.call("profile")
    assert later.value.after == 20
    clock.advance(10)
    with pytest.raises(Later) as later:
        client.call("profile")
    assert later.value.after == 10
    refused = len(world.oauth.refused)
    clock.advance(11)
    with pytest.raises(Parked) as parked:
        client.call("profile")
    assert parked.value.reason == "reauth"
    assert len(world.oauth.refused) == refused + 1
    with pytest.raises(Parked):
        client.call("profile")
    assert len(world.oauth.refused) == refused + 1


def test_a_newer_pair_stored_meanwhile_ends_the_suspicion(
    house: Services, world: World, clock: ManualClock
) -> None:
    portal = world.portals[0]
    installation_id = support.enrolled(house, portal)
    client = support.client(house, installation_id)
    world.oauth.expire_access(portal.member_id)
    world.faults.add("oauth", "token/refresh_token", "reset_after")
    with pytest.raises(Later):
        client.call("profile")
    support.enrolled(house, portal)
    assert client.call("profile")["result"]


def test_a_refresh_that_finds_the_server_away_changes_nothing(house: Services, world: World) -> None:
    portal = world.portals[0]
    installation_id = support.enrolled(house, portal)
    client = support.client(house, installation_id)
    world.oauth.expire_access(portal.member_id)
    world.faults.add("oauth", "token/refresh_token", "http_503", times=2)
    with pytest.raises(NoAnswer):
        client.call("profile")
    assert [chain.state for chain in support.chains(house, installation_id)] == ["alive"]
    assert client.call("profile")["result"]


def test_a_refresh_token_of_another_portal_is_not_kept(house: Services, world: World) -> None:
    """The refresh token comes in a form: only its first use proves it."""
    portal, other = world.portals[0], world.add_portal()
    support.generous(other)
    installation_id = support.enrolled(house, portal)
    other.begin_installation()
    stolen = world.oauth.issue(other, 1)
    assert stolen.refresh_token is not None
    _replace_refresh_token(house, installation_id, portal.member_id, stolen.refresh_token)
    world.oauth.expire_access(portal.member_id)
    client: PortalClient = support.client(house, installation_id)
    with pytest.raises(Later):
        client.call("profile")
    assert [row.method for row in other.requests] == []


def _replace_refresh_token(house: Services, installation_id: int, member_id: str, token: str) -> None:
    chain = support.chains(house, installation_id)[0]
    sealed = house.vault.seal(f"{member_id}:chain.refresh_token", token)
    with house.sessions.begin() as session:
        session.get_one(Chain, chain.id).refresh_token = sealed


def test_an_idle_chain_is_refreshed_after_three_weeks_and_not_before(
    house: Services, world: World, clock: ManualClock
) -> None:
    support.enrolled(house, world.portals[0])
    clock.advance(20 * 86400)
    assert oauth.refresh_idle(house) == 0
    clock.advance(2 * 86400)
    assert oauth.refresh_idle(house) == 1
    assert oauth.refresh_idle(house) == 0
    assert world.oauth.refreshes == 1


def test_idle_chains_that_cannot_be_refreshed_hold_up_nobody_else(
    house: Services, world: World, clock: ManualClock
) -> None:
    installation_id = support.enrolled(house, world.portals[0])
    _many_older(house, installation_id, 120)
    clock.advance(22 * 86400)
    world.faults.add("oauth", "token/refresh_token", "error", times=120, code="PAYMENT_REQUIRED", status=401)
    assert oauth.refresh_idle(house) == 1
    assert world.oauth.refreshes == 1


def _many_older(house: Services, installation_id: int, count: int) -> None:
    """Chains of further users, all stored at one moment before the one that is there."""
    pattern = support.chains(house, installation_id)[0]
    values = {column.key: getattr(pattern, column.key) for column in Chain.__table__.columns}
    values |= {"refreshed_at": pattern.refreshed_at - timedelta(days=1)}
    with house.sessions.begin() as session:
        for number in range(count):
            own = {"id": None, "user_id": 1000 + number, "refresh_hash": f"hash-{number}"}
            session.add(Chain(**(values | own)))


def test_an_idle_chain_of_a_server_that_is_not_allowed_any_more_holds_up_nobody_else(
    house: Services, world: World, clock: ManualClock
) -> None:
    strange = support.enrolled(house, world.portals[0])
    clock.advance(1)
    support.enrolled(house, world.add_portal())
    with house.sessions.begin() as session:
        session.get_one(Installation, strange).oauth_url = "https://oauth.elsewhere.example"
    clock.advance(22 * 86400)
    assert oauth.refresh_idle(house) == 1


def test_an_installers_chain_and_two_administrators_are_kept(
    house: Services, world: World, clock: ManualClock
) -> None:
    portal = world.portals[0]
    installation_id = support.enrolled(house, portal)
    for number in (7, 9):
        portal.users[number].admin = True
        clock.advance(1)
        frame = portal.frame("http://127.0.0.1/", number)
        verified = verify.verify_frame(house, support.limiter(), {}, frame.fields)
        enrol.enrol(house, verified, installer=False)
    assert {chain.user_id for chain in support.chains(house, installation_id)} == {1, 7, 9}


def test_a_dismissed_installer_is_succeeded(house: Services, world: World) -> None:
    portal = world.portals[0]
    installation_id = support.enrolled(house, portal)
    portal.users[7].admin = True
    support.enrolled(house, portal, user_id=7)
    portal.dismiss(7)
    client = support.client(house, installation_id)
    assert client.call("user.current")["result"]["ID"] == "1"


def test_nothing_secret_is_readable_in_the_database(house: Services, world: World, tmp_path: Path) -> None:
    installation_id = support.enrolled(house, world.portals[0])
    token = world.portals[0].installation
    assert token is not None
    dump = b"".join(file.read_bytes() for file in tmp_path.glob("*.sqlite*"))
    assert token.application_token.encode() not in dump
    chain = support.chains(house, installation_id)[0]
    access = house.vault.open(f"{world.portals[0].member_id}:chain.access_token", chain.access_token)
    assert access.encode() not in dump
    assert chain.refresh_hash.encode() in dump
