"""The doors: verified and committed, or refused in words with nothing stored."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.base.clock import ManualClock
from app.base.tokens import sha256
from app.storage.models import InboxRow, Installation, UisConnection
from app.storage.services import Services
from app.uis import verify
from tests.uis.payloads import changed, raw
from tests.uis.support import KEY, TOKEN, config, connect_by_hand, flask_app, install, services


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[Services]:
    with services(database_url, config(tmp_path)) as made:
        connect_by_hand(made, install(made))
        yield made
    verify.forget(sha256(KEY))


@pytest.fixture
def client(house: Services) -> FlaskClient:
    return flask_app(house).test_client()


def post(client: FlaskClient, path: str, body: bytes, method: str = "POST", **more: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {TOKEN}"} | more.pop("headers", {})
    address = f"/uis/{more.pop('key', KEY)}/{path}"
    return client.open(
        address, method=method, data=body, headers=headers, content_type="application/json", **more
    )


def stored(house: Services) -> list[tuple[str, str, bytes]]:
    with house.sessions() as session:
        rows = session.scalars(select(InboxRow).order_by(InboxRow.id))
        return [(row.source, row.kind, row.body) for row in rows]


@pytest.mark.parametrize(
    ("method", "path", "name", "kind"),
    [
        ("POST", "account", "account", "account"),
        ("PATCH", "account/286", "account", "account/update"),
        ("DELETE", "account/286", "account", "account/delete"),
        ("POST", "channel", "channel", "channel"),
        ("PATCH", "channel/3580", "channel", "channel/update"),
        ("DELETE", "channel/3580", "channel", "channel/delete"),
        ("POST", "chat", "chat", "chat"),
        ("PATCH", "chat", "chat_update", "chat/update"),
        ("POST", "chat/operator", "chat_update", "chat/operator"),
        ("POST", "chat/close", "chat_close", "chat/close"),
        ("POST", "message", "message_visitor", "message"),
        ("POST", "message", "message_edited", "message"),
        ("POST", "message/status", "message_status", "message/status"),
        ("POST", "visitor/card", "visitor_card", "visitor/card"),
    ],
)
def test_every_callback_is_stored_as_received(
    house: Services, client: FlaskClient, method: str, path: str, name: str, kind: str
) -> None:
    assert post(client, path, raw(name), method).status_code == 200
    assert stored(house) == [("uis", kind, raw(name))]


def test_a_repeat_is_answered_like_the_first(house: Services, client: FlaskClient) -> None:
    assert {post(client, "message", raw("message_visitor")).status_code for _ in range(3)} == {200}
    assert len(stored(house)) == 1


FORGED = [
    ("another key", {"key": "x" * 43}, 404),
    ("no token", {"headers": {"Authorization": ""}}, 401),
    ("another token", {"headers": {"Authorization": "Bearer nonsense"}}, 401),
    ("another scheme", {"headers": {"Authorization": f"Basic {TOKEN}"}}, 401),
    ("a foreign alphabet", {"headers": {"Authorization": "Bearer ключ".encode().decode("latin-1")}}, 401),
    ("the hash of the key", {"key": sha256(KEY)}, 404),
]


@pytest.mark.parametrize(("more", "status"), [row[1:] for row in FORGED], ids=[row[0] for row in FORGED])
def test_a_forged_callback_stores_nothing(
    house: Services, client: FlaskClient, more: dict[str, Any], status: int
) -> None:
    answer = post(client, "message", raw("message_visitor"), **more)
    assert (answer.status_code, stored(house)) == (status, [])
    assert answer.get_json()["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("message", changed("message_visitor", account_id=287)),
        ("message", changed("message_visitor", context={"app_id": 1})),
        ("account", changed("account", id=287)),
        ("account", changed("account", adapter_id=1)),
        ("channel", changed("channel", account_id=1)),
        ("visitor/card", changed("visitor_card", account_id=1)),
    ],
)
def test_the_body_must_be_of_this_account(
    house: Services, client: FlaskClient, path: str, body: bytes
) -> None:
    assert post(client, path, body).status_code == 403
    assert stored(house) == []


def test_before_the_account_is_known_its_callbacks_come_in(house: Services, client: FlaskClient) -> None:
    with house.sessions.begin() as session:
        session.execute(update(UisConnection).values(account_id=None, app_id=None))
    assert post(client, "account", raw("account")).status_code == 200
    assert post(client, "account", changed("account", adapter_id=5)).status_code == 403


BAD = [
    ("malformed", "message", b"{", "POST", 400),
    ("empty", "message", b"", "POST", 400),
    ("a list", "message", b"[]", "POST", 400),
    ("a form", "message", b"chat_id=1&id=2", "POST", 400),
    ("wrong type", "message", changed("message_visitor", id="1"), "POST", 400),
    ("missing field", "chat", changed("chat", chat_id=...), "POST", 400),
    ("no account", "message", changed("message_visitor", account_id=...), "POST", 400),
    ("too deep", "message", b"[" * 200_000, "POST", 400),
    ("another id in the address", "account/287", raw("account"), "PATCH", 400),
    ("unknown callback", "order", b"{}", "POST", 404),
    ("unknown below", "chat/reopen", b"{}", "POST", 404),
    ("wrong method", "chat", raw("chat"), "DELETE", 405),
    ("2 MB", "message", b'{"text": "' + b"x" * 2_000_000 + b'"}', "POST", 413),
]


@pytest.mark.parametrize(
    ("path", "body", "method", "status"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_bad_input_is_refused_in_words(
    house: Services, client: FlaskClient, path: str, body: bytes, method: str, status: int
) -> None:
    answer = post(client, path, body, method)
    assert (answer.status_code, stored(house)) == (status, [])
    assert len(answer.get_json()["error"]) > 10


def test_words_come_in_the_language_of_the_caller(client: FlaskClient) -> None:
    answer = post(client, "order", b"{}", headers={"Accept-Language": "ru"})
    assert answer.get_json()["error"] == "Неизвестный обратный вызов"


def test_a_removed_installation_hears_nothing_any_more(house: Services, client: FlaskClient) -> None:
    with house.sessions.begin() as session:
        session.execute(update(Installation).values(state="removed"))
    assert post(client, "chat", raw("chat")).status_code == 404
    assert stored(house) == []


def test_a_disabled_installation_still_stores(house: Services, client: FlaskClient) -> None:
    """An uninstall may be forged: until it is confirmed nothing may get lost."""
    with house.sessions.begin() as session:
        session.execute(update(Installation).values(state="disabled"))
    assert post(client, "chat", raw("chat")).status_code == 200


def test_a_known_key_is_remembered_for_ten_seconds_only(house: Services, client: FlaskClient) -> None:
    assert post(client, "chat", raw("chat")).status_code == 200
    with house.sessions.begin() as session:
        session.execute(update(UisConnection).values(state="closed"))
    assert post(client, "chat", raw("chat")).status_code == 200
    assert isinstance(house.clock, ManualClock)
    house.clock.advance(verify.REMEMBER_S)
    assert post(client, "chat", raw("chat")).status_code == 404


def test_a_disconnected_key_is_forgotten_at_once(house: Services, client: FlaskClient) -> None:
    assert post(client, "chat", raw("chat")).status_code == 200
    with house.sessions.begin() as session:
        session.execute(update(UisConnection).values(state="closed"))
    verify.forget(sha256(KEY))
    assert post(client, "chat", raw("chat")).status_code == 404


def test_one_account_cannot_speak_for_another(house: Services, client: FlaskClient) -> None:
    """The token of one connection opens no other."""
    other = install(house, "another-member", "another")
    connect_by_hand(house, other, "another-key", "another-member")
    with house.sessions.begin() as session:
        session.execute(
            update(UisConnection).where(UisConnection.installation_id == other).values(account_id=900)
        )
    assert post(client, "chat", raw("chat"), key="another-key").status_code == 403
    assert post(client, "chat", json.dumps({"account_id": 900}).encode()).status_code == 400
    with house.sessions() as session:
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 0


CALLBACKS = [
    ("POST", "account", "account"),
    ("PATCH", "account/286", "account"),
    ("POST", "channel", "channel"),
    ("DELETE", "channel/3580", "channel"),
    ("POST", "chat", "chat"),
    ("PATCH", "chat", "chat_update"),
    ("POST", "chat/close", "chat_close"),
    ("POST", "message", "message_visitor"),
    ("POST", "message/status", "message_status"),
    ("POST", "visitor/card", "visitor_card"),
]


def test_a_hundred_mutations_of_true_callbacks_are_all_refused(house: Services, client: FlaskClient) -> None:
    """Foreign keys and tokens, ids of others: whatever is changed, nothing is stored."""
    answers = []
    for method, path, name in CALLBACKS:
        true = json.loads(raw(name))
        account = "id" if name == "account" else "account_id"
        answers += [
            post(client, path, raw(name), method, key=key).status_code
            for key in (KEY[:-1], KEY + "x", KEY.upper(), "..", TOKEN)
        ]
        for token in (KEY, TOKEN[:-1], TOKEN + "x", "", "null"):
            headers = {"Authorization": f"Bearer {token}"}
            answers.append(post(client, path, raw(name), method, headers=headers).status_code)
        answers += [
            post(client, path, changed(name, **{account: value}), method).status_code
            for value in (true[account] + 1, -1, str(true[account]), None, [true[account]])
        ]
        foreign = changed(name, context={"app_id": 9, "chat_channel_id": 740805})
        answers.append(post(client, path, foreign, method).status_code)
    assert len(answers) >= 100
    assert set(answers) <= {400, 401, 403, 404}
    assert stored(house) == []
