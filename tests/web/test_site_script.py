"""The script on a client's site, in a browser, with the scripts of both vendors in every order and condition."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from app.web.site_script import site_script
from bitrix_app.analytics.transcripts import transcript
from sandbox.bitrix.lines import history
from sandbox.world import World

pytestmark = pytest.mark.browser

WATCH = """
window.widgets = [];
window.addEventListener('onBitrixLiveChat', function (event) {
  if (event.detail && event.detail.widget) window.widgets.push(event.detail.widget);
});
"""
TOLD = "widgets.length > 0 && widgets.every(function (each) { return each.customData; })"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as started:
        started.portals[0].open_lines.connect("livechat", 1, True)
        started.shop_code = site_script()
        yield started


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What goes wrong on the page."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.add_init_script(WATCH)
    return found


def write(page: Page, text: str) -> None:
    """What a visitor does in the widget."""
    page.get_by_role("button", name="Онлайн-чат Битрикс24").last.click()
    page.get_by_label("Сообщение в онлайн-чат").last.fill(text)
    page.get_by_label("Отправить в онлайн-чат").last.click()
    page.wait_for_selector("#bx-livechat .bx-mine")


def read_back(world: World, text: str) -> int | None:
    """The session that analytics finds in the dialog with these words."""
    lines = world.portals[0].open_lines
    [dialog] = [
        one for one in lines.dialogs.values() if any(row.text == text for row in one.messages.values())
    ]
    answer = json.loads(json.dumps(history.history(lines, dialog, dialog.sessions[-1], 1)))
    found = transcript(answer)
    assert found is not None
    return found.visitor_session_id


HANDED = [
    "order=uis,code,widget",
    "order=code,uis,widget",
    "order=widget,code,uis",
    "order=widget,uis,code",
    "uis=slow&uis_ms=900",
    "widget=slow&widget_ms=900",
    "uis=late&uis_ms=900",
    "uis=twice&widget=slow&widget_ms=300",
    "widget=twice",
    "code=twice",
]
ALONE = [
    "uis=absent",
    "uis=blocked",
    "widget=absent",
    "widget=blocked",
    "uis=blocked&widget=absent&code=twice",
]


@pytest.mark.parametrize("query", HANDED)
def test_the_session_is_handed_over_whenever_both_are_there(
    page: Page, errors: list[str], world: World, query: str
) -> None:
    page.goto(f"{world.shop_url}/?{query}")
    page.wait_for_function("window.Comagic && Comagic.getSessionId()")
    page.wait_for_function(TOLD)
    write(page, query)
    assert read_back(world, query) == page.evaluate("Comagic.getSessionId()")
    assert errors == []


@pytest.mark.parametrize("query", ALONE)
def test_where_one_is_missing_nothing_happens_and_the_asking_ends(
    page: Page, errors: list[str], world: World, query: str
) -> None:
    page.clock.install()
    page.goto(f"{world.shop_url}/?{query}")
    page.wait_for_load_state("networkidle")
    page.evaluate("window.asked = 0")
    page.evaluate(
        "Object.defineProperty(window, 'BXLiveChat', { get: function () { window.asked++; return undefined; } })"
    )
    page.clock.run_for(10 * 60_000)
    asked = page.evaluate("window.asked")
    page.clock.run_for(60_000)
    assert 0 < asked == page.evaluate("window.asked")
    assert page.evaluate("widgets.some(function (each) { return each.customData; })") is False
    assert errors == []


def bare(page: Page, body: str, **headers: str) -> None:
    """A page of a site of its own."""
    html = f"<!doctype html><meta charset=utf-8><title>Сайт</title>{body}"
    page.route("https://site.example/", lambda route: route.fulfill(
        body=html,
        headers={"Content-Type": "text/html; charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()},
    ))  # fmt: skip
    page.goto("https://site.example/")


def test_it_runs_under_a_strict_policy_with_the_nonce_of_the_page(page: Page, errors: list[str]) -> None:
    code = site_script().replace("<script>", '<script nonce="n0nce">', 1)
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text) if message.type == "error" else None)
    policy = (
        "default-src 'none'; script-src 'nonce-n0nce' 'strict-dynamic'; require-trusted-types-for 'script'"
    )
    parts = (
        code
        + "<script nonce=n0nce>window.Comagic = { getSessionId: function () { return 255544855; } };"
        + "var chat = { setCustomData: function (data) { this.data = data; } };"
        + "window.dispatchEvent(new CustomEvent('onBitrixLiveChat', { detail: { widget: chat } }));</script>"
    )
    bare(page, parts, Content_Security_Policy=policy)
    assert "uis-session:255544855" in page.evaluate("JSON.stringify(chat.data)")
    assert (errors, blocked) == ([], [])


HOSTILE = {
    "a chat that throws at first": (
        "var told = 0; var chat = { setCustomData: function () { if (++told < 3) throw new Error('not yet'); } };",
        "told === 3",
    ),
    "a session that throws at first": (
        "var asked = 0; Comagic.getSessionId = function () { if (++asked < 3) throw new Error('no'); return 7; };"
        "var chat = { setCustomData: function () { this.told = true; } };",
        "chat.told",
    ),
    "a session that is no number": (
        "Comagic.getSessionId = function () { return 'x'; };"
        "setTimeout(function () { Comagic.getSessionId = function () { return '42'; }; }, 700);"
        "var chat = { setCustomData: function (data) { this.told = JSON.stringify(data); } };",
        "chat.told && chat.told.indexOf('uis-session:42') > 0",
    ),
    "an event of somebody else": (
        "window.dispatchEvent(new CustomEvent('onBitrixLiveChat'));"
        "window.dispatchEvent(new Event('onBitrixLiveChat'));"
        "var chat = { setCustomData: function () { this.told = true; } };",
        "chat.told",
    ),
    "a chat that was there before us": (
        "var chat = null; window.BXLiveChat = { setCustomData: function () { this.told = true; } };",
        "BXLiveChat.told",
    ),
    "a session that changes": (
        "var id = 7; Comagic.getSessionId = function () { return id; }; setTimeout(function () { id = 8; }, 700);"
        "var chat = { setCustomData: function (data) { this.told = JSON.stringify(data); } };",
        "chat.told && chat.told.indexOf('uis-session:8') > 0",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_foreign_code_that_misbehaves_breaks_nothing(page: Page, errors: list[str], name: str) -> None:
    setting, expected = HOSTILE[name]
    tell = (
        "if (chat) window.dispatchEvent(new CustomEvent('onBitrixLiveChat', { detail: { widget: chat } }));"
    )
    bare(
        page,
        f"<script>window.Comagic = {{ getSessionId: function () {{ return 7; }} }};</script>{site_script()}"
        f"<script>{setting}{tell}</script>",
    )
    page.wait_for_function(expected)
    assert errors == []


def test_it_is_small_and_asks_for_nothing_of_others() -> None:
    code = site_script()
    assert len(code.encode()) < 2_500
    for word in (
        "eval",
        "import",
        "require",
        "fetch",
        "XMLHttpRequest",
        "document.write",
        "innerHTML",
        "createElement",
    ):
        assert word not in code


def test_a_second_copy_does_nothing(page: Page, errors: list[str]) -> None:
    counted: Any = (
        "<script>var count = 0; window.Comagic = { getSessionId: function () { return 7; } };"
        "window.BXLiveChat = { setCustomData: function () { count++; } };</script>"
    )
    bare(page, counted + site_script() * 3)
    page.wait_for_function("count > 0")
    page.wait_for_timeout(1_100)  # two more steps of three copies would show
    assert (page.evaluate("count"), errors) == (1, [])
