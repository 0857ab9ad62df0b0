"""The form of /connect in a real browser: it looks right, and its redirect to the portal is not blocked."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sandbox.world import World
from tests.bitrix_app import support
from tests.bitrix_app.app import serving


@pytest.mark.browser
def test_a_person_fills_in_the_form_and_is_led_to_the_portal(
    page: Page, sqlite_url: str, tmp_path: Path
) -> None:
    with World() as world, serving(world, sqlite_url, tmp_path) as house:
        portal = world.portals[0]
        support.generous(portal)
        portal.open_installer()
        portal.finish_install(send_event=False)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{world.card.url}/connect")
        page.get_by_label("Название интеграции").fill("Отдел продаж")
        page.get_by_label("Адрес портала Битрикс24").fill("company.bitrx24.ru")
        page.screenshot(path=str(tmp_path / "form.png"))
        page.get_by_role("button", name="Продолжить").click()
        expect(page.get_by_text("Возможно, имелось в виду company.bitrix24.ru?")).to_be_visible()
        expect(page.get_by_label("Название интеграции")).to_have_value("Отдел продаж")
        expect(page.get_by_label("Адрес портала Битрикс24")).to_be_focused()
        page.screenshot(path=str(tmp_path / "error.png"))
        complaints.clear()
        page.set_viewport_size({"width": 400, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        page.get_by_label("Адрес портала Битрикс24").fill(portal.url)
        page.get_by_role("button", name="Продолжить").click()
        page.wait_for_url(lambda url: url.startswith((portal.url, world.card.url)) and "/connect" not in url)
        assert not [line for line in complaints if "Content Security Policy" in line]
        assert house.services.config.sandbox
