"""A visitor writes in the shop; the portal shows what became of it, the journal says why."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Come
from tests.stories.person import Person
from tests.stories.stage import Stage

pytestmark = pytest.mark.browser


def write_in_the_shop(person: Person, text: str) -> int:
    """A visitor with a name and a phone writes; the number of the chat."""
    person.page.goto(person.stage.world.shop_url)
    person.page.click("#open-chat")
    chat = person.page.locator("#chat-form")
    chat.get_by_label("Имя").fill("Мария Покупатель")
    chat.get_by_label("Телефон").fill("+7 916 123-45-67")
    chat.get_by_label("Сообщение").fill(text)
    chat.get_by_label("Сообщение").press("Enter")
    expect(person.page.locator("#chat-messages")).to_contain_text(text)
    return max(person.stage.world.uis.chats)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_chat_becomes_a_lead_and_the_journal_says_why(come: Come, stage: Stage, lang: str) -> None:
    stage.switch_on()
    person = come(lang)
    chat = write_in_the_shop(person, "Здравствуйте! Есть диван «Облако»?")
    stage.world.uis.operator_writes(chat, "Да, есть. Оформим заказ?")
    stage.world.uis.close_chat(chat, "closed_by_operator")

    person.open("journal")
    row = person.frame.get_by_test_id("journal").locator("li").first
    expect(row).to_contain_text("Мария Покупатель")
    expect(row).to_contain_text(person.words("journal.states.done"))
    person.picture("journal")
    row.get_by_role("button").first.click()
    expect(person.frame.get_by_test_id("explanation").locator("li").first).to_be_visible()
    person.sees(person.words.server("why.first"))
    person.picture("journal-entry", top=False)

    person.frame.get_by_role("dialog").get_by_role("link").first.click()
    card = person.page.frame_locator(".slider iframe")
    expect(card.locator("#pagetitle")).to_contain_text("Мария Покупатель")

    person.go("/crm/lead/details/1/")
    timeline = person.page.locator("main")
    expect(timeline).to_contain_text("Есть диван «Облако»?")
    expect(timeline).to_contain_text("Да, есть. Оформим заказ?")
    expect(timeline).to_contain_text("Иван Петров")
    person.picture("lead-card")


def test_a_refusal_of_the_portal_is_told_and_tried_again(come: Come, stage: Stage) -> None:
    stage.switch_on()
    stage.world.faults.add("bitrix", "crm.item.add", "error", times=0, code="ACCESS_DENIED", status=400)
    person = come()
    write_in_the_shop(person, "Доставите завтра?")
    person.open("journal")
    row = person.frame.get_by_test_id("journal").locator("li").first
    expect(row).to_contain_text(person.words("journal.states.failed"))
    person.frame.get_by_role("combobox", name=person.words("journal.filter.state")).click()
    person.frame.get_by_role("option", name=person.words("journal.states.done")).click()
    person.sees(person.words("journal.nothing"))
    person.frame.get_by_role("combobox", name=person.words("journal.filter.state")).click()
    person.frame.get_by_role("option", name=person.words("journal.states.failed")).click()
    person.frame.get_by_role("searchbox").fill("9161234567")
    expect(row).to_contain_text("Мария Покупатель")
    row.get_by_role("button").first.click()
    expect(person.button("journal.retry.one")).to_be_visible()
    person.picture("journal-failed", top=False)
    stage.world.faults.clear()
    person.press("journal.retry.all")
    expect(person.frame.get_by_role("dialog")).to_contain_text(person.words("journal.states.done"))
    assert len(stage.portal.crm.items[1]) == 1
