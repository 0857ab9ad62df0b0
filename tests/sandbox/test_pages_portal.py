"""The portal's pages over HTTP: Market, installation, cards, Contact Center, authorization."""

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox.bitrix.portal import Portal
from sandbox.bitrix.records import Connector, Placement
from sandbox.core.http import session as loopback_session
from sandbox.world import World

HANDLER = "http://127.0.0.1:9/tab"
LAYOUT: dict[str, Any] = {
    "icon": {"code": "chat"},
    "header": {"title": {"ru": "Чат с сайта", "en": "Site chat"}},
    "body": {
        "logo": {"code": "comment"},
        "blocks": {
            "client": {
                "type": "withTitle",
                "properties": {
                    "title": "Клиент",
                    "block": {"type": "text", "properties": {"value": "<b>Гость</b>"}},
                },
            },
            "link": {
                "type": "link",
                "properties": {
                    "text": "Контакт",
                    "action": {"type": "redirect", "uri": "/crm/contact/details/1/"},
                },
            },
        },
    },
    "footer": {
        "buttons": {
            "open": {
                "title": "Открыть чат",
                "type": "primary",
                "action": {"type": "openRestApp", "actionParams": {"chat": 5}},
            },
            "done": {
                "title": "Готово",
                "type": "secondary",
                "action": {"type": "restEvent", "id": "done", "actionParams": {"n": 1}},
            },
        }
    },
}


@pytest.fixture
def world() -> Iterator[World]:
    with World(app_url="http://127.0.0.1:9") as made:
        yield made


@pytest.fixture
def portal(world: World) -> Portal:
    return world.portals[0]


@pytest.fixture
def browser_like() -> Iterator[requests.Session]:
    """Cookies and redirects as a browser has them, without scripts."""
    with requests.Session() as made:
        made.trust_env = False
        yield made


def install(portal: Portal) -> None:
    portal.begin_installation()
    portal.finish_install(send_event=False)


def read(http: requests.Session, url: str, status: int = 200) -> str:
    answer = http.get(url, timeout=10)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def become(http: requests.Session, portal: Portal, user_id: int) -> None:
    answer = http.post(f"{portal.url}/_user", data={"user_id": user_id, "back": "/marketplace/"}, timeout=10)
    assert answer.status_code == 200


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


def test_a_card_shows_fields_activity_and_transcript_without_their_html(
    browser_like: requests.Session, portal: Portal
) -> None:
    fm = [{"typeId": "PHONE", "valueType": "WORK", "value": "+79990001122"}]
    lead = portal.crm.add(1, {"title": "<i>Лид</i>", "utmSource": "yandex", "fm": fm}, 7)
    add_activity(portal, (1, lead.id))
    portal.crm.timeline.comment((1, lead.id), "[b]Переписка[/b]\n<script>alert(1)</script>", 7)
    page = browser_like.get(f"{portal.url}/crm/lead/details/{lead.id}/", timeout=10).text
    assert "&lt;i&gt;Лид&lt;/i&gt;" in page
    assert "<b>Переписка</b>" in page
    assert "<script>alert" not in page
    assert "&lt;b&gt;Гость&lt;/b&gt;" in page
    for shown in ("+79990001122", "yandex", "Иван Петров", "Чат с сайта", "Открыть чат"):
        assert shown in page


def test_a_button_with_an_event_tells_the_application(
    browser_like: requests.Session, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, Any, int | None]] = []
    monkeypatch.setattr(portal.events, "emit", lambda *given: told.append(given))
    lead = portal.crm.add(1, {"title": "Лид"}, 7)
    activity = add_activity(portal, (1, lead.id))
    told.clear()
    url = f"{portal.url}/crm/activity/{activity}/press/"
    browser_like.post(url, data={"id": "done", "params": '{"n": 1}'}, timeout=10)
    data = {
        "n": 1,
        "id": "done",
        "entityTypeId": 1,
        "entityId": lead.id,
        "activityId": activity,
        "userId": 1,
    }
    assert told == [("ONCRMTIMELINEITEMACTION", data, 1)]
    refused = browser_like.post(url, data={"id": "done", "params": '{"n": 2}'}, timeout=10)
    assert refused.status_code == 404
    assert len(told) == 1


def add_activity(portal: Portal, owner: tuple[int, int]) -> int:
    """A configurable activity, made by the portal's REST with a token of the application."""
    if portal.installation is None:
        install(portal)
    token = portal.world.oauth.issue(portal, 7).access_token
    answer = loopback_session().post(
        f"{portal.url}/rest/crm.activity.configurable.add",
        json={
            "auth": token,
            "ownerTypeId": owner[0],
            "ownerId": owner[1],
            "fields": {"responsibleId": 7},
            "layout": LAYOUT,
        },
        timeout=10,
    )
    return int(answer.json()["result"]["activity"]["id"])


def test_tabs_appear_after_the_installation_is_finished(
    browser_like: requests.Session, portal: Portal
) -> None:
    portal.begin_installation()
    portal.placements.append(
        Placement(
            code="CRM_DEAL_DETAIL_TAB", handler=HANDLER, title="Chat", languages={"ru": {"TITLE": "Чаты UIS"}}
        )
    )
    deal = portal.crm.add(2, {"title": "Сделка"}, 1)
    address = f"{portal.url}/crm/deal/details/{deal.id}/"
    assert "Чаты UIS" not in read(browser_like, address)
    portal.finish_install(send_event=False)
    page = read(browser_like, address)
    assert "Чаты UIS" in page
    assert f'"placement_options": {{"ID": "{deal.id}", "URI": "/crm/deal/details/{deal.id}/"}}' in page


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
