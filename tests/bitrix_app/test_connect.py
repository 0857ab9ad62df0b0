"""/connect: what people type, and the way through the authorization page back to us."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Request
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder, TestResponse

from app.base.clock import ManualClock
from app.storage.models import Installation, PendingConnect
from bitrix_app.addresses import Wrong, read_portal
from bitrix_app.doors import connect
from bitrix_app.source import source_of
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.bitrix_app import support
from tests.bitrix_app.app import House, serving

GOOD = [
    "company.bitrix24.ru", " https://company.bitrix24.ru/ ", "http://company.bitrix24.ru", "COMPANY.Bitrix24.RU",
    "company.bitrix24.ru/crm/deal/details/5/?a=b#c", "https://company.bitrix24.ru:443/", "https//company.bitrix24.ru",
    "htps://company.bitrix24.ru", "company.bitrix24.ru.", "«company.bitrix24.ru»", "company,bitrix24.ru",
    "https:/company.bitrix24.ru/", "company.bitrix24.ru?x=1",
]  # fmt: skip

WRONG = [
    ("", "address_empty"),
    ("   ", "address_empty"),
    ("company", "address_short"),
    ("моя компания", "address_unreadable"),
    ("company.bitrx24.ru", "address_typo"),
    ("company.bitriks24.ru", "address_typo"),
    ("company.bitrix.24.ru", "address_typo"),
    ("company.bitirx24.ru", "address_typo"),
    ("company.bitrix24.r", "address_typo"),
    ("company.bitrix24.rus", "address_typo"),
    ("company.bitrix.ru", "address_typo"),
    ("company.btrix24.com", "address_typo"),
    ("company.bitrix24.con", "address_typo"),
    ("bitrix24.ru", "address_not_portal"),
    ("www.bitrix24.ru", "address_not_portal"),
    ("oauth.bitrix.info", "address_not_portal"),
    ("auth.bitrix24.net", "address_not_portal"),
    ("helpdesk.bitrix24.ru", "address_not_portal"),
    ("go.uiscom.ru", "address_foreign"),
    ("app.comagic.ru", "address_foreign"),
    ("google.com", "address_foreign"),
    ("company.amocrm.ru", "address_foreign"),
    ("ftp://company.bitrix24.ru", "address_unreadable"),
    ("user@company.bitrix24.ru", "address_unreadable"),
    ("javascript:alert(1)", "address_unreadable"),
    ("127.0.0.1", "address_inside"),
    ("10.0.0.1", "address_inside"),
    ("[::1]", "address_inside"),
    ("localhost:8000", "address_inside"),
    ("portal.corp.local", "address_inside"),
    ("crm.company.ru:8443", "address_inside"),
    ("company..bitrix24.ru", "address_unreadable"),
    ("-.ru", "address_inside"),
    ("<script>alert(1)</script>", "address_unreadable"),
]


@pytest.mark.parametrize("typed", GOOD)
def test_what_people_mean_is_understood(typed: str) -> None:
    assert read_portal(typed, "ru", sandbox=False) == "https://company.bitrix24.ru"


@pytest.mark.parametrize(
    "typed", ["crm.company.ru", "https://portal.company.com/", "bitrix.mycompany.ru", "b24.company.kz"]
)
def test_self_hosted_portals_are_let_through(typed: str) -> None:
    host = typed.removeprefix("https://").rstrip("/")
    assert read_portal(typed, "ru", sandbox=False) == f"https://{host}"


@pytest.mark.parametrize(("typed", "code"), WRONG)
def test_wrong_addresses_are_explained(typed: str, code: str) -> None:
    found = read_portal(typed, "ru", sandbox=False)
    assert isinstance(found, Wrong)
    assert found.code == code


def test_a_typing_error_is_answered_with_what_was_meant() -> None:
    for typed in ("company.bitrx24.ru", "company.bitrix.24.ru", "company", "company.bitrix24.rus"):
        found = read_portal(typed, "ru", sandbox=False)
        assert isinstance(found, Wrong)
        assert found.params == {"suggestion": "company.bitrix24.ru"}


START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Running = tuple[World, Portal, House, ManualClock]


@pytest.fixture
def running(sqlite_url: str, tmp_path: Path) -> Iterator[Running]:
    clock = ManualClock(START)
    with World() as world, serving(world, sqlite_url, tmp_path, clock) as house:
        support.generous(world.portals[0])
        yield world, world.portals[0], house, clock


def _fill(browser: FlaskClient, portal: Portal, name: str = "Отдел продаж") -> TestResponse:
    return browser.post("/connect?lang=ru", data={"name": name, "address": portal.url})


def _count(house: House, model: type[Installation] | type[PendingConnect]) -> int:
    with house.services.sessions() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def _state(answer: TestResponse) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]


def _return(browser: FlaskClient, address: str) -> TestResponse:
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}")


def _installed(portal: Portal) -> None:
    assert portal.open_installer().status_code == 200
    portal.finish_install(send_event=False)


@pytest.mark.parametrize(
    ("lang", "words"), [("ru", "Адрес портала"), ("en", "Address of the Bitrix24 portal")]
)
def test_the_form_speaks_both_languages_and_runs_no_scripts(running: Running, lang: str, words: str) -> None:
    _, _, house, _ = running
    answer = house.flask.test_client().get("/connect", headers={"Accept-Language": lang})
    assert answer.status_code == 200
    assert words in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "Set-Cookie" not in answer.headers


def test_errors_stand_at_their_fields_and_keep_what_was_typed(running: Running) -> None:
    _, _, house, _ = running
    answer = house.flask.test_client().post("/connect", data={"name": "", "address": '"><script>x'})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    assert "<script>" not in answer.text
    assert _count(house, PendingConnect) == 0


def test_an_unknown_portal_is_sent_to_the_market_and_joined_when_it_installs(running: Running) -> None:
    _, portal, house, _ = running
    answer = _fill(house.flask.test_client(), portal)
    assert f"{portal.url}/market/detail/uis.omni/" in answer.text
    _installed(portal)
    assert _count(house, Installation) == 1
    assert support.installation(house.services, 1).name == "Отдел продаж"
    _installed(portal)
    assert _count(house, Installation) == 1


@pytest.mark.parametrize("callback", ["/bitrix/app", "/bitrix/oauth/callback"])
def test_a_known_portal_authorizes_and_comes_back(running: Running, callback: str) -> None:
    world, portal, house, _ = running
    _installed(portal)
    browser = house.flask.test_client()
    answer = _fill(browser, portal)
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert answer.headers["Location"].startswith(
        f"{portal.url}/oauth/authorize/?client_id=local.sandbox.omni"
    )
    address = portal.authorize(world.card.client_id, _state(answer)).replace("/bitrix/app", callback)
    done = _return(browser, address)
    assert done.status_code == 200
    assert "подключён" in done.text
    assert world.oauth.exchanges == 1
    assert support.installation(house.services, 1).name == "Отдел продаж"
    assert _count(house, Installation) == 1
    assert support.client(house.services, 1).call("profile")["result"]


def test_a_state_counts_once_in_its_own_browser_and_for_a_day(running: Running) -> None:
    world, portal, house, clock = running
    _installed(portal)
    browser, stranger = house.flask.test_client(), house.flask.test_client()
    state = _state(_fill(browser, portal))
    _fill(stranger, portal)
    for asked, given in ((stranger, state), (browser, "x"), (browser, "")):
        assert _return(asked, portal.authorize(world.card.client_id, given)).status_code == 403
    assert world.oauth.exchanges == 0
    assert _return(browser, portal.authorize(world.card.client_id, state)).status_code == 200
    assert _return(browser, portal.authorize(world.card.client_id, state)).status_code == 403
    late = _state(_fill(browser, portal))
    clock.advance(86_401)
    assert _return(browser, portal.authorize(world.card.client_id, late)).status_code == 403
    assert world.oauth.exchanges == 1


def test_another_portal_an_employee_and_a_foreign_server_are_refused(running: Running) -> None:
    world, portal, house, _ = running
    other = world.add_portal("Другой")
    support.generous(other)
    for each in (portal, other):
        _installed(each)
    browser = house.flask.test_client()
    before = [
        row.name for row in (support.installation(house.services, 1), support.installation(house.services, 2))
    ]
    client_id = world.card.client_id
    cases = [
        other.authorize(client_id, _state(_fill(browser, portal))),
        portal.authorize(client_id, _state(_fill(browser, portal)), user_id=7),
        re.sub(
            "server_domain=.*",
            "server_domain=evil.example.com",
            portal.authorize(client_id, _state(_fill(browser, portal))),
        ),
        portal.authorize(client_id, _state(_fill(browser, portal))).replace("code=", "code=wrong"),
    ]
    for address in cases:
        assert _return(browser, address).status_code == 403, address
    assert [support.installation(house.services, number).name for number in (1, 2)] == before


def test_a_late_code_is_explained(running: Running) -> None:
    world, portal, house, _ = running
    _installed(portal)
    browser = house.flask.test_client()
    address = portal.authorize(world.card.client_id, _state(_fill(browser, portal)))
    world.clock.advance(31)
    answer = _return(browser, address)
    assert answer.status_code == 403
    assert "/connect" in answer.text


def test_the_address_that_was_meant_is_one_click_away(running: Running) -> None:
    _, _, house, _ = running
    browser = house.flask.test_client()
    refused = browser.post("/connect?lang=ru", data={"name": "Продажи", "address": "company.bitrx24.ru"})
    assert 'name="meant" value="company.bitrix24.ru"' in refused.text
    sent = {"name": "Продажи", "address": "company.bitrx24.ru", "meant": "company.bitrix24.ru"}
    taken = browser.post("/connect?lang=ru", data=sent)
    assert taken.status_code == 200
    assert "https://company.bitrix24.ru/market/detail/" in taken.text


def test_one_address_cannot_ask_without_end_and_others_are_not_held_up(running: Running) -> None:
    _, portal, house, clock = running
    _installed(portal)
    browser = house.flask.test_client()
    for number in range(connect.LIMIT):
        assert _fill(browser, portal, f"Подключение {number}").status_code == 303
    answer = _fill(browser, portal, "Ещё одно")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert "10 минут" in answer.text and 'value="Ещё одно"' in answer.text
    assert _count(house, PendingConnect) == connect.LIMIT
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
    other = browser.post("/connect", data={"name": "x", "address": portal.url}, environ_base=elsewhere)
    assert other.status_code == 303
    clock.advance(601)
    assert _fill(browser, portal).status_code == 303


@pytest.mark.parametrize(
    ("peer", "said", "expected"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # a stranger says who they are
        ("10.0.0.2", "198.51.100.1", "198.51.100.1"),  # our proxy says it
        ("127.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # what was before it, the client wrote
        ("10.0.0.2", "", "10.0.0.2"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        ("", "", ""),
    ],
)
def test_where_a_request_comes_from_its_sender_cannot_choose(peer: str, said: str, expected: str) -> None:
    headers = [("X-Forwarded-For", said)] if said else []
    request = Request(EnvironBuilder(headers=headers, environ_base={"REMOTE_ADDR": peer}).get_environ())
    assert source_of(request) == expected
