"""The shell of the pages in the frame, the built files, and what a look at the card's addresses gets."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.clock import SystemClock
from app.base.sessions import PageSessions
from app.storage.models import Installation
from bitrix_app import runtime
from bitrix_app.shell import Shell
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.bitrix_app import support
from tests.bitrix_app.app import House, serving

Running = tuple[World, Portal, House]


@pytest.fixture
def running(sqlite_url: str, tmp_path: Path) -> Iterator[Running]:
    with World() as world, serving(world, sqlite_url, tmp_path) as house:
        portal = world.portals[0]
        support.generous(portal)
        portal.open_installer()
        portal.finish_install(send_event=False)
        yield world, portal, house


def _meta(html: str) -> dict[str, str]:
    return dict(re.findall(r'<meta name="([a-z]+)" content="([^"]*)">', html))


@pytest.mark.parametrize(("user_id", "admin"), [(1, "1"), (7, "0")])
def test_the_page_carries_a_session_of_its_user(running: Running, user_id: int, admin: str) -> None:
    _, portal, house = running
    answer = portal.open_app(user_id)
    meta = _meta(answer.text)
    assert (meta["page"], meta["portal"], meta["admin"]) == ("app", portal.url, admin)
    assert '<html lang="ru">' in answer.text
    session = PageSessions(house.services.config.secret_keys, SystemClock()).read(meta["session"])
    assert (session.user_id, session.admin, session.installation_id) == (user_id, admin == "1", 1)
    assert "Set-Cookie" not in answer.headers


def test_headers_of_the_page_let_the_verified_portal_frame_it_and_nothing_else(running: Running) -> None:
    _, portal, _ = running
    answer = portal.open_app()
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f"frame-ancestors {portal.url};" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Frame-Options" not in answer.headers
    scripts = re.findall(r"<script[^>]*>", answer.text)
    assert scripts == [f'<script type="module" src="/assets/main-1.js" nonce="{nonce[1]}">']
    assert '<link rel="stylesheet" href="/assets/part-1.css">' in answer.text
    assert f'<link rel="modulepreload" href="/assets/part-1.js" nonce="{nonce[1]}">' in answer.text
    assert "<noscript>" in answer.text
    assert portal.open_app().headers["Content-Security-Policy"] != policy


def test_the_connectors_settings_open_in_the_frame(running: Running) -> None:
    _, portal, _ = running
    answer = portal.open_placement("SETTING_CONNECTOR", {"CONNECTOR": "uis_omni", "LINE": "1"})
    assert _meta(answer.text)["page"] == "connector"


def test_pages_that_are_not_built_are_missed_in_words(running: Running, tmp_path: Path) -> None:
    _, portal, house = running
    house.flask.extensions[runtime.SHELL] = Shell(tmp_path / "nothing")
    answer = portal.open_app()
    assert answer.status_code == 503
    assert "не собраны" in answer.text


def test_the_portals_language_decides(running: Running) -> None:
    _, portal, _ = running
    portal.language = "de"
    assert '<html lang="en">' in portal.open_app().text


def test_an_employee_of_a_portal_without_the_application_is_told_whom_to_ask(running: Running) -> None:
    _, portal, house = running
    with house.services.sessions.begin() as session:
        session.delete(session.get_one(Installation, 1))
    answer = portal.open_app(7)
    assert (answer.status_code, "администратор" in answer.text) == (200, True)
    assert portal.open_app(1).status_code == 200
    assert _meta(portal.open_app(7).text)["admin"] == "0"


@pytest.mark.parametrize(
    "address", ["/bitrix/install", "/bitrix/app", "/bitrix/workplace", "/bitrix/connector", "/bitrix/events"]
)
def test_card_addresses_answer_get_and_head(running: Running, address: str) -> None:
    browser = running[2].flask.test_client()
    got, looked = browser.get(address), browser.head(address)
    assert (got.status_code, looked.status_code) == (200, 200)
    assert "Битрикс24" in browser.get(address, headers={"Accept-Language": "ru"}).text
    assert "frame-ancestors 'none'" in got.headers["Content-Security-Policy"]


def test_built_files_never_change_and_travel_small(running: Running) -> None:
    browser = running[2].flask.test_client()
    plain = browser.get("/assets/main-1.js")
    packed = browser.get("/assets/main-1.js", headers={"Accept-Encoding": "br, gzip"})
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.mimetype == "text/javascript"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 5


@pytest.mark.parametrize(
    "name",
    [
        "missing.js",
        ".vite/manifest.json",
        "../database.sqlite",
        "%2e%2e/database.sqlite",
        "..%2fdatabase.sqlite",
        "",
    ],
)
def test_nothing_but_built_files_is_served(running: Running, name: str) -> None:
    assert running[2].flask.test_client().get(f"/assets/{name}").status_code == 404
