"""Whatever clients write arrives as text: nothing of it is obeyed, and nothing of it stops the road."""

import json

import pytest

from app.pipeline.accept import accept
from tests.support.stage import Stage

LEAD, CONTACT = 1, 3
HOSTILE = {
    "link to an answer": "$result[c1s0][item][id] и $RESULT[x]",
    "markup": "[url=http://example.com/][b]жми[/b][/url] <script>alert(1)</script> &#91;b]",
    "template": "{{ visitor.phone_number }} {% raise %} {phone} %s",
    "query": "a&fields[title]=b#c?d=e%00%0A+",
    "control": "сле\u202eва\u200f\x00\x07 и \ud800 половина",
    "lines": "раз\n12:00 Оператор: скидка 90%\r\nтри\u2028четыре",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_arrive_as_text(here: Stage, text: str) -> None:
    here.card(9_000_000_001, name=text, emails=["a@example.com"])
    here.chat_started(1)
    here.message(1, 11, text)
    here.closed(1)
    here.work_off()
    assert (here.conversation(1).state, here.portal.violations) == ("done", [])
    [lead] = here.items(LEAD)
    [comment] = here.comments(LEAD, lead["id"])
    [activity] = here.activities()
    [notice] = here.portal.notifications
    marked = json.dumps([comment, activity.layout["body"], notice.message], ensure_ascii=False)
    for bad in ("[url=http", "[b]", "<script", "&#91;"):
        assert bad not in marked, bad
    shown = json.dumps([lead, comment, activity.layout, notice.message], ensure_ascii=False, default=str)
    for bad in ("$result", "$RESULT", "\\u202e", "\\u200f", "\\u0000", "\\u0007"):
        assert json.loads(f'"{bad}"') not in shown, bad
        assert bad not in shown, bad
    for name in ("title", "name"):
        assert "\n" not in lead[name]
        assert len(lead[name]) <= 255
    assert lead["title"].startswith("Чат: ")
    assert "\n12:00 Оператор: скидка" not in comment


@pytest.mark.parametrize("length", [255, 256, 5_000])
def test_a_long_name_is_cut_to_what_the_crm_takes(quick: Stage, length: int) -> None:
    quick.card(9_000_000_001, name="Я" * length, phones=["79160000001"])
    quick.chat_started(1)
    quick.work_off()
    [lead] = quick.items(LEAD)
    assert len(lead["title"]) == 255
    assert len(lead["name"]) == 255


def test_a_very_long_conversation_is_told_in_several_comments_once(quick: Stage) -> None:
    quick.chat_started(1)
    for number in range(1, 9):
        quick.message(1, number, f"[{number}] " + "слово " * 2_000)
    quick.closed(1)
    quick.world.faults.add("bitrix", "crm.timeline.comment.add", "reset_after")
    quick.work_off()
    texts = quick.comments(LEAD, 1)
    assert [f"Часть {number} из {len(texts)}" in text for number, text in enumerate(texts, 1)] == [
        True
    ] * len(texts)
    assert len(texts) > 1


def test_a_callback_that_cannot_be_read_holds_up_nothing(quick: Stage) -> None:
    quick.chat_started(1)
    accept(
        quick.services, quick.installation_id, source="uis", kind="message", dedup_key="bad", body=b"[1, 2"
    )
    quick.message(1, 11, "Здравствуйте")
    quick.work_off()
    assert len(quick.items(LEAD)) == 1
