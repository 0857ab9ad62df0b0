"""An operator whose session ends, whose server is away, whose client never gets the words: nothing typed is lost."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Come
from tests.stories.expiry import expire
from tests.stories.stage import Stage
from tests.stories.workplace import Ago, Operator, Workplace, at_work

pytestmark = pytest.mark.browser

DAY_S = 24 * 3600


def opened(come: Come, stage: Stage) -> tuple[Workplace, Operator]:
    """Ivan has the chat of a client open."""
    place, ivan = at_work(come, stage)
    place.begun()
    ivan.open()
    ivan.box("unanswered")
    ivan.choose("Мария Покупатель")
    return place, ivan


def test_a_session_that_ends_while_typing_loses_no_word(come: Come, stage: Stage) -> None:
    place, ivan = opened(come, stage)
    [chat] = place.uis.chats.values()
    ivan.person.expected |= {"401", "403", "404"}
    ivan.answer.fill("Набрано до конца сеанса")
    expire(ivan.person)
    stage.world.oauth.expire_access()
    ivan.person.context.route("**/_frame/*/refresh", lambda route: route.fulfill(status=403, body="{}"))
    ivan.answer.press("Enter")
    ivan.person.sees(ivan.words("sessionLost.text"))
    expect(ivan.talk.locator("[data-outgoing=unsent]")).to_contain_text("Набрано до конца сеанса")
    ivan.answer.fill("И ещё недописанное")
    ivan.person.picture("workplace-session-lost", top=False)
    ivan.person.context.unroute("**/_frame/*/refresh")
    ivan.person.press("tryAgain")
    expect(ivan.talk.locator("[data-message]").filter(has_text="Набрано до конца сеанса")).to_be_visible()
    place.wait_heard(chat, "Набрано до конца сеанса")
    expect(ivan.answer).to_have_value("И ещё недописанное")


def test_drafts_outlive_another_conversation_and_a_reload(come: Come, stage: Stage) -> None:
    place, ivan = opened(come, stage)
    place.begun("Добрый день", name="Семён Лесной", phone="79160001122")
    ivan.answer.fill("Марии: доставка")
    ivan.choose("Семён Лесной")
    expect(ivan.answer).to_have_value("")
    ivan.answer.fill("Семёну: счёт")
    expect(ivan.row("Мария Покупатель")).to_contain_text("Марии: доставка")
    ivan.open()
    ivan.box("unanswered")
    ivan.choose("Мария Покупатель")
    expect(ivan.answer).to_have_value("Марии: доставка")
    ivan.choose("Семён Лесной")
    expect(ivan.answer).to_have_value("Семёну: счёт")


def test_a_server_that_restarts_gets_the_words_when_it_is_back(come: Come, stage: Stage) -> None:
    place, ivan = opened(come, stage)
    [chat] = place.uis.chats.values()
    ivan.person.expected.add("net::ERR_")
    stage.server.kill()
    ivan.say("Первое")
    ivan.say("Второе")
    ivan.person.sees(ivan.words("workplace.away.title"))
    expect(ivan.talk.locator("[data-outgoing]")).to_have_count(2)
    ivan.person.picture("workplace-away", top=False)
    stage.server.start()
    place.wait_heard(chat, "Первое", "Второе")
    expect(ivan.frame.get_by_text(ivan.words("workplace.away.title"))).to_have_count(0)


def test_a_refusal_and_a_doubt_are_told_and_sent_again_by_a_word(come: Come, stage: Stage) -> None:
    place, ivan = opened(come, stage)
    [chat] = place.uis.chats.values()
    stage.world.faults.add("uis_chat", "*/message", "error", times=1, status=422, code="text_too_long")
    ivan.say("Слишком длинное")
    failed = ivan.talk.locator("[data-letter-state=failed]")
    expect(failed).to_contain_text("Слишком длинное")
    expect(failed.get_by_role("button", name=ivan.words("workplace.sendAgain"))).to_be_visible()
    failed.get_by_role("button", name=ivan.words("workplace.sendAgain")).click()
    place.wait_heard(chat, "Слишком длинное")
    stage.world.faults.add("uis_chat", "*/message", "reset_before", times=1)
    ivan.say("Дошло?")
    doubt = ivan.talk.locator("[data-letter-state=in_doubt]")
    expect(doubt).to_contain_text(ivan.words.server("desk.in_doubt"))
    ivan.person.picture("workplace-doubt", top=False)
    doubt.get_by_role("button", name=ivan.words("workplace.sendAgain")).click()
    expect(ivan.dialog()).to_contain_text(ivan.words("workplace.doubt.text"))
    ivan.confirm("workplace.doubt.yes")
    place.wait_heard(chat, "Слишком длинное", "Дошло?")


def test_forbidden_storage_keeps_nobody_from_answering(come: Come, stage: Stage) -> None:
    place, ivan = at_work(come, stage)
    chat = place.begun()
    ivan.person.context.add_init_script(
        "if (window !== window.top) for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])"
        " Object.defineProperty(window, name, {get() { throw new DOMException('blocked', 'SecurityError') }});"
    )
    ivan.open()
    ivan.box("unanswered")
    ivan.choose("Мария Покупатель")
    ivan.answer.fill("Черновик")
    ivan.box("all")
    expect(ivan.answer).to_have_value("Черновик")
    ivan.answer.press("Enter")
    place.wait_heard(chat, "Черновик")


def test_words_are_kept_while_the_window_of_whatsapp_is_closed(come: Come, stage: Stage) -> None:
    place, ivan = at_work(come, stage)
    place.uis.clock, kept = Ago(DAY_S - 20), place.uis.clock
    chat = place.begun("Добрый день", channel=place.waba.id, phone="79160001122", name="Семён Лесной")
    place.uis.clock = kept
    ivan.open()
    ivan.box("unanswered")
    ivan.choose("Семён Лесной")
    ivan.answer.fill("Набрано, пока окно закрывалось")
    expect(ivan.frame.get_by_test_id("templates")).to_be_visible(timeout=40_000)
    expect(ivan.answer).to_have_count(0)
    expect(ivan.frame.get_by_test_id("unsent-draft")).to_contain_text("Набрано, пока окно закрывалось")
    expect(ivan.frame.get_by_test_id("window")).to_have_text(ivan.words("workplace.window.closed"))
    ivan.person.picture("workplace-window-over", top=False)
    place.uis.visitor_writes(chat.id, "Я вернулся")
    expect(ivan.answer).to_have_value("Набрано, пока окно закрывалось")
    ivan.answer.press("Enter")
    place.wait_heard(chat, "Набрано, пока окно закрывалось")
