"""The Contact Center: our tile, the channels of a line, and a conversation that goes through it both ways."""

import pytest
from playwright.sync_api import expect

from bitrix_app.manifest import CONNECTOR_ID
from tests.stories.conftest import Come
from tests.stories.person import Person
from tests.stories.stage import Stage
from tests.support.counter import MARINA
from tools.demo_check import SHOP_CHANNEL

pytestmark = pytest.mark.browser


def write_in_the_shop(visitor: Person, text: str) -> None:
    visitor.page.goto(visitor.stage.world.shop_url)
    visitor.page.click("#open-chat")
    chat = visitor.page.locator("#chat-form")
    chat.get_by_label("Имя").fill("Мария Покупатель")
    chat.get_by_label("Сообщение").fill(text)
    chat.get_by_label("Сообщение").press("Enter")
    expect(visitor.page.locator("#chat-messages")).to_contain_text(text)


def connect_by_the_tile(admin: Person) -> None:
    """From the tile to the line, from there into our page: choose the site's chat, save, see that it works."""
    admin.go("/contact_center/")
    admin.page.locator("main").get_by_role("link", name="OMNI").click()
    slider = admin.page.frame_locator(".slider iframe")
    expect(slider.locator("#pagetitle")).to_contain_text("OMNI")
    admin.go(f"/contact_center/connector/?ID={CONNECTOR_ID}")
    admin.page.get_by_role("button", name="Подключить", exact=True).click()
    site = admin.frame.locator(f'[data-channel="{SHOP_CHANNEL}"]')
    expect(site).to_be_visible()
    admin.picture("contact-center-choose")
    site.click()
    admin.saves()
    expect(admin.frame.locator('[data-line="1"][data-state="on"]')).to_be_visible()
    admin.picture("contact-center-connected")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_channel_is_joined_by_the_tile_and_a_client_is_answered_through_it(
    come: Come, stage: Stage, lang: str
) -> None:
    page = stage.connect("bitrix24")
    page.call("POST", "/sync")
    stage.wait("the employees", lambda: bool(page.call("GET", "/directory/employees")))
    page.call("PUT", f"/employees/{MARINA}", {"user_id": 1})
    admin, visitor = come(lang), come(lang)
    connect_by_the_tile(admin)
    assert stage.portal.connectors

    write_in_the_shop(visitor, "Здравствуйте! Есть диван «Облако»?")
    stage.wait("the dialog", lambda: bool(stage.portal.open_lines.dialogs))
    [dialog] = stage.portal.open_lines.dialogs.values()
    admin.go(f"/online/?IM_DIALOG=chat{dialog.id}")
    expect(admin.page.locator("#dialog-messages")).to_contain_text("Есть диван «Облако»?")
    expect(admin.page.locator("#dialog-head")).to_contain_text("Мария Покупатель")
    take = admin.page.locator("#take-chat")
    if take.count():
        take.click()
    admin.page.get_by_label("Сообщение клиенту").fill("Есть, [b]последний[/b]. Отложить?")
    admin.page.click("#send")

    expect(visitor.page.locator("#chat-messages")).to_contain_text("Есть, последний. Отложить?")
    expect(admin.page.locator("#dialog-messages .state").last).to_contain_text("доставлено")
    admin.picture("contact-center-dialog", top=False)
    visitor.picture("contact-center-shop", top=False)


def test_a_channel_that_is_taken_out_of_the_line_is_silent_there(come: Come, stage: Stage) -> None:
    page = stage.join()
    admin = come()
    admin.go(f"/contact_center/connector/?ID={CONNECTOR_ID}&LINE=1")
    site = admin.frame.locator(f'[data-channel="{SHOP_CHANNEL}"]')
    expect(site).to_be_visible()
    site.click()
    admin.saves()
    assert stage.settings(page, "open_lines")["lines"] == []
    stage.wait("the line", lambda: not any(one.lines.get(1) for one in stage.portal.connectors.values()))
