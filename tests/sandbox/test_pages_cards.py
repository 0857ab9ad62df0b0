"""Cards of the CRM: fields, activities drawn from their layout, transcripts, tabs of the application."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.bitrix.portal import Portal
from sandbox.bitrix.records import Placement
from sandbox.core.http import session as loopback_session
from sandbox.world import World
from tests.sandbox.portal_pages import install, read, scriptless

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
    with scriptless() as made:
        yield made


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
