"""An operator at work: clients are answered, nothing is lost, every state is told."""

import re

import pytest
from playwright.sync_api import FilePayload, expect

from tests.stories.conftest import Come
from tests.stories.stage import Stage
from tests.stories.workplace import KIM, OLGA, PETROV, PNG, Operator, at_work, silence

pytestmark = pytest.mark.browser

HEARD = """audio => new Promise((resolve, reject) => {
  const told = () => audio.duration > 0 && resolve(audio.duration)
  audio.addEventListener('loadedmetadata', told)
  audio.addEventListener('error', () => reject(new Error('cannot be played')))
  told()
})"""


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_client_is_answered_and_the_states_are_told(come: Come, stage: Stage, lang: str) -> None:
    place, ivan = at_work(come, stage, lang)
    ivan.open()
    ivan.box("unanswered")
    ivan.person.picture("workplace-empty", top=False)
    chat = place.begun("Здравствуйте! Есть ёлки? https://shop.example/tree")
    row = ivan.row("Мария Покупатель")
    expect(row).to_be_visible()
    ivan.person.picture("workplace-list", top=False)
    ivan.choose("Мария Покупатель")
    expect(ivan.talk).to_contain_text("Есть ёлки?")
    ivan.answer.fill("Первая строка")
    ivan.answer.press("Shift+Enter")
    ivan.answer.press_sequentially("вторая")
    ivan.answer.press("Enter")
    expect(ivan.answer).to_have_value("")
    place.wait_heard(chat, "Первая строка\nвторая")
    message = ivan.talk.locator("[data-message]").filter(has_text="вторая")
    for state in ("delivered", "read"):
        place.uis.message_status(chat.messages[-1].id, state)
        expect(message.locator(f"[data-state={state}]")).to_be_visible()
    place.uis.visitor_writes(chat.id, "Отлично, беру две!")
    expect(ivan.talk).to_contain_text("Отлично, беру две!", timeout=4_000)
    ivan.person.picture("workplace-talk", top=False)


def test_files_go_both_ways_and_a_refused_one_is_told(come: Come, stage: Stage) -> None:
    place, ivan = at_work(come, stage)
    ivan.person.expected.add("422")
    chat = place.begun("Вот моя ёлка")
    place.uis.visitor_writes(chat.id, "", file=("ёлка.png", PNG))
    place.uis.visitor_writes(chat.id, "", file=("запись.wav", silence()))
    place.uis.visitor_writes(chat.id, "Договор", file=("договор.pdf", b"%PDF-1.7\n%%EOF\n"))
    ivan.open()
    ivan.box("unanswered")
    ivan.choose("Мария Покупатель")
    image = ivan.talk.locator("[data-view=image] img")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 40
    audio = ivan.talk.locator("[data-view=audio] audio")
    assert audio.evaluate(HEARD) == pytest.approx(1.0, abs=0.1)
    with ivan.person.page.expect_download() as saved:
        ivan.talk.get_by_role("link", name=ivan.words("workplace.file.save", name="договор.pdf")).click()
    assert saved.value.suggested_filename == "договор.pdf"

    picker = ivan.frame.get_by_test_id("picker")
    bill: FilePayload = {"name": "счёт.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    script: FilePayload = {"name": "страница.html", "mimeType": "text/html", "buffer": b"<script>1</script>"}
    picker.set_input_files([bill, script])
    expect(ivan.frame.get_by_test_id("attached")).to_contain_text("счёт.pdf")
    refused = ivan.frame.get_by_test_id("upload")
    expect(refused).to_contain_text(ivan.words.server("desk.file_active", name="страница.html"))
    ivan.answer.fill("Ваш счёт")
    ivan.person.picture("workplace-files", top=False)
    ivan.answer.press("Enter")
    place.wait_heard(chat, "Ваш счёт")
    assert chat.messages[-1].resource is not None and chat.messages[-1].resource.name == "счёт.pdf"
    expect(ivan.talk.locator("[data-message]").filter(has_text="Ваш счёт")).to_contain_text("счёт.pdf")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_writing_first_from_a_card_by_a_template_until_the_client_answers(
    come: Come, stage: Stage, lang: str
) -> None:
    place, ivan = at_work(come, stage, lang)
    ivan.person.expected.add("422")
    ivan.card(place.lead())
    ivan.person.picture("workplace-card-empty", top=False)
    ivan.person.press("workplace.start.open")
    form = ivan.frame.get_by_test_id("start-form")
    expect(ivan.dialog()).to_contain_text(ivan.words.server("desk.belongs.lead", title="Заказ ёлок"))
    form.get_by_role("combobox").first.click()
    ivan.frame.get_by_role("option", name=place.waba.name, exact=True).click()
    form.get_by_role("button", name=ivan.words("workplace.template.chooseNamed", name="Заказ готов")).click()
    form.locator("[data-variable='2'] input, input[data-variable='2']").fill("№ 77")
    expect(form.get_by_test_id("preview")).to_contain_text("№ 77")
    words = form.get_by_test_id("preview").inner_text()
    assert "Пётр" in words
    ivan.person.picture("workplace-start", top=False)
    form.get_by_role("button", name=ivan.words("workplace.template.send"), exact=True).click()
    row = ivan.frame.get_by_test_id("chats").locator("li")
    expect(row).to_have_count(1)
    [chat] = place.uis.chats.values()
    assert place.heard(chat) == [words]

    row.get_by_role("button").click()
    expect(ivan.frame.get_by_test_id("why")).to_have_text(ivan.words.server("desk.why.window_closed"))
    expect(ivan.answer).to_have_count(0)
    expect(ivan.frame.get_by_test_id("templates")).to_be_visible()
    ivan.person.picture("workplace-window-closed", top=False)
    place.uis.visitor_writes(chat.id, "Спасибо, заберу завтра")
    expect(ivan.frame.get_by_test_id("window")).to_contain_text(re.compile("2[34]"))
    ivan.say("Ждём вас")
    place.wait_heard(chat, words, "Ждём вас")
    ivan.person.picture("workplace-card", top=False)


def test_two_operators_speak_in_turn_and_hand_a_chat_over_and_back(come: Come, stage: Stage) -> None:
    place, ivan = at_work(come, stage)
    chat = place.begun()
    ivan.open()
    ivan.box("all")
    ivan.choose("Мария Покупатель")
    ivan.say("Слушаю вас")
    place.wait_heard(chat, "Слушаю вас")
    olga = Operator(come("ru", OLGA)).open()
    olga.box("all")
    olga.choose("Мария Покупатель")
    olga.answer.press_sequentially("Я тоже")
    expect(ivan.talk).to_contain_text(ivan.words("workplace.answering", names="Ольга Ким"))
    spoken = ["Слушаю вас"]
    for operator, text in ((olga, "Ольга 0"), (ivan, "Иван 0"), (olga, "Ольга 1"), (ivan, "Иван 1")):
        operator.say(text)
        spoken.append(text)
        place.wait_heard(chat, *spoken)
    for operator in (ivan, olga):
        expect(operator.talk.locator("[data-message]")).to_have_count(len(spoken) + 1)
        shown = operator.talk.get_by_test_id("words").all_inner_texts()
        assert shown == ["Здравствуйте! Есть ёлки?", *spoken]

    # Whoever answers has the chat; what is being typed outlives that it is handed over.
    ivan.answer.fill("Недописанное")
    expect(ivan.frame.get_by_test_id("talk")).to_contain_text(ivan.words("workplace.isMine"))
    ivan.act("workplace.transfer.open")
    ivan.dialog().get_by_text("Ким Ольга").click()
    ivan.person.picture("workplace-transfer", top=False)
    ivan.confirm("workplace.transfer.yes")
    stage.wait("the transfer", lambda: chat.employee_id == KIM)
    olga.box("mine")
    expect(olga.row("Мария Покупатель")).to_be_visible()
    ivan.person.press("workplace.take.open")
    ivan.confirm("workplace.take.open")
    stage.wait("the chat back", lambda: chat.employee_id == PETROV)
    expect(ivan.answer).to_have_value("Недописанное")


def test_a_note_goes_into_the_card_and_a_closed_chat_says_why_nothing_can_be_written(
    come: Come, stage: Stage
) -> None:
    place, ivan = at_work(come, stage)
    chat = place.begun()
    ivan.open()
    ivan.box("all")
    ivan.choose("Мария Покупатель")
    stage.wait("the lead", lambda: len(stage.portal.crm.items[1]) == 1)
    ivan.act("workplace.note.open")
    ivan.dialog().get_by_role("textbox").fill("Просит скидку")
    ivan.confirm("workplace.note.yes")
    stage.wait("the note", lambda: any("Просит скидку" in text for text in place.comments()))
    ivan.answer.fill("Не успел отправить")
    ivan.act("workplace.close.open")
    ivan.confirm("workplace.close.yes")
    expect(ivan.frame.get_by_test_id("closed")).to_be_visible()
    assert chat.release_cause == "closed_by_operator"
    expect(ivan.frame.get_by_test_id("why")).to_have_text(ivan.words.server("desk.why.chat_closed"))
    expect(ivan.frame.get_by_test_id("unsent-draft")).to_contain_text("Не успел отправить")
    ivan.person.picture("workplace-closed", top=False)
    assert place.heard(chat) == []
