"""Connecting: one adapter and one account, whatever fails in between and however often it is tried."""

import threading
from typing import Any

import pytest
from sqlalchemy import select, update

from app.domain.events import AccountChanged, ChannelChanged
from app.storage.models import UisChannel, UisConnection
from app.uis.errors import NoAnswer, UisError
from app.uis.joining import status as shown
from app.uis.joining.connect import connect, disconnect, forget
from app.uis.joining.join import SCENARIO, adapter_type
from sandbox.uis import callbacks
from tests.uis.stage import KEY, SITE_CHAT, TELEGRAM, WHATSAPP, Stage
from tests.uis.support import MEMBER


def join(scene: Stage, channels: tuple[int, ...] = (SITE_CHAT,), **changes: Any) -> None:
    wish = {"ticket": scene.ticket(), "answering": "uis", "data_api_key": KEY} | changes
    connect(scene.house, scene.portal, channels=channels, **wish)


def ours(scene: Stage) -> list[Any]:
    return [adapter for adapter in scene.uis.adapters.values() if adapter.owner is not None]


def status(scene: Stage, lang: str = "ru") -> dict[str, Any]:
    with scene.house.sessions() as session:
        return shown.status(session, scene.portal, scene.house.config, lang)


def test_connecting_makes_an_adapter_and_an_account_and_hears_of_them(each_scene: Stage) -> None:
    scene = each_scene
    join(scene, (SITE_CHAT, WHATSAPP))
    (adapter,) = ours(scene)
    (account,) = scene.uis.accounts.values()
    assert adapter.type == adapter_type(MEMBER)
    assert adapter.webhook_url == f"{scene.house.config.public_url}/uis/{scene.connection().secret('key')}"
    assert [link.channel.id for link in account.links] == [SITE_CHAT, WHATSAPP]
    assert account.context == {SCENARIO: False}
    heard = scene.events("uis")
    assert [type(event) for event in heard] == [AccountChanged, ChannelChanged, ChannelChanged]
    said = status(scene)
    assert (said["state"], said["account"], said["problem"]) == ("connected", 4735, None)
    assert {c["id"] for c in said["channels"] if c["joined"]} == {SITE_CHAT, WHATSAPP}


def test_nothing_secret_is_stored_or_shown(scene: Stage) -> None:
    join(scene)
    row, connection = scene.row(), scene.connection()
    assert row is not None
    secrets = [*connection.secrets.values(), KEY, "sandbox"]
    stored = [str(value) for value in vars(row).values()]
    assert len(connection.secrets) == 5
    assert not [
        secret for secret in secrets if any(secret in value for value in stored if value != "sandbox")
    ]
    assert not [secret for secret in connection.secrets.values() if secret in str(status(scene))]
    assert connection.secret("key") not in repr(connection)


@pytest.mark.parametrize(("answering", "scenario"), [("uis", False), ("bitrix24", True)])
def test_where_operators_answer_decides_the_scenario(scene: Stage, answering: str, scenario: bool) -> None:
    join(scene, answering=answering)
    assert [account.context for account in scene.uis.accounts.values()] == [{SCENARIO: scenario}]
    assert status(scene)["answering"] == answering


@pytest.mark.parametrize("answer", ["entity", "empty"])
def test_connecting_again_changes_what_is_there(each_scene: Stage, answer: str) -> None:
    scene = each_scene
    scene.uis.change_answer = answer
    join(scene)
    before = scene.connection()
    join(scene, (TELEGRAM,), answering="bitrix24", data_api_key=None)
    (account,) = scene.uis.accounts.values()
    assert [link.channel.id for link in account.links] == [TELEGRAM]
    assert account.context == {SCENARIO: True}
    assert (len(ours(scene)), scene.connection().secrets["key"]) == (1, before.secrets["key"])
    assert {c["id"] for c in status(scene)["channels"] if c["joined"]} == {TELEGRAM}


STEPS = [
    ("uis_login", "login"),
    ("uis_data", "get.account"),
    ("uis_data", "get.chats_report"),
    ("uis_data", "getobj.account"),
    ("uis_logic", "/v1/integration/channel"),
    ("uis_logic", "/v1/integration/adapter"),
    ("uis_logic", "/v1/integration/adapter/*"),
    ("uis_logic", "/v1/integration/account"),
    ("uis_chat", "/v1/adapter/login"),
]


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "html"])
@pytest.mark.parametrize(("service", "operation"), STEPS)
def test_after_any_failure_the_same_call_ends_well_with_nothing_doubled(
    scene: Stage, service: str, operation: str, kind: str
) -> None:
    scene.world.faults.add(service, operation, kind, times=1)
    try:
        join(scene)
    except UisError as error:
        assert error.words("ru") != error.words("en")
        join(scene)
    assert len(scene.world.faults.taken) == 1
    assert (len(ours(scene)), len(scene.uis.accounts), status(scene)["state"]) == (1, 1, "connected")


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_a_lost_answer_of_a_creation_makes_no_second(scene: Stage, skip: int) -> None:
    """GET and POST share a path: the fault meets the listing, the creation, and what comes after."""
    for operation in ("/v1/integration/adapter", "/v1/integration/account"):
        for _ in range(skip + 1):
            scene.world.faults.add("uis_logic", operation, "reset_after", times=1)
    for _ in range(8):
        try:
            join(scene)
        except NoAnswer:
            continue
        break
    assert (len(ours(scene)), len(scene.uis.accounts), status(scene)["state"]) == (1, 1, "connected")


def test_two_administrators_at_once_make_one_connection(each_scene: Stage) -> None:
    scene = each_scene
    tickets = [scene.ticket(), scene.ticket()]
    start, outcomes = threading.Barrier(2), list[str]()

    def go(ticket: str) -> None:
        start.wait()
        try:
            join(scene, ticket=ticket)
            outcomes.append("connected")
        except UisError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=go, args=(ticket,)) for ticket in tickets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The second one waits for its turn, comes after the first, or finds his ticket used up by then.
    assert "connected" in outcomes
    assert set(outcomes) <= {"connected", "joining", "ticket_expired"}
    assert (len(ours(scene)), len(scene.uis.accounts)) == (1, 1)


def test_a_lease_that_was_left_behind_runs_out(scene: Stage) -> None:
    join(scene)
    with scene.house.sessions.begin() as session:
        session.execute(update(UisConnection).values(lease_until=scene.house.clock.now()))
    join(scene)
    row = scene.row()
    assert row is not None and row.lease_until is None


def test_a_reinstall_finds_what_the_old_one_left(scene: Stage) -> None:
    join(scene)
    with scene.house.sessions.begin() as session:
        session.delete(session.scalars(select(UisConnection)).one())
    join(scene)
    (adapter,) = ours(scene)
    assert adapter.webhook_url.endswith(scene.connection().secret("key"))
    assert len(scene.uis.accounts) == 1
    chat = scene.uis.visitor_starts_chat(channel_id=SITE_CHAT)
    assert f"chat:{chat.id}:new" in {row.dedup_key for row in scene.inbox("uis")}


def test_an_account_deleted_at_uis_is_made_anew(scene: Stage) -> None:
    join(scene)
    with scene.uis.lock:
        scene.uis.accounts.clear()
    join(scene)
    (account,) = scene.uis.accounts.values()
    assert scene.connection().account_id == account.id


def test_the_stored_account_of_two_stays_alone(scene: Stage) -> None:
    join(scene)
    with scene.uis.lock:
        (first,) = scene.uis.accounts.values()
        scene.uis.accounts[9000] = type(first)(id=9000, name="late", adapter_id=first.adapter_id, context={})
    join(scene)
    assert list(scene.uis.accounts) == [first.id]


def test_an_adapter_of_the_system_is_never_ours(scene: Stage) -> None:
    with scene.uis.lock:
        scene.uis.adapters[1].type = adapter_type(MEMBER)
    with pytest.raises(UisError) as caught:
        join(scene)
    assert caught.value.code == "adapter_taken"
    assert scene.uis.adapters[1].login == "system"


def test_disconnecting_leaves_nothing_on_either_side(each_scene: Stage) -> None:
    scene = each_scene
    join(scene)
    disconnect(scene.house, scene.portal, scene.ticket())
    assert (ours(scene), scene.uis.accounts, scene.row()) == ([], {}, None)
    with scene.house.sessions() as session:
        assert session.scalars(select(UisChannel)).all() == []
    assert status(scene)["state"] == "none"


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "http_503"])
@pytest.mark.parametrize("operation", ["/v1/integration/account/*", "/v1/integration/adapter/*"])
def test_disconnecting_goes_on_after_a_failure(scene: Stage, operation: str, kind: str) -> None:
    join(scene)
    scene.world.faults.add("uis_logic", operation, kind, times=1)
    with pytest.raises(NoAnswer):
        disconnect(scene.house, scene.portal, scene.ticket())
    assert scene.row() is not None
    disconnect(scene.house, scene.portal, scene.ticket())
    assert (ours(scene), scene.uis.accounts, scene.row()) == ([], {}, None)


def test_disconnecting_what_is_not_connected_is_fine(scene: Stage) -> None:
    disconnect(scene.house, scene.portal, scene.ticket())
    assert scene.row() is None


def test_an_uninstall_with_a_sign_in_cleans_up(scene: Stage) -> None:
    join(scene)
    scene.ticket()
    assert forget(scene.house, scene.portal) is None
    assert (ours(scene), scene.uis.accounts, scene.row()) == ([], {}, None)


def test_an_uninstall_without_one_refuses_callbacks_and_says_what_is_left(scene: Stage) -> None:
    join(scene)
    assert forget(scene.house, scene.portal) == adapter_type(MEMBER)
    assert scene.row() is None
    scene.uis.visitor_starts_chat(channel_id=SITE_CHAT)
    scene.uis.flush()
    assert {delivery.status for delivery in scene.uis.deliveries[-1:]} == {404}


def test_the_key_must_be_of_the_account_that_was_signed_in_to(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = callbacks.account_body
    monkeypatch.setattr(callbacks, "account_body", lambda *a: original(*a) | {"context": {"app_id": 1}})
    with pytest.raises(UisError) as caught:
        join(scene)
    said = status(scene)
    assert caught.value.code == "other_account"
    assert (said["state"], said["problem"]) == ("broken", caught.value.words("ru"))


def test_another_integration_is_warned_of(scene: Stage) -> None:
    with scene.uis.lock:
        scene.uis.crm_accounts.append({"id": 1, "name": "Bitrix24", "type": "bitrix"})
    join(scene)
    said = status(scene)
    assert said["state"] == "connected"
    assert ["Битрикс24" in words for words in said["warnings"]] == [True]


def test_without_the_component_that_tells_of_it_the_warning_is_left_out(scene: Stage) -> None:
    with scene.uis.lock:
        scene.uis.crm_accounts.append({"id": 1, "name": "Bitrix24", "type": "bitrix"})
        scene.uis.components.discard("data_api")
    join(scene)
    assert (status(scene)["state"], status(scene)["warnings"]) == ("connected", [])
