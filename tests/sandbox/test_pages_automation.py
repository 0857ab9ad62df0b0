"""Robots and triggers in a card; links of cards and notifications that open the application with their parameters."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Page

from sandbox.world import World
from tests.sandbox.bitrix_portal import Caller, Inbox, add, installed_world
from tests.sandbox.frame_app import FrameApp, opened
from tests.sandbox.portal_pages import read, scriptless

PROPERTIES = {
    "text": {
        "Name": {"ru": "Текст", "en": "Text"},
        "Type": "text",
        "Required": "Y",
        "Default": "{=Document:TITLE}?",
    },
    "channel": {"Name": "Канал", "Type": "select", "Options": {"tg": "Telegram", "wa": "WhatsApp"}},
    "who": {"Name": "Кто", "Type": "user"},
}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as made:
        yield made


@pytest.fixture
def caller(inbox: Inbox) -> Iterator[Caller]:
    with installed_world(app_url=inbox.server.url) as world:
        yield Caller(world.portals[0])


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with scriptless() as made:
        yield made


def register(caller: Caller, inbox: Inbox, code: str = "omni_send", **more: Any) -> None:
    given = {"HANDLER": f"{inbox.server.url}/robot", "NAME": {"ru": "Написать", "en": "Write"}, **more}
    caller.result("bizproc.robot.add", CODE=code, PROPERTIES=PROPERTIES, **given)


def test_a_robot_is_run_from_a_card_and_its_answer_is_shown(
    http: requests.Session, caller: Caller, inbox: Inbox
) -> None:
    register(caller, inbox, RETURN_PROPERTIES={"state": {"Name": "Состояние"}})
    add(caller, 1, title="Диван")
    card = f"{caller.portal.url}/crm/lead/details/1/"
    page = read(http, card)
    assert "<summary>Написать</summary>" in page
    assert ">{=Document:TITLE}?</textarea>" in page
    assert '<option value="wa"' in page
    assert '<option value="user_7"' in page
    form = {"code": "omni_send", "text": "{=Document:TITLE}, здравствуйте", "channel": "wa", "who": ""}
    assert "ждёт приложение" in http.post(f"{card}robot/", data=form, timeout=10).text
    assert caller.portal.events.wait_idle()
    [(_, _, sent)] = inbox.received
    assert (sent["properties[text]"], sent["properties[channel]"]) == ("Диван, здравствуйте", "wa")
    token, values = sent["event_token"], {"state": "отправлено"}
    caller.result("bizproc.event.send", EVENT_TOKEN=token, RETURN_VALUES=values, LOG_MESSAGE="Ушло")
    page = read(http, card)
    assert "выполнен" in page
    assert "Ушло" in page


def test_a_robot_that_cannot_run_says_why(http: requests.Session, caller: Caller, inbox: Inbox) -> None:
    register(caller, inbox)
    add(caller, 1, title="Диван")
    address = f"{caller.portal.url}/crm/lead/details/1/robot/"
    assert http.post(address, data={"code": "other", "text": "x"}, timeout=10).status_code == 400
    gone = f"{caller.portal.url}/crm/lead/details/2/robot/"
    assert http.post(gone, data={"code": "omni_send", "text": "x"}, timeout=10).status_code == 400
    assert caller.portal.robot_runs == []
    inbox.status = 503
    http.post(address, data={"code": "omni_send", "text": "x"}, timeout=10)
    assert caller.portal.events.wait_idle()
    assert "приложение ответило 503" in read(http, f"{caller.portal.url}/crm/lead/details/1/")


def test_a_card_offers_only_its_own_robots_and_lists_fired_triggers(
    http: requests.Session, caller: Caller, inbox: Inbox
) -> None:
    register(caller, inbox, FILTER={"INCLUDE": [["crm", "CCrmDocumentDeal"]]})
    add(caller, 1, title="Лид")
    add(caller, 2, title="Сделка")
    add(caller, 3, name="Клиент")
    assert "Написать" not in read(http, f"{caller.portal.url}/crm/lead/details/1/")
    assert "Написать" not in read(http, f"{caller.portal.url}/crm/contact/details/1/")
    assert "Написать" in read(http, f"{caller.portal.url}/crm/deal/details/1/")
    caller.result("crm.automation.trigger.add", CODE="missed", NAME="Пропущен чат")
    caller.result("crm.automation.trigger.execute", CODE="missed", OWNER_TYPE_ID=2, OWNER_ID=1)
    assert "Триггер: Пропущен чат" in read(http, f"{caller.portal.url}/crm/deal/details/1/")
    assert "Триггер" not in read(http, f"{caller.portal.url}/crm/lead/details/1/")


@pytest.mark.browser
@pytest.mark.parametrize("bound", [True, False], ids=["with REST_APP_URI", "without"])
@pytest.mark.parametrize(
    "query", ["params[chat]=5&params[tab]=history", "params%5Bchat%5D=5&params%5Btab%5D=history"]
)
def test_a_link_of_a_notification_opens_the_application_with_its_parameters(
    page: Page, bound: bool, query: str
) -> None:
    app = FrameApp()
    app.library = "data:text/javascript,"
    try:
        with World(app_url=app.url) as world:
            portal = world.portals[0]
            portal.begin_installation()
            portal.finish_install(send_event=False)
            caller = Caller(portal)
            if bound:
                caller.result("placement.bind", PLACEMENT="REST_APP_URI", HANDLER=f"{app.url}/bitrix/link")
            link = f"/marketplace/view/{world.card.code}/?{query}"
            caller.result("im.notify.personal.add", USER_ID=1, MESSAGE=f"Новый чат [URL={link}]открыть[/URL]")
            page.goto(f"{portal.url}/notifications/")
            page.get_by_role("link", name="открыть").click()
            assert opened(page, app.url).url.startswith(app.url)
            [(path, _, form)] = app.posts
            options = json.loads(form["PLACEMENT_OPTIONS"])
            assert (options["chat"], options["tab"], options["URI"]) == ("5", "history", "/notifications/")
            assert form["PLACEMENT"] == ("REST_APP_URI" if bound else "DEFAULT")
            assert path == ("/bitrix/link" if bound else "/bitrix/app")
            assert page.locator(".slider").count() == 1
    finally:
        app.stop()
