"""The shop's foreign scripts in a browser: UIS, the site widget of the portal, pasted code, in every order."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests
from playwright.sync_api import Page, expect

from sandbox.world import World

pytestmark = pytest.mark.browser
# What a page may do with both: hand the session over whenever the widget says that it is there.
CODE = """<script>
window.listening = true;
window.addEventListener("onBitrixLiveChat", function (event) {
  window.widgets = (window.widgets || 0) + 1;
  event.detail.widget.setCustomData([{GRID: [{NAME: "Visit", VALUE: "uis-session:" + (window.Comagic ?
    Comagic.getSessionId() : "none"), DISPLAY: "LINE"}]}]);
});
</script>"""


@pytest.fixture
def world() -> Iterator[World]:
    with World(app_url="http://127.0.0.1:9") as made:
        made.portals[0].open_lines.connect("livechat", 1, True)
        made.shop_code = CODE
        yield made


def visit(page: Page, world: World, **orders: object) -> list[str]:
    """Open the shop; errors of the page from now on."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{world.shop_url}/?{urlencode(orders)}")
    return errors


def chat_widget(page: Page, text: str) -> None:
    page.get_by_label("Онлайн-чат Битрикс24").click()
    page.get_by_label("Сообщение в онлайн-чат").fill(text)
    page.get_by_label("Отправить в онлайн-чат").click()


def test_a_session_of_uis_reaches_the_transcript_of_the_portal(page: Page, world: World) -> None:
    errors = visit(page, world, utm_source="yandex")
    page.wait_for_function("window.Comagic && Comagic.getSessionId() && window.widgets")
    session = page.evaluate("Comagic.getSessionId()")
    assert world.uis.sessions[session].traffic["source_id"] == 1
    page.reload()
    page.wait_for_function("window.Comagic && Comagic.getSessionId() && window.widgets")
    assert page.evaluate("Comagic.getVisitorId()") == world.uis.sessions[session].visitor_id
    page.evaluate("window.dispatchEvent(new Event('x'))")
    chat_widget(page, "Есть диваны?")
    expect(page.locator("#bx-livechat .bx-mine")).to_have_text("Есть диваны?")
    portal = world.portals[0]
    [dialog] = portal.open_lines.dialogs.values()
    assert dialog.code.startswith("livechat|1|")
    assert any("uis-session:" in str(row.attach) for row in dialog.messages.values())
    portal.open_lines.operator_says(dialog.id, dialog.members[0], "Есть!")
    expect(page.locator("#bx-livechat .bx-list")).to_contain_text("Есть!")
    assert errors == []


@pytest.mark.parametrize("uis", ["on", "slow", "late", "absent", "blocked", "twice"])
def test_uis_loads_in_every_way(page: Page, world: World, uis: str) -> None:
    errors = visit(page, world, uis=uis, uis_ms=3_000 if uis == "late" else 300)
    if uis in ("absent", "blocked"):
        page.wait_for_function("window.widgets")
        assert page.evaluate("typeof window.Comagic") == "undefined"
    elif uis == "late":
        page.wait_for_function("window.Comagic")
        assert page.evaluate("Comagic.getSessionId()") is None
        page.wait_for_function("Comagic.getSessionId()")
    else:
        page.wait_for_function("window.Comagic && Comagic.getSessionId()")
    assert errors == []


@pytest.mark.parametrize(
    ("widget", "widgets"), [("on", 1), ("slow", 1), ("absent", 0), ("blocked", 0), ("twice", 2)]
)
def test_the_widget_loads_in_every_way(page: Page, world: World, widget: str, widgets: int) -> None:
    errors = visit(page, world, widget=widget, widget_ms=300)
    page.wait_for_function("window.Comagic && Comagic.getSessionId()")
    if widgets:
        page.wait_for_function(f"window.widgets === {widgets}")
        expect(page.locator("#bx-livechat")).to_have_count(1)
    assert (page.evaluate("window.widgets || 0"), errors) == (widgets, [])


def test_code_that_comes_after_the_widget_is_ready_misses_it(page: Page, world: World) -> None:
    visit(page, world, order="widget,uis,code", widget="on")
    # The scripts are async, so pasted code still runs before the widget is there.
    page.wait_for_function("window.widgets")
    page.clock.install()
    visit(page, world, code="slow", code_ms=60_000)
    page.wait_for_function("window.BX && BX.LiveChatWidget && document.getElementById('bx-livechat')")
    assert page.evaluate("window.listening") is None
    page.clock.fast_forward(60_000)
    page.wait_for_function("window.listening")
    assert page.evaluate("window.widgets") is None
    assert requests.get(f"{world.shop_url}/?order=uis", timeout=5).status_code == 400
    assert requests.get(f"{world.shop_url}/?uis=never", timeout=5).status_code == 400


def test_the_owner_of_the_shop_pastes_code(page: Page, world: World) -> None:
    page.goto(f"{world.shop_url}/code")
    page.locator("[name=code]").fill("<script>window.pasted = 1</script>")
    page.click("#save-code")
    expect(page.get_by_role("status")).to_have_text("Код сохранён.")
    visit(page, world)
    assert page.evaluate("window.pasted") == 1
    requests.post(
        f"{world.hub_url}/_control/shop", json={"code": "<script>window.pasted = 2</script>"}, timeout=5
    )
    visit(page, world, code="absent")
    assert page.evaluate("window.pasted") is None


def test_without_a_connected_live_chat_there_is_no_widget(page: Page, world: World) -> None:
    world.portals[0].open_lines.connect("livechat", 1, False)
    visit(page, world)
    page.wait_for_function("window.Comagic")
    expect(page.locator("#bx-livechat")).to_have_count(0)


def test_a_chat_of_the_shop_belongs_to_the_visit_of_the_script(page: Page, world: World) -> None:
    visit(page, world, utm_source="newsletter")
    page.wait_for_function("window.Comagic && Comagic.getSessionId()")
    page.click("#open-chat")
    page.locator("#chat [name=text]").fill("Добрый день")
    page.locator("#chat").get_by_label("Отправить").click()
    expect(page.locator("#chat .bubble.mine")).to_have_text("Добрый день")
    [chat] = world.uis.chats.values()
    assert chat.session.id == page.evaluate("Comagic.getSessionId()")


def test_a_visitor_quotes_and_edits_in_the_browser(page: Page, world: World) -> None:
    visit(page, world)
    page.click("#open-chat")
    page.locator("#chat [name=text]").fill("Есть диваны?")
    page.locator("#chat").get_by_label("Отправить").click()
    mine = page.locator("#chat .bubble.mine").first
    mine.get_by_label("изменить").click()
    page.locator("#chat [name=text]").fill("Есть кресла?")
    page.locator("#chat").get_by_label("Отправить").click()
    expect(mine).to_contain_text("Есть кресла?")
    expect(mine).to_contain_text("изменено")
    mine.get_by_label("ответить").click()
    page.locator("#chat [name=text]").fill("Ау")
    page.locator("#chat").get_by_label("Отправить").click()
    expect(page.locator("#chat .bubble.mine blockquote")).to_have_text("Есть кресла?")
