"""Ways to a conversation: a search for words, links in notifications and records, a card of a smart process."""

import re

import pytest
from playwright.sync_api import FrameLocator, Locator, expect

from sandbox.bitrix.records import Notification
from tests.stories.conftest import Come
from tests.stories.stage import Stage
from tests.stories.workplace import ANNA, IVAN, OLGA, Ago, Operator, at_work

pytestmark = pytest.mark.browser

CONTRACTS = 1036
HIDEABLE = """(() => {
  let hidden = false
  Object.defineProperty(Document.prototype, 'visibilityState', {get: () => (hidden ? 'hidden' : 'visible')})
  window.hide = value => { hidden = value; document.dispatchEvent(new Event('visibilitychange')) }
  window.told = []
  const Real = window.Notification
  window.Notification = class extends Real {
    constructor(title, more) { super(title, more); window.told.push([title, more.body]) }
  }
})()"""


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_conversation_is_found_by_words_that_were_said_in_it(come: Come, stage: Stage, lang: str) -> None:
    place, ivan = at_work(come, stage, lang)
    asked = place.begun("Подскажите, пожалуйста: а ЗЕЛЁНЫЕ ёлки до двух метров ещё остались?")
    place.begun("Добрый день", name="Семён Лесной", phone="79160001122")
    ivan.open()
    ivan.box("all")
    expect(ivan.frame.get_by_test_id("chats").locator("li")).to_have_count(2)
    search = ivan.frame.get_by_role("searchbox")
    search.fill("зеленые ёлк")
    expect(ivan.row("Семён Лесной")).to_have_count(0)
    found = ivan.row("Мария Покупатель").get_by_test_id("found")
    expect(found.locator("mark")).to_have_text(["ЗЕЛЁНЫЕ", "ёлки"])
    ivan.person.picture("workplace-search", top=False)
    place.uis.visitor_writes(asked.id, "Ау?")
    ivan.choose("Мария Покупатель")
    expect(ivan.talk).to_contain_text("Ау?")
    expect(found.locator("mark")).to_have_text(["ЗЕЛЁНЫЕ", "ёлки"])
    ivan.say("Остались, привезём завтра")
    place.wait_heard(asked, "Остались, привезём завтра")
    search.fill("привезем")
    expect(ivan.row("Мария Покупатель").locator("mark")).to_have_text(["привезём"])
    search.fill("пихта")
    expect(ivan.frame.get_by_test_id("nothing")).to_have_text(ivan.words("workplace.nothingFound"))


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_clients_visits_of_the_site_are_shown_when_asked_for(come: Come, stage: Stage, lang: str) -> None:
    place, ivan = at_work(come, stage, lang)
    chat = place.begun(
        source={"utm_campaign": "Ёлки 2026", "search_query": "купить ёлку", "visitor_city": "Казань"}
    )
    ivan.open()
    ivan.box("all")
    ivan.choose("Мария Покупатель")
    about = ivan.frame.get_by_test_id("about")
    about.or_(ivan.frame.get_by_role("button", name=ivan.words("workplace.about.title"))).first.click()
    about.get_by_role("button", name=ivan.words("workplace.about.showVisits")).click()
    visit = about.locator("ol > li")
    expect(visit).to_have_count(1)
    expect(visit).to_contain_text("купить ёлку")
    expect(visit).to_contain_text("Казань")
    assert chat.session is not None
    ivan.person.picture("workplace-visits", top=False)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_who_looks_elsewhere_hears_of_new_words(come: Come, stage: Stage, lang: str) -> None:
    place, ivan = at_work(come, stage, lang)
    ivan.person.context.grant_permissions(["notifications"])
    ivan.person.context.add_init_script(HIDEABLE)
    chat = place.begun()
    ivan.open()
    ivan.box("all")
    expect(ivan.row("Мария Покупатель")).to_be_visible()
    ivan.choose("Мария Покупатель")
    ivan.say("Слушаю вас")
    place.wait_heard(chat, "Слушаю вас")
    expect(ivan.person.page.locator("#pagetitle")).to_have_text(ivan.words("workplace.title"))
    page = ivan.frame.locator("html")
    page.evaluate("() => window.hide(true)")
    place.uis.visitor_writes(chat.id, "Две ёлки, пожалуйста")
    expect(ivan.person.page.locator("#pagetitle")).to_have_text(ivan.words("workplace.titleWaiting", count=1))
    assert page.evaluate("() => window.told") == [["Мария Покупатель", "Две ёлки, пожалуйста"]]
    expect(ivan.frame.get_by_test_id("alerts-blocked")).to_have_count(0)
    page.evaluate("() => window.hide(false)")
    place.uis.visitor_writes(chat.id, "И гирлянду")
    expect(ivan.talk).to_contain_text("И гирлянду")
    assert len(page.evaluate("() => window.told")) == 1, "whoever looks sees it anyway"


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_browser_that_forbids_notifications_is_told_of_once(come: Come, stage: Stage, lang: str) -> None:
    place, ivan = at_work(come, stage, lang)
    place.begun()
    ivan.open()
    expect(ivan.person.page.locator("#pagetitle")).to_have_text(ivan.words("workplace.titleWaiting", count=1))
    hint = ivan.frame.get_by_test_id("alerts-blocked")
    expect(hint).to_contain_text(ivan.words("workplace.alertsBlocked"))
    ivan.person.picture("workplace-alerts", top=False)
    hint.get_by_role("button", name=ivan.words("workplace.understood")).click()
    expect(hint).to_have_count(0)
    ivan.open()
    expect(ivan.frame.get_by_test_id("chats")).to_be_attached()
    expect(hint).to_have_count(0)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_card_of_a_smart_process_shows_its_clients_conversations(
    come: Come, stage: Stage, lang: str
) -> None:
    crm = stage.portal.crm
    with stage.portal.lock:
        crm.add_smart_process(CONTRACTS, "Договоры")
    place, ivan = at_work(come, stage, lang)
    chat = place.begun("Когда подпишем договор?")
    place.begun("Не из этой карточки", name="Семён Лесной", phone="79160001122")
    phone = [{"typeId": "PHONE", "valueType": "WORK", "value": "+7 916 123-45-67"}]
    with stage.portal.lock:
        contact = crm.add(3, {"name": "Мария", "fm": phone}, ANNA)
        item = crm.add(CONTRACTS, {"title": "Договор 1", "contactId": contact.id}, ANNA)
    ivan.card(f"/crm/type/{CONTRACTS}/details/{item.id}/")
    expect(ivan.frame.get_by_test_id("chats").locator("li")).to_have_count(1)
    ivan.choose("Мария Покупатель")
    ivan.say("В пятницу")
    place.wait_heard(chat, "В пятницу")
    ivan.person.picture("workplace-smart-process", top=False)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_notification_of_the_portal_opens_the_one_conversation(come: Come, stage: Stage, lang: str) -> None:
    place, ivan = at_work(come, stage, lang)
    stage.save(place.api, "workplace", remind_minutes=1)
    place.begun("Добрый день", name="Семён Лесной", phone="79160001122")
    kept, place.uis.clock = place.uis.clock, Ago(300)
    waiting = place.begun("Кто-нибудь ответит?")
    place.uis.clock = kept

    def mine() -> list[Notification]:
        return [note for note in stage.portal.notifications if "Кто-нибудь" in note.message]

    stage.wait("the reminder", lambda: len(mine()) == 1)
    assert mine()[0].user_id == IVAN
    ivan.person.go("/notifications/")
    frame = followed(ivan, ivan.person.page.locator("article", has_text="Кто-нибудь").get_by_role("link"))
    expect(frame.get_by_test_id("client")).to_have_text("Мария Покупатель")
    expect(frame.get_by_role("log")).to_contain_text("Кто-нибудь ответит?")
    expect(frame.get_by_role("log")).not_to_contain_text("Добрый день")
    frame.get_by_test_id("answer").fill("Отвечаем")
    frame.get_by_test_id("answer").press("Enter")
    place.wait_heard(waiting, "Отвечаем")


def followed(operator: Operator, link: Locator) -> FrameLocator:
    """The application in the tab that a link of the portal opens."""
    with operator.person.context.expect_page() as opened:
        link.click()
    opened.value.on("pageerror", lambda error: operator.person.complaints.append(f"error: {error}"))
    return opened.value.frame_locator(".app-frame iframe")


def test_a_link_to_a_file_opens_it_by_right_and_for_nobody_else(come: Come, stage: Stage) -> None:
    place, ivan = at_work(come, stage)
    chat = place.begun("Вот договор")
    place.uis.visitor_writes(chat.id, "", file=("договор.pdf", b"%PDF-1.7\n%%EOF\n"))
    ivan.open()
    ivan.box("all")
    ivan.choose("Мария Покупатель")
    ivan.say("Принято")
    place.wait_heard(chat, "Принято")
    place.uis.close_chat(chat.id, "closed_by_visitor")
    stage.wait("the link", lambda: any("marketplace/view" in text for text in place.comments()))
    [link] = {found for text in place.comments() for found in re.findall(r"/marketplace/view/[^\]\s]+", text)}
    ivan.person.go("/crm/lead/details/1/")
    opened = followed(ivan, ivan.person.page.get_by_role("link", name="договор.pdf").first)
    expect(opened.get_by_role("dialog")).to_contain_text("договор.pdf")
    with ivan.person.context.expect_event("download") as saved:
        opened.get_by_role("dialog").get_by_role("link", name=re.compile("договор")).click()
    assert saved.value.suggested_filename == "договор.pdf"
    assert saved.value.path().read_bytes().startswith(b"%PDF")

    # Olga is an operator, but sees her own chats only and those that nobody has, and the lead is closed to her.
    stage.save(place.api, "workplace", visibility="own")
    stage.portal.crm.closed.add((OLGA, 1, 1))
    olga = Operator(come("ru", OLGA))
    olga.person.expected |= {"404", "403"}
    olga.person.go(link)
    olga.person.sees(olga.words("workplace.cardState.refused.title"))
    expect(olga.frame.get_by_text("договор.pdf")).to_have_count(0)
    olga.person.picture("workplace-file-refused", top=False)
