"""What the administrator decides about the workplace, and what those see who may not work there."""

import pytest
from playwright.sync_api import expect

from tests.stories.axe import barriers
from tests.stories.conftest import Come
from tests.stories.stage import Stage
from tests.stories.workplace import ANNA, IVAN, Operator, Workplace, at_work

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_administrator_sets_the_workplace_up(come: Come, stage: Stage, lang: str) -> None:
    place, anna = at_work(come, stage, lang, ANNA)
    anna.person.expected.add("403")
    place.begun()
    anna.open()
    expect(anna.frame.get_by_test_id("no-pair")).to_contain_text("Анна Смирнова")
    anna.box("all")
    anna.choose("Мария Покупатель")
    expect(anna.frame.get_by_test_id("compose")).to_contain_text(anna.words("workplace.noPair.short"))
    anna.person.picture("workplace-no-pair", top=False)

    anna.person.tab("workplace")
    anna.person.sees(anna.words("workplace.settings.visibility.title"))
    anna.frame.get_by_text(anna.words("workplace.values.visibility.department"), exact=True).click()
    anna.person.field("remind_minutes").locator("input").fill("15")
    anna.person.saves()
    stored = stage.settings(place.api, "workplace")
    assert (stored["visibility"], stored["remind_minutes"]) == ("department", 15)
    _keeps_a_reply(anna)
    assert not barriers(anna.person)
    ivan = Operator(come(lang, IVAN)).open()
    _uses_the_reply(ivan)
    assert not barriers(ivan.person)
    _sees_the_page_of_uis_or_nothing(stage, place, ivan)


def _keeps_a_reply(anna: Operator) -> None:
    anna.person.press("workplace.settings.replies.add")
    anna.frame.locator("[data-reply=title]").fill("Приветствие")
    anna.frame.locator("textarea[data-reply=text], [data-reply=text] textarea").fill(
        "Здравствуйте, {{ visitor.name"
    )
    anna.person.expected.add("422")
    anna.person.press("workplace.settings.replies.save")
    expect(anna.frame.get_by_test_id("replies-editor").get_by_role("status")).not_to_be_empty()
    anna.frame.locator("textarea[data-reply=text], [data-reply=text] textarea").fill(
        "Здравствуйте, {{ visitor.name }}!"
    )
    anna.person.press("workplace.settings.replies.save")
    anna.person.sees(anna.words("workplace.settings.replies.saved"))
    anna.person.picture("workplace-settings")


def _uses_the_reply(ivan: Operator) -> None:
    ivan.box("all")
    ivan.choose("Мария Покупатель")
    ivan.frame.get_by_role("button", name=ivan.words("workplace.replies.open")).click()
    ivan.frame.get_by_test_id("replies").get_by_role("button").first.click()
    expect(ivan.answer).to_have_value("Здравствуйте, Мария Покупатель!")
    ivan.frame.get_by_role("button", name=ivan.words("workplace.emoji")).click()
    ivan.frame.get_by_role("button", name="👍", exact=True).click()
    expect(ivan.answer).to_have_value("Здравствуйте, Мария Покупатель!👍")


def _sees_the_page_of_uis_or_nothing(stage: Stage, place: Workplace, ivan: Operator) -> None:
    url = f"{stage.world.shop_url}/?from=tab&phone={{phone}}"
    stage.save(place.api, "workplace", mode="uis", url=url)
    ivan.person.go(place.lead())
    ivan.person.page.locator("#tab-app-1").click()
    frame = ivan.frame.locator("iframe")
    expect(frame).to_have_attribute("src", url.replace("{phone}", "%2B7%20916%20222-33-44"))
    expect(ivan.frame.frame_locator("iframe").locator("body")).not_to_be_empty()
    stage.save(place.api, "workplace", mode="own", url=None, enabled=False)
    ivan.person.go("/marketplace/app/")
    ivan.person.sees(ivan.words("workplace.off.title"))
    ivan.person.picture("workplace-off", top=False)


def test_a_card_that_the_user_may_not_read_is_told(come: Come, stage: Stage) -> None:
    place, ivan = at_work(come, stage)
    card = place.lead()
    stage.portal.crm.closed.add((IVAN, 1, 1))
    ivan.person.go(card)
    ivan.person.page.locator("#tab-app-1").click()
    ivan.person.sees(ivan.words("workplace.cardState.refused.title"))
    ivan.person.picture("workplace-refused", top=False)
