"""The portal's own library /api/v1/ inside a frame: what applications written for BX24.js rely on."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Frame, Page

from sandbox.world import World
from tests.sandbox.frame_app import FrameApp, opened

pytestmark = pytest.mark.browser

READY = "() => new Promise(resolve => BX24.init(resolve))"


@pytest.fixture
def app() -> Iterator[FrameApp]:
    made = FrameApp()
    yield made
    made.stop()


@pytest.fixture
def world(app: FrameApp) -> Iterator[World]:
    with World(app_url=app.url) as made:
        app.library = f"{made.portals[0].url}/api/v1/"
        yield made


def start(page: Page, world: World, app: FrameApp, *, finished: bool = True) -> Frame:
    portal = world.portals[0]
    portal.begin_installation()
    if finished:
        portal.finish_install(send_event=False)
    page.goto(f"{portal.url}/marketplace/app/")
    frame = opened(page, app.url)
    frame.evaluate(READY)
    return frame


def test_install_finish_reloads_the_page_with_the_application(
    page: Page, world: World, app: FrameApp
) -> None:
    frame = start(page, world, app, finished=False)
    assert frame.url.startswith(f"{app.url}/bitrix/install")
    frame.evaluate("() => { BX24.installFinish(); }")
    assert opened(page, f"{app.url}/bitrix/app").url
    assert page.locator(".app-frame iframe").count() == 1


def test_auth_place_and_language_are_there_after_init(page: Page, world: World, app: FrameApp) -> None:
    frame = start(page, world, app)
    auth = frame.evaluate("BX24.getAuth()")
    assert auth["member_id"] == world.portals[0].member_id
    assert world.oauth.grant(auth["access_token"]) is not None
    told = frame.evaluate(
        "[BX24.isAdmin(), BX24.getLang(), BX24.getDomain(), BX24.placement.info().placement]"
    )
    assert told == [True, "ru", world.portals[0].domain, "DEFAULT"]


def test_methods_and_batches_are_called(page: Page, world: World, app: FrameApp) -> None:
    frame = start(page, world, app)
    name = frame.evaluate(
        "() => new Promise(resolve => BX24.callMethod('user.current', {}, r => resolve(r.data().LAST_NAME)))"
    )
    assert name == "Смирнова"
    found = frame.evaluate(
        """() => new Promise(resolve => BX24.callBatch({
            me: ["user.current", {}],
            mine: {method: "user.get", params: {FILTER: {ID: "$result[me][ID]"}}},
            wrong: ["crm.item.get", {entityTypeId: 1, id: 4711}],
        }, r => resolve([r.mine.data()[0].ID, r.mine.total(), r.wrong.error().ex.error])))"""
    )
    assert found == ["1", 1, "NOT_FOUND"]


def test_a_long_list_is_read_page_by_page(page: Page, world: World, app: FrameApp) -> None:
    for number in range(120):
        world.portals[0].crm.add(1, {"title": f"Лид {number}"}, 1)
    frame = start(page, world, app)
    count = frame.evaluate(
        """() => new Promise(resolve => {
            let seen = 0;
            BX24.callMethod("crm.item.list", {entityTypeId: 1}, function (result) {
                seen += result.data().items.length;
                if (!result.next()) resolve([seen, result.total()]);
            });
        })"""
    )
    assert count == [120, 120]


def test_an_expired_token_is_renewed_by_itself(page: Page, world: World, app: FrameApp) -> None:
    frame = start(page, world, app)
    world.oauth.expire_access()
    me = frame.evaluate(
        "() => new Promise(resolve => BX24.callMethod('user.current', {}, r => resolve(r.data().ID)))"
    )
    assert me == "1"


def test_a_path_outside_the_portal_is_refused(page: Page, world: World, app: FrameApp) -> None:
    frame = start(page, world, app)
    for path in ("https://example.com/crm/deal/details/1/", "//example.com/crm/deal/", "/bitrix/admin/"):
        told = frame.evaluate("path => new Promise(resolve => BX24.openPath(path, resolve))", path)
        assert told == {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}


def test_an_employee_is_chosen_in_the_dialog_of_the_portal(page: Page, world: World, app: FrameApp) -> None:
    frame = start(page, world, app)
    frame.evaluate("() => { window.chosen = new Promise(resolve => BX24.selectUser(resolve)); }")
    page.click(".dialog >> text=Ольга Ким")
    page.click(".dialog >> text=Выбрать")
    assert frame.evaluate("window.chosen.then(user => user.id)") == 9
