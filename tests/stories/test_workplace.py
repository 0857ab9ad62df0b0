"""An operator at work: clients are answered, nothing is lost, every state is told."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Come
from tests.stories.stage import Stage
from tests.stories.workplace import at_work

pytestmark = pytest.mark.browser


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
