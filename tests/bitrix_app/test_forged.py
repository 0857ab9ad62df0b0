"""Requests that somebody made up: nothing is accepted, and nobody is asked who is not on the allow-list."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.storage.database import Base
from sandbox.bitrix.portal import Portal
from sandbox.bitrix.records import Frame
from sandbox.world import World
from tests.bitrix_app import support
from tests.bitrix_app.app import House, serving

PRIVATE = [
    "127.0.0.1:1", "localhost:9", "10.0.0.5", "169.254.169.254", "[::1]:1", "192.168.1.1:8080", "2130706433",
    "evil.example.com", "oauth.bitrix24.tech.evil.example.com", "oauth.bitrix.info@10.0.0.1",
]  # fmt: skip
WRONG_TOKENS = [
    "",
    "x",
    "0" * 70,
    "null",
    "' or 1=1 --",
    "../..",
    "A" * 5000,
    "\u0442\u043e\u043a\u0435\u043d",
    "a\x00b",
    "a\nb",
]


@dataclass
class Scene:
    """An installed portal, another one, and what is known of the outgoing connections."""

    world: World
    portal: Portal
    other: Portal
    house: House
    browser: FlaskClient
    event_key: str
    connected: set[int]


@pytest.fixture
def scene(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with World() as world, serving(world, sqlite_url, tmp_path) as house:
        portal, other = world.portals[0], world.add_portal("Чужой портал")
        for each in (portal, other):
            support.generous(each)
            each.begin_installation()
        portal.open_installer()
        portal.finish_install(send_event=False)
        found = house.services.vault.open(
            f"{portal.member_id}:installation.event_key", support.installation(house.services, 1).event_key
        )
        connected: set[int] = set()
        real = socket.create_connection

        def watched(address: tuple[str, int], *rest: Any, **options: Any) -> socket.socket:
            connected.add(address[1])
            return real(address, *rest, **options)

        monkeypatch.setattr(socket, "create_connection", watched)
        yield Scene(world, portal, other, house, house.flask.test_client(), found, connected)


def _allowed(scene: Scene) -> set[int]:
    ports = [urlsplit(url).port for url in (scene.world.oauth_url, scene.portal.url, scene.other.url)]
    return {port for port in ports if port}


def _dump(house: House) -> dict[str, list[tuple[Any, ...]]]:
    with house.services.sessions() as session:
        return {
            t.name: sorted(map(tuple, session.execute(select(t)).all()), key=repr)
            for t in Base.metadata.sorted_tables
        }


def _post(scene: Scene, path: str, query: dict[str, str], fields: dict[str, str]) -> TestResponse:
    return scene.browser.post(path, query_string=query, data=fields)


def _frame_parts(frame: Frame) -> tuple[dict[str, str], dict[str, str]]:
    return dict(parse_qsl(urlsplit(frame.url).query)), dict(frame.fields)


def _frame_mutations(scene: Scene) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """(what was changed, query, form), each from a good frame of an administrator."""
    query, fields = _frame_parts(scene.portal.frame("http://app/", 1))
    foreign_client = scene.world.oauth.issue(scene.portal, 1, client_id="local.of.somebody.else").access_token
    dead = scene.world.oauth.issue(scene.portal, 1)
    dead.dead = True
    expired = scene.world.oauth.issue(scene.portal, 1)
    expired.expires -= 7200
    changed: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("no form at all", query, {}),
        ("token of another application", query, fields | {"AUTH_ID": foreign_client}),
        ("token that was replaced", query, fields | {"AUTH_ID": dead.access_token}),
        ("token that is over", query, fields | {"AUTH_ID": expired.access_token}),
        ("refresh token as access token", query, fields | {"AUTH_ID": fields["REFRESH_ID"]}),
        ("other member_id", query, fields | {"member_id": scene.other.member_id}),
        ("unknown member_id", query, fields | {"member_id": "f" * 32}),
        ("other portal's domain", query | {"DOMAIN": scene.other.domain}, fields),
        ("member_id with a zero byte", query, fields | {"member_id": scene.portal.member_id + "\x00"}),
        ("options that are no JSON", query, fields | {"PLACEMENT_OPTIONS": "{"}),
        ("options that are a number", query, fields | {"PLACEMENT_OPTIONS": "7"}),
        ("options that never end", query, fields | {"PLACEMENT_OPTIONS": "[" * 50_000}),
        ("placement that is too long", query, fields | {"PLACEMENT": "P" * 101}),
        ("refresh token with a zero byte", query, fields | {"REFRESH_ID": "a\x00b"}),
        ("application token that is too long", query, fields | {"APPLICATION_TOKEN": "a" * 70_000}),
    ]
    changed += [(f"token {t[:20]!r}", query, fields | {"AUTH_ID": t}) for t in WRONG_TOKENS]
    changed += [(f"server {h}", query, fields | {"SERVER_ENDPOINT": f"https://{h}/rest/"}) for h in PRIVATE]
    changed += [
        (f"plain server {h}", query, fields | {"SERVER_ENDPOINT": f"http://{h}/rest/"}) for h in PRIVATE
    ]
    changed += [(f"domain {h}", query | {"DOMAIN": h}, fields) for h in PRIVATE]
    return changed


@pytest.mark.parametrize("path", ["/bitrix/install", "/bitrix/app", "/bitrix/workplace", "/bitrix/connector"])
def test_no_changed_frame_is_accepted(scene: Scene, path: str) -> None:
    mutations = _frame_mutations(scene)
    assert len(mutations) >= 50
    before = _dump(scene.house)
    for what, query, fields in mutations:
        scene.connected.clear()
        answer = _post(scene, path, query, fields)
        assert answer.status_code in {400, 401, 403}, (what, answer.status_code)
        assert 'name="session"' not in answer.text, what
        assert "<h1>" in answer.text, what
        assert scene.connected <= _allowed(scene), what
        assert _dump(scene.house) == before, what


def test_the_unchanged_frames_are_accepted(scene: Scene) -> None:
    """Or the test above would prove nothing."""
    for path in ("/bitrix/install", "/bitrix/app", "/bitrix/workplace", "/bitrix/connector"):
        query, fields = _frame_parts(scene.portal.frame("http://app/", 1))
        answer = _post(scene, path, query, fields)
        assert (answer.status_code, 'name="session"' in answer.text) == (200, True), path


def _event_fields(scene: Scene, event: str) -> dict[str, str]:
    assert scene.portal.installation is not None
    return {
        "event": event, "event_handler_id": "5", "data[FIELDS][ID]": "17", "ts": "1772442000",
        "auth[member_id]": scene.portal.member_id, "auth[domain]": scene.portal.domain,
        "auth[server_endpoint]": scene.portal.server_endpoint,
        "auth[application_token]": scene.portal.installation.application_token,
    }  # fmt: skip


def _event_mutations(scene: Scene, fields: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    assert scene.other.installation is not None
    token, member = "auth[application_token]", "auth[member_id]"
    without = [{k: v for k, v in fields.items() if k != gone} for gone in (token, member)]
    return [
        *[(f"token {t[:20]!r}", fields | {token: t}) for t in WRONG_TOKENS],
        ("token of another portal", fields | {token: scene.other.installation.application_token}),
        ("token in capitals", fields | {token: fields[token].upper() + "A"}),
        ("other portal", fields | {member: scene.other.member_id}),
        ("unknown portal", fields | {member: "0" * 32}),
        ("portal with a blank", fields | {member: fields[member] + " "}),
        *[("a field is missing", changed) for changed in without],
    ]


@pytest.mark.parametrize("event", ["ONCRMLEADUPDATE", "ONAPPUNINSTALL", "ONIMCONNECTORMESSAGEADD"])
def test_no_changed_event_is_accepted(scene: Scene, event: str) -> None:
    fields = _event_fields(scene, event)
    before = _dump(scene.house)
    addresses = [f"/bitrix/events/{scene.event_key}"] + (
        ["/bitrix/events"] if event == "ONAPPUNINSTALL" else []
    )
    for path in addresses:
        for what, changed in _event_mutations(scene, fields):
            scene.connected.clear()
            answer = scene.browser.post(path, data=changed)
            assert answer.status_code in {400, 401, 403}, (what, answer.status_code)
            assert scene.connected == set(), what
            assert _dump(scene.house) == before, what


def test_unknown_addresses_of_events_are_404(scene: Scene) -> None:
    fields = _event_fields(scene, "ONCRMLEADUPDATE")
    before = _dump(scene.house)
    for key in ("x", scene.event_key[:-1], scene.event_key + "A", scene.event_key.swapcase(), "%00", "ключ"):
        assert scene.browser.post(f"/bitrix/events/{key}", data=fields).status_code == 404
    assert _dump(scene.house) == before


@pytest.mark.parametrize("event", ["ONAPPINSTALL", "ONAPPUPDATE"])
def test_no_changed_life_event_is_accepted(scene: Scene, event: str) -> None:
    good = _event_fields(scene, event) | _tokens(scene, scene.portal, 1) | {"data[LANGUAGE_ID]": "ru"}
    foreign = scene.world.oauth.issue(scene.portal, 1, client_id="local.of.somebody.else").access_token
    before = _dump(scene.house)
    mutations = [
        *[(f"token {t[:20]!r}", good | {"auth[access_token]": t}) for t in WRONG_TOKENS],
        *[(f"server {h}", good | {"auth[server_endpoint]": f"https://{h}/rest/"}) for h in PRIVATE],
        *[(f"domain {h}", good | {"auth[domain]": h}) for h in PRIVATE],
        ("another application", good | {"auth[access_token]": foreign}),
        ("an employee's token", good | _tokens(scene, scene.portal, 7) | {"auth[application_token]": "mine"}),
        ("another portal's token", good | _tokens(scene, scene.other, 1)),
        ("another portal's member_id", good | {"auth[member_id]": scene.other.member_id}),
        ("no tokens", _event_fields(scene, event)),
    ]
    for what, fields in mutations:
        scene.connected.clear()
        answer = scene.browser.post("/bitrix/events", data=fields)
        assert answer.status_code in {400, 401, 403}, (what, answer.status_code)
        assert scene.connected <= _allowed(scene), what
        assert _dump(scene.house) == before, what
    assert scene.browser.post("/bitrix/events", data=good).status_code == 200


def _tokens(scene: Scene, portal: Portal, user_id: int) -> dict[str, str]:
    grant = scene.world.oauth.issue(portal, user_id)
    return {"auth[access_token]": grant.access_token, "auth[refresh_token]": grant.refresh_token or ""}


def test_an_employee_cannot_replace_the_application_token(scene: Scene) -> None:
    query, fields = _frame_parts(scene.portal.frame("http://app/", 7))
    before = support.installation(scene.house.services, 1).application_token
    for path in ("/bitrix/install", "/bitrix/app"):
        assert _post(scene, path, query, fields | {"APPLICATION_TOKEN": "mine"}).status_code == 200
    assert support.installation(scene.house.services, 1).application_token == before
    assert len(support.chains(scene.house.services, 1)) == 1


def test_a_good_event_is_stored_once_and_without_tokens(scene: Scene) -> None:
    fields = _event_fields(scene, "ONCRMLEADUPDATE") | {"auth[access_token]": "canary-token"}
    for _ in range(3):
        assert scene.browser.post(f"/bitrix/events/{scene.event_key}", data=fields).status_code == 200
    rows = _dump(scene.house)["inbox"]
    assert len(rows) == 1
    assert b"canary-token" not in repr(rows).encode()
    assert fields["auth[application_token]"] not in repr(rows)
    assert "data%5BFIELDS%5D%5BID%5D=17" in repr(rows)


FORM = "application/x-www-form-urlencoded"
BAD_BODIES: list[tuple[str, dict[str, Any]]] = [
    ("json", {"json": {"event": "ONCRMLEADADD"}}),
    ("broken json", {"data": b"{", "content_type": "application/json"}),
    ("nothing", {}),
    ("binary", {"data": bytes(range(256)) * 10, "content_type": "application/octet-stream"}),
    ("binary as a form", {"data": bytes(range(256)) * 10, "content_type": FORM}),
    ("many fields", {"data": {f"f{n}": "" for n in range(5000)}}),
    ("half a percent", {"data": b"event=%F", "content_type": FORM}),
    ("surrogates", {"data": b"event=%ED%A0%80&auth[member_id]=%ED%A0%80", "content_type": FORM}),
    ("multipart", {"data": b"--x\r\n", "content_type": "multipart/form-data; boundary=x"}),
]  # fmt: skip


FRAMES = ("/bitrix/install", "/bitrix/app", "/bitrix/workplace", "/bitrix/connector")
SECRET = ("/bitrix/events/nokey", "/bitrix/robots/nokey", "/webhook/nokey")


def test_who_proves_nothing_is_refused_whatever_the_body(scene: Scene) -> None:
    before = _dump(scene.house)
    for what, body in BAD_BODIES:
        for path in (*FRAMES, "/bitrix/events"):
            assert scene.browser.post(path, **body).status_code in {401, 403}, (what, path)
        for path in SECRET:
            assert scene.browser.post(path, **body).status_code == 404, (what, path)
    assert _dump(scene.house) == before


@pytest.mark.parametrize(
    "event", ["", "ONCRMLEADADD", "ONAPPINSTALL", "ONAPPUNINSTALL", "ONAPPPAYMENT", "a\x00b"]
)
def test_an_event_without_proof_is_refused_before_its_name_is_judged(scene: Scene, event: str) -> None:
    before = _dump(scene.house)
    for member in ("", "f" * 32, "a\x00b", "m" * 5000):
        fields = {"event": event, "auth[member_id]": member, "auth[access_token]": "a\x00b"}
        assert scene.browser.post("/bitrix/events", data=fields).status_code in {401, 403}, member
        for path in SECRET:
            assert scene.browser.post(path, data=fields).status_code == 404, (path, member)
    assert _dump(scene.house) == before


def test_a_frame_with_a_wrong_token_is_unauthorized(scene: Scene) -> None:
    query, fields = _frame_parts(scene.portal.frame("http://app/", 1))
    for token in WRONG_TOKENS:
        for path in FRAMES:
            assert _post(scene, path, query, fields | {"AUTH_ID": token}).status_code in {401, 403}, token


@pytest.mark.parametrize(
    "path", ["/bitrix/install", "/bitrix/app", "/bitrix/events", "/bitrix/events/KEY", "/connect"]
)
@pytest.mark.parametrize(("what", "body"), BAD_BODIES)
def test_bad_bodies_are_refused_in_words(scene: Scene, path: str, what: str, body: dict[str, Any]) -> None:
    before = _dump(scene.house)
    answer = scene.browser.post(path.replace("KEY", scene.event_key), **body)
    assert 400 <= answer.status_code < 500, what
    assert len(answer.text.strip()) > 10
    assert _dump(scene.house) == before


@pytest.mark.parametrize(
    "path", ["/bitrix/install", "/bitrix/workplace", "/bitrix/events", "/bitrix/events/KEY", "/connect"]
)
def test_two_megabytes_are_413(scene: Scene, path: str) -> None:
    before = _dump(scene.house)
    answer = scene.browser.post(path.replace("KEY", scene.event_key), data={"event": "x" * 2_000_000})
    assert answer.status_code == 413
    assert len(answer.text.strip()) > 10
    assert _dump(scene.house) == before


def test_unknown_events_are_refused_in_words(scene: Scene) -> None:
    before = _dump(scene.house)
    for event in ("", "ONWHATEVER", "ONAPPTEST", "ONAPPINSTALL", "oncrmleadadd\x00"):
        fields = _event_fields(scene, event)
        assert scene.browser.post(f"/bitrix/events/{scene.event_key}", data=fields).status_code == 400
    for event in ("", "ONCRMLEADADD", "ONWHATEVER"):
        assert scene.browser.post("/bitrix/events", data=_event_fields(scene, event)).status_code == 400
    assert _dump(scene.house) == before
