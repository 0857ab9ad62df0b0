"""The portal's authorization page."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.sandbox.portal_pages import become, install, read, scriptless


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


def test_who_is_signed_in_is_authorized_at_once(
    browser_like: requests.Session, portal: Portal, world: World
) -> None:
    install(portal)
    become(browser_like, portal, 7)
    address = f"{portal.url}/oauth/authorize/?client_id={world.card.client_id}&state=s%20t"
    answer = browser_like.get(address, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    target = urlsplit(answer.headers["Location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == world.card.app_url
    given = parse_qs(target.query)
    assert given["state"] == ["s t"]
    assert given["member_id"] == [portal.member_id]
    assert set(given) == {"code", "state", "domain", "member_id", "scope", "server_domain"}


def test_others_choose_who_they_are_first(
    browser_like: requests.Session, portal: Portal, world: World
) -> None:
    install(portal)
    address = f"{portal.url}/oauth/authorize/?client_id={world.card.client_id}&state=s"
    assert "Кто вы?" in read(browser_like, address)
    answer = browser_like.post(address, data={"user_id": "9"}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(world.card.app_url)


def test_a_failed_authorization_stays_on_the_portal(
    browser_like: requests.Session, portal: Portal, world: World
) -> None:
    own = f"{portal.url}/oauth/authorize/?client_id={world.card.client_id}&state=s"
    assert "не установлено" in read(browser_like, own, 403)
    install(portal)
    foreign = f"{portal.url}/oauth/authorize/?client_id=app.foreign&state=s"
    assert "неизвестно" in read(browser_like, foreign, 403)
