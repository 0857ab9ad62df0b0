"""The vendor's own @bitrix24/b24jssdk inside a frame of the sandbox portal, in a real browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

from sandbox.world import World
from tests.sandbox.frame_app import FrameApp, official_sdk, opened

pytestmark = pytest.mark.browser

INIT = "async () => { window.b24 = await B24Js.initializeB24Frame(); }"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrameApp]:
    made = FrameApp(official_sdk(tmp_path_factory.mktemp("jssdk")))
    yield made
    made.stop()


@pytest.fixture
def world(app: FrameApp) -> Iterator[World]:
    with World(app_url=app.url) as made:
        yield made


@pytest.fixture
def portal_url(world: World) -> str:
    return world.portals[0].url


def installed(world: World) -> None:
    portal = world.portals[0]
    portal.begin_installation()
    portal.finish_install(send_event=False)


def is_finished(world: World) -> bool:
    found = world.portals[0].installation
    assert found is not None
    return found.finished


def in_frame(page: Page, url: str, app: FrameApp) -> Frame:
    page.goto(url)
    frame = opened(page, app.url)
    frame.evaluate(INIT)
    return frame


def bind_tab(frame: Frame, app: FrameApp, place: str) -> Any:
    return frame.evaluate(
        """async ([place, url]) => (await b24.actions.v2.call.make({
            method: "placement.bind", params: {PLACEMENT: place, HANDLER: url + "/tab", TITLE: "OMNI"},
        })).getData().result""",
        [place, app.url],
    )


def test_the_installer_finishes_and_the_portal_shows_the_application(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    page.goto(f"{portal_url}/marketplace/")
    page.click("#install")
    frame = opened(page, f"{app.url}/bitrix/install")
    frame.evaluate(INIT)
    assert frame.evaluate("b24.isInstallMode") is True
    assert not is_finished(world)
    frame.evaluate("() => { b24.installFinish(); }")
    frame = opened(page, f"{app.url}/bitrix/app")
    frame.evaluate(INIT)
    assert frame.evaluate("b24.isInstallMode") is False
    assert is_finished(world)
    error = frame.evaluate("b24.installFinish().catch(error => error.code)")
    assert error == "JSSDK_FRAME_INSTALL_ALREADY_FINISHED"


def test_the_library_learns_who_looks_and_where(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    auth = frame.evaluate("b24.auth.getAuthData()")
    grant = world.oauth.grant(auth["access_token"])
    assert grant is not None
    assert grant.user_id == 1
    assert auth["member_id"] == world.portals[0].member_id
    assert auth["domain"] == portal_url
    assert frame.evaluate("[b24.auth.isAdmin, b24.getLang(), b24.placement.isDefault]") == [True, "ru", True]
    path, query, form = app.posts[-1]
    assert path == "/bitrix/app"
    assert {"DOMAIN", "PROTOCOL", "LANG", "APP_SID"} == set(query)
    assert form["AUTH_ID"] == auth["access_token"]
    assert frame.evaluate("b24.getAppSid()") == query["APP_SID"]


def test_an_ordinary_employee_is_no_administrator(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    page.goto(f"{portal_url}/marketplace/")
    with page.expect_navigation():
        page.select_option("select[name=user_id]", "7")
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    assert frame.evaluate("b24.auth.isAdmin") is False
    me = frame.evaluate("b24.actions.v2.call.make({method: 'user.current'}).then(a => a.getData().result)")
    assert me["ID"] == "7"


def test_calls_and_batches_reach_the_portal_from_the_browser(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    lead_id = frame.evaluate(
        """async () => (await b24.actions.v2.call.make({
            method: "crm.item.add", params: {entityTypeId: 1, fields: {title: "Лид: из «рамки» & так далее"}},
        })).getData().result.item.id"""
    )
    assert world.portals[0].crm.get(1, lead_id).title == "Лид: из «рамки» & так далее"
    answers = frame.evaluate(
        """async (id) => (await b24.actions.v2.batch.make({
            calls: {
                me: {method: "user.current"},
                lead: {method: "crm.item.get", params: {entityTypeId: 1, id: id}},
                mine: {method: "user.get", params: {FILTER: {ID: "$result[me][ID]"}}},
            },
            options: {isHaltOnError: true, returnAjaxResult: false},
        })).getData()""",
        lead_id,
    )
    assert answers["lead"]["item"]["id"] == lead_id
    assert answers["mine"][0]["ID"] == answers["me"]["ID"] == "1"


def test_a_list_of_120_items_is_read_by_its_cursor(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    for number in range(120):
        world.portals[0].crm.add(1, {"title": f"Лид {number}"}, 1)
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    titles = frame.evaluate(
        """async () => (await b24.actions.v2.callList.make({
            method: "crm.item.list", idKey: "id", customKeyForResult: "items",
            params: {entityTypeId: 1, select: ["id", "title"]},
        })).getData().map(item => item.title)"""
    )
    assert titles == [f"Лид {number}" for number in range(120)]


def test_an_error_of_the_portal_reaches_the_application(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    code = frame.evaluate(
        """() => b24.actions.v2.call.make({method: "crm.item.get", params: {entityTypeId: 1, id: 4711}})
            .then(answer => [...answer.getErrors()][0].code, error => error.code)"""
    )
    assert code == "NOT_FOUND"


def test_an_expired_token_is_renewed_through_the_portal(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    before = frame.evaluate("b24.auth.getAuthData().access_token")
    world.oauth.expire_access()
    me = frame.evaluate("b24.actions.v2.call.make({method: 'user.current'}).then(a => a.getData().result.ID)")
    assert me == "1"
    after = frame.evaluate("b24.auth.getAuthData().access_token")
    assert after != before
    grant = world.oauth.grant(after)
    assert grant is not None
    assert world.oauth.alive(grant)


def test_a_tab_of_a_card_knows_its_item_and_can_refresh_it(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    lead = world.portals[0].crm.add(1, {"title": "До изменения"}, 1)
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    assert bind_tab(frame, app, "CRM_LEAD_DETAIL_TAB") is True
    page.goto(f"{portal_url}/crm/lead/details/{lead.id}/")
    assert not [each for each in page.frames if each.url.startswith(app.url)]
    page.click("[role=tab] >> text=OMNI")
    frame = opened(page, f"{app.url}/tab")
    frame.evaluate(INIT)
    assert frame.evaluate("b24.placement.title") == "CRM_LEAD_DETAIL_TAB"
    assert frame.evaluate("b24.placement.options") == {
        "ID": str(lead.id),
        "URI": f"/crm/lead/details/{lead.id}/",
    }
    assert frame.evaluate("b24.placement.getInterface()") == {"command": ["reloadData"], "event": []}
    world.portals[0].crm.timeline.comment((1, lead.id), "Новый комментарий", 1)
    assert "Новый комментарий" not in page.content()
    assert frame.evaluate("b24.placement.call('reloadData')") == []
    assert "Новый комментарий" in page.content()


def test_an_open_card_shows_what_happens_to_its_item(page: Page, world: World, portal_url: str) -> None:
    lead = world.portals[0].crm.add(1, {"title": "Лид"}, 1)
    page.goto(f"{portal_url}/crm/lead/details/{lead.id}/")
    world.portals[0].crm.timeline.comment((1, lead.id), "Пришло позже", 1)
    page.wait_for_selector("text=Пришло позже", timeout=15_000)


def test_unknown_commands_of_a_place_are_ignored_in_silence(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    # The library gives up by itself after 900 ms: nothing was answered.
    assert frame.evaluate("b24.placement.call('reloadData')") == {"isSafely": True}
    assert frame.evaluate("b24.placement.bindEvent('CallCard::EntityChanged', () => {})") == {
        "isSafely": True
    }


def test_the_frame_is_resized_titled_and_scrolled(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    frame.evaluate("b24.parent.resizeWindow(700, 1500)")
    box = page.locator(".app-frame iframe").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (700, 1500)
    frame.evaluate("b24.parent.fitWindow()")
    wide = page.locator(".app-frame iframe").bounding_box()
    assert wide is not None
    assert wide["width"] > 900
    frame.evaluate("b24.parent.setTitle('Настройки OMNI')")
    assert page.inner_text("#pagetitle") == "Настройки OMNI"
    frame.evaluate("b24.parent.scrollParentWindow(200)")
    assert page.evaluate("window.scrollY") == 200


def test_paths_and_the_application_open_in_sliders(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    contact = world.portals[0].crm.add(3, {"name": "Клиент"}, 1)
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    frame.evaluate(
        "id => { window.done = b24.slider.openPath(b24.slider.getUrl(`/crm/contact/details/${id}/`)); }",
        contact.id,
    )
    slider = opened(page, f"{portal_url}/crm/contact/details/{contact.id}/")
    assert slider.inner_text("#pagetitle") == "Клиент"
    assert slider.locator(".portal-menu").count() == 0
    page.click(".slider-close")
    assert frame.evaluate("window.done") == {"isOpenAtNewWindow": False, "isClose": True}
    frame.evaluate(
        "() => { window.finished = b24.slider.openSliderAppPage({view: 'chat', bx24_width: 640}); }"
    )
    inner = opened(page, app.url, 2)
    inner.evaluate(INIT)
    assert inner.evaluate("b24.placement.options.view") == "chat"
    inner.evaluate("() => { b24.parent.closeApplication(); }")
    page.wait_for_selector(".slider", state="detached")
    assert frame.evaluate("window.finished") == {}


def test_options_of_the_application_outlive_the_page(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    frame.evaluate("b24.options.appSet('colour', 'blue')")
    assert world.portals[0].options == {"colour": "blue"}
    frame = in_frame(page, f"{portal_url}/marketplace/app/", app)
    assert frame.evaluate("b24.options.appGet('colour')") == "blue"


def test_a_foreign_page_cannot_speak_for_the_frame(
    page: Page, world: World, app: FrameApp, portal_url: str
) -> None:
    installed(world)
    in_frame(page, f"{portal_url}/marketplace/app/", app)
    sid = app.posts[-1][1]["APP_SID"]
    heard = page.evaluate(
        """sid => new Promise(resolve => {
            const heard = [];
            window.addEventListener("message", event => heard.push(event.data));
            window.postMessage(`getInitData:stolen:${sid}`, "*");
            window.postMessage("marker", "*");
            const check = () => heard.includes("marker") ? resolve(heard) : setTimeout(check, 10);
            check();
        })""",
        sid,
    )
    assert not [each for each in heard if str(each).startswith("stolen:")]
