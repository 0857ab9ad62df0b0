"""The portal's pages over HTTP: Market, installation, Contact Center, people."""

import re
from collections.abc import Iterator

import pytest
import requests

from sandbox.bitrix.lines.model import Connector
from sandbox.bitrix.portal import Portal
from sandbox.bitrix.records import Placement
from sandbox.core.http import session as loopback_session
from sandbox.world import World
from tests.sandbox.portal_pages import become, install, read, scriptless

HANDLER = "http://127.0.0.1:9/tab"


@pytest.fixture
def world() -> Iterator[World]:
    with World(app_url="http://127.0.0.1:9") as made:
        yield made


@pytest.fixture
def portal(world: World) -> Portal:
    return world.portals[0]


@pytest.fixture
def browser_like() -> Iterator[requests.Session]:
    with scriptless() as made:
        yield made


def test_install_opens_the_installer_until_it_is_finished(
    browser_like: requests.Session, portal: Portal, world: World
) -> None:
    answer = browser_like.post(f"{portal.url}/marketplace/install/", timeout=10)
    assert world.card.install_url in answer.text
    assert '"install": true' in answer.text
    portal.finish_install(send_event=False)
    page = read(browser_like, f"{portal.url}/marketplace/app/")
    assert world.card.app_url in page
    assert '"install": false' in page


def test_only_an_administrator_installs_and_removes(browser_like: requests.Session, portal: Portal) -> None:
    become(browser_like, portal, 7)
    answer = browser_like.post(f"{portal.url}/marketplace/install/", timeout=10)
    assert answer.status_code == 403
    assert portal.installation is None


def test_an_employee_sees_an_error_until_the_installation_is_finished(
    browser_like: requests.Session, portal: Portal
) -> None:
    portal.begin_installation()
    become(browser_like, portal, 7)
    assert "ещё не завершена" in read(browser_like, f"{portal.url}/marketplace/app/", 403)


def test_a_frame_is_closed_to_who_does_not_know_its_sid(
    browser_like: requests.Session, portal: Portal
) -> None:
    install(portal)
    for action in ("refresh", "install-finish", "first-run"):
        answer = browser_like.post(f"{portal.url}/_frame/{'0' * 32}/{action}", json={}, timeout=10)
        assert answer.status_code == 404


def test_only_an_installer_frame_finishes_the_installation(
    browser_like: requests.Session, portal: Portal
) -> None:
    install(portal)
    page = read(browser_like, f"{portal.url}/marketplace/app/")
    sid = re.search(r'"sid": "(\w+)"', page)
    assert sid is not None
    answer = browser_like.post(f"{portal.url}/_frame/{sid[1]}/install-finish", json={}, timeout=10)
    assert answer.status_code == 404


def test_uninstall_with_the_tick_erases_the_options(browser_like: requests.Session, portal: Portal) -> None:
    install(portal)
    portal.options["colour"] = "blue"
    browser_like.post(f"{portal.url}/marketplace/uninstall/", timeout=10)
    assert portal.installation is None
    assert portal.options == {"colour": "blue"}
    install(portal)
    browser_like.post(f"{portal.url}/marketplace/uninstall/", data={"clean": "1"}, timeout=10)
    assert portal.options == {}


def test_an_update_shows_the_installer_again(
    browser_like: requests.Session, portal: Portal, world: World
) -> None:
    install(portal)
    answer = browser_like.post(f"{portal.url}/marketplace/update/", timeout=10)
    assert world.card.install_url in answer.text
    assert portal.installation is not None
    assert portal.installation.version == world.card.version + 1


def test_the_contact_center_shows_connectors_and_tiles(
    browser_like: requests.Session, portal: Portal
) -> None:
    install(portal)
    portal.connectors["uis_omni"] = Connector(id="uis_omni", name="OMNI", handler=HANDLER, lines={1: True})
    portal.placements.append(Placement(code="CONTACT_CENTER", handler=HANDLER, title="Плитка UIS"))
    page = read(browser_like, f"{portal.url}/contact_center/")
    assert "OMNI" in page
    assert "подключён" in page
    assert "Плитка UIS" in page
    settings = read(browser_like, f"{portal.url}/contact_center/connector/?ID=uis_omni&LINE=1")
    assert '"placement": "SETTING_CONNECTOR"' in settings
    assert '"CONNECTOR": "uis_omni"' in settings
    assert '"ACTIVE_STATUS": true' in settings
    tile = read(browser_like, f"{portal.url}/contact_center/tile/0/")
    assert '"placement": "CONTACT_CENTER"' in tile


def test_a_link_to_the_application_carries_its_parameters(
    browser_like: requests.Session, portal: Portal, world: World
) -> None:
    install(portal)
    page = read(browser_like, f"{portal.url}/marketplace/view/{world.card.code}/?params[chat]=5&params[x]=y")
    assert '"chat": "5"' in page
    assert '"x": "y"' in page
    read(browser_like, f"{portal.url}/marketplace/view/another.app/", 404)


def test_rest_lets_browsers_of_every_origin_in(browser_like: requests.Session, portal: Portal) -> None:
    answer = browser_like.options(f"{portal.url}/rest/user.current", timeout=10)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "content-type" in answer.headers["Access-Control-Allow-Headers"]


def test_switching_the_user_never_leads_away_from_the_portal(
    browser_like: requests.Session, portal: Portal
) -> None:
    for back in ("https://example.com/", "//example.com/", "/\\example.com"):
        answer = browser_like.post(
            f"{portal.url}/_user", data={"user_id": 7, "back": back}, allow_redirects=False, timeout=10
        )
        assert answer.headers["Location"] == "/"


def test_the_language_of_the_portal_reaches_the_frames(
    browser_like: requests.Session, portal: Portal
) -> None:
    install(portal)
    browser_like.post(f"{portal.url}/_language", data={"language": "en"}, timeout=10)
    assert "LANG=en" in read(browser_like, f"{portal.url}/marketplace/app/")


def test_the_bell_shows_only_the_notifications_of_the_user(
    browser_like: requests.Session, portal: Portal
) -> None:
    install(portal)
    token = portal.world.oauth.issue(portal, 1).access_token
    loopback_session().post(
        f"{portal.url}/rest/im.notify.personal.add",
        json={"auth": token, "USER_ID": 7, "MESSAGE": "Новый лид"},
        timeout=10,
    )
    assert "Новый лид" not in read(browser_like, f"{portal.url}/notifications/")
    become(browser_like, portal, 7)
    assert "Новый лид" in read(browser_like, f"{portal.url}/notifications/")


@pytest.mark.parametrize(
    "path",
    ["/crm/lead/details/999/", "/crm/type/128/list/", "/company/personal/user/99/", "/marketplace/detail/x/"],
)
def test_what_is_not_there_is_said_in_words(
    browser_like: requests.Session, portal: Portal, path: str
) -> None:
    assert 'role="alert"' in read(browser_like, portal.url + path, 404)
