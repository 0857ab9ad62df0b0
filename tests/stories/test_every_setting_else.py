"""Every setting of the other tabs: set on the page, saved, and there again after a reload."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from app.domain.settings import SECTIONS
from tests.stories import test_every_setting
from tests.stories.conftest import Come
from tests.stories.editors import Editors
from tests.stories.every_key import untouched
from tests.stories.person import Person
from tests.stories.places import settled
from tests.stories.stage import Stage
from tools.demo_check import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

WHATSAPP, SHOP = 740805, 740806
PETROV, KIM = 367852, 367853
MADE = "Чаты из UIS"


def turn(person: Person, section: str, state: str) -> None:
    """Press the toggle of the section, which says its state."""
    person.frame.get_by_role("switch", name=person.words(f"{section}.toggle.title"), exact=True).click()
    person.sees(person.words(f"{section}.toggle.{state}"))


def again(person: Person, section: str) -> Editors:
    """The page anew, with everything read."""
    person.open(section)
    expect(person.button("save.save")).to_be_disabled()
    settled(person)
    return Editors(person)


def keeps(stage: Stage, api: Page, section: str, wish: dict[str, Any]) -> None:
    """What the server holds is what was set."""
    assert stage.settings(api, section) == wish


def set_main(hands: Editors, stage: Stage, api: Page, before: dict[str, Any]) -> list[dict[str, Any]]:
    turn(hands.person, "main", "off")
    hands.person.saves()
    wish = before | {"enabled": False}
    keeps(stage, api, "main", wish)
    again(hands.person, "main")
    hands.person.sees(hands.words("main.toggle.off"))
    return [wish]


def line_of(hands: Editors, channel: int) -> Any:
    return hands.frame.locator(f'[data-channel="{channel}"]').locator("button")


def set_lines(hands: Editors, stage: Stage, api: Page, before: dict[str, Any]) -> list[dict[str, Any]]:
    """A line that is there, one that is made here, who writes for whom, and the signature."""
    person = hands.person
    turn(person, "open_lines", "on")
    hands.frame.locator("input[name=line_name]").fill(MADE)
    person.press("linesState.new.make")
    person.sees(hands.words("linesState.new.done", name=MADE))
    [made] = [line.id for line in stage.portal.open_lines.lines.values() if line.name == MADE]
    for channel, line in ((SHOP, "Открытая линия"), (WHATSAPP, MADE)):
        line_of(hands, channel).click()
        hands.option(line).click()
    hands.pick("default_employee_id", "Ким Ольга")
    hands.switch("signature")
    person.saves()
    rows = [{"channel_id": SHOP, "line_id": 1}, {"channel_id": WHATSAPP, "line_id": made}]
    wish = before | {"enabled": True, "lines": rows, "default_employee_id": KIM, "signature": False}
    keeps(stage, api, "open_lines", wish)

    hands = again(person, "open_lines")
    person.sees(hands.words("open_lines.toggle.on"))
    expect(line_of(hands, SHOP)).to_contain_text("Открытая линия")
    expect(line_of(hands, WHATSAPP)).to_contain_text(MADE)
    expect(hands.box("default_employee_id")).to_contain_text("Ким Ольга")
    expect(hands.box("signature").get_by_role("switch")).not_to_be_checked()
    return [wish]


def set_analytics(hands: Editors, stage: Stage, api: Page, before: dict[str, Any]) -> list[dict[str, Any]]:
    """Twice: chats counted for sources and sites, then for campaigns."""
    sources = before | set_sources(hands)
    hands.person.saves()
    keeps(stage, api, "open_lines_analytics", sources)
    shows_sources(again(hands.person, "open_lines_analytics"))
    campaigns = sources | set_campaigns(hands)
    hands.person.saves()
    keeps(stage, api, "open_lines_analytics", campaigns)
    hands = again(hands.person, "open_lines_analytics")
    expect(hands.box("default.campaign_id")).to_contain_text("Поиск: диваны")
    expect(hands.box("messengers.0.campaign_id")).to_contain_text("Рассылка клиентам")
    return [sources, campaigns]


def set_sources(hands: Editors) -> dict[str, Any]:
    turn(hands.person, "open_lines_analytics", "on")
    hands.tick("events", "open_lines_analytics.events.ONCRMLEADADD")
    hands.box("idle_minutes").locator("input").fill("15")
    hands.pick("employee_id", "Петров Иван")
    hands.card("employee_mode", "open_lines_analytics.values.employee_mode.fallback")
    hands.pick("default.source_id", "Прямые заходы")
    hands.pick("default.site_id", "shop.example.com")
    hands.frame.get_by_test_id("add-messenger").click()
    hands.pick("messengers.0", "Viber")
    hands.pick("messengers.0.source_id", "Telegram")
    hands.pick("messengers.0.site_id", "shop.example.com")
    return {
        "enabled": True, "events": ["ONCRMDEALADD"], "idle_minutes": 15, "employee_id": PETROV,
        "employee_mode": "fallback", "traffic_type": "source", "default": {"source_id": 3, "site_id": 43525},
        "messengers": [{"source_id": 5, "site_id": 43525, "connector": "viber"}],
    }  # fmt: skip


def shows_sources(hands: Editors) -> None:
    hands.person.sees(hands.words("open_lines_analytics.toggle.on"))
    lead, deal = (hands.words(f"open_lines_analytics.events.ONCRM{name}ADD") for name in ("LEAD", "DEAL"))
    expect(hands.box("events").get_by_role("checkbox", name=lead, exact=True)).not_to_be_checked()
    expect(hands.box("events").get_by_role("checkbox", name=deal, exact=True)).to_be_checked()
    expect(hands.box("idle_minutes").locator("input")).to_have_value("15")
    expect(hands.box("employee_id")).to_contain_text("Петров Иван")
    fallback = hands.words("open_lines_analytics.values.employee_mode.fallback")
    expect(hands.box("employee_mode").get_by_role("radio", name=fallback)).to_be_checked()
    expect(hands.box("default.source_id")).to_contain_text("Прямые заходы")
    expect(hands.box("default.site_id")).to_contain_text("shop.example.com")
    expect(hands.frame.locator('[data-messenger="viber"]')).to_contain_text("Telegram")


def set_campaigns(hands: Editors) -> dict[str, Any]:
    hands.card("traffic_type", "open_lines_analytics.values.traffic_type.campaign")
    hands.pick("default.campaign_id", "Поиск: диваны")
    hands.pick("messengers.0.campaign_id", "Рассылка клиентам")
    return {
        "traffic_type": "campaign",
        "default": {"campaign_id": 268176},
        "messengers": [{"campaign_id": 268177, "connector": "viber"}],
    }


def set_workplace(hands: Editors, stage: Stage, api: Page, before: dict[str, Any]) -> list[dict[str, Any]]:
    turn(hands.person, "workplace", "off")
    hands.card("mode", "workplace.values.mode.uis")
    hands.box("url").locator("input").fill("https://uis.example.com/desk?phone={phone}")
    hands.card("visibility", "workplace.values.visibility.own")
    hands.box("remind_minutes").locator("input").fill("20")
    hands.person.saves()
    wish = before | {
        "enabled": False, "mode": "uis", "url": "https://uis.example.com/desk?phone={phone}",
        "visibility": "own", "remind_minutes": 20,
    }  # fmt: skip
    keeps(stage, api, "workplace", wish)
    hands = again(hands.person, "workplace")
    hands.person.sees(hands.words("workplace.toggle.off"))
    expect(hands.box("url").locator("input")).to_have_value(wish["url"])
    expect(hands.box("remind_minutes").locator("input")).to_have_value("20")
    own = hands.words("workplace.values.visibility.own")
    expect(hands.box("visibility").get_by_role("radio", name=own)).to_be_checked()
    return [wish]


Way = Callable[[Editors, Stage, Page, dict[str, Any]], list[dict[str, Any]]]
#: Each sets everything, saves, reloads and looks; what was stored each time is given back.
WAYS: dict[str, Way] = {
    "main": set_main, "open_lines": set_lines, "open_lines_analytics": set_analytics, "workplace": set_workplace,
}  # fmt: skip


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("section", WAYS)
def test_every_setting_is_there_after_a_reload(come: Come, stage: Stage, section: str, lang: str) -> None:
    api = stage.connect("bitrix24")
    api.call("POST", "/sync")
    stage.wait("the employees", lambda: bool(api.call("GET", "/directory/employees")))
    before = stage.settings(api, section)
    person = come(lang)
    person.open(section)
    person.expected |= {"403"} if section == "workplace" else set()  # it gives no replies while it is off
    stored = WAYS[section](Editors(person), stage, api, before)
    person.picture(f"{section}-filled")
    left = [set(untouched(section, before, one)) for one in stored]
    assert not set.intersection(*left), "no story sets these"


def test_the_stories_know_every_section() -> None:
    assert {*WAYS, *(section for section, _ in test_every_setting.CASES)} == set(SECTIONS)
