"""Files that an operator drops on a conversation or pastes into it go to the client like picked ones."""

import base64

import pytest
from playwright.sync_api import JSHandle, expect

from tests.stories.conftest import Come
from tests.stories.stage import Stage
from tests.stories.workplace import PNG, Operator, at_work

pytestmark = pytest.mark.browser

DRAGGED = """files => {
  const held = new DataTransfer()
  for (const [name, type, content] of files) held.items.add(new File([content], name, {type}))
  return held
}"""
COPIED = """async content => {
  const bytes = Uint8Array.from(atob(content), sign => sign.charCodeAt(0))
  await navigator.clipboard.write([new ClipboardItem({'image/png': new Blob([bytes], {type: 'image/png'})})])
}"""


def dragged(operator: Operator, *files: tuple[str, str, str]) -> JSHandle:
    """What the mouse holds over the page: name, type and content of each file."""
    return operator.talk.evaluate_handle(f"(_, files) => ({DRAGGED})(files)", [list(file) for file in files])


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_file_is_dropped_anywhere_on_the_conversation(come: Come, stage: Stage, lang: str) -> None:
    place, ivan = at_work(come, stage, lang)
    ivan.person.expected.add("422")
    chat = place.begun("Пришлите смету")
    ivan.open()
    ivan.box("unanswered")
    ivan.choose("Мария Покупатель")
    ivan.answer.fill("Смета во вложении")
    held = dragged(
        ivan,
        ("смета.pdf", "application/pdf", "%PDF-1.7\n%%EOF\n"),
        ("вирус.html", "text/html", "<script>1</script>"),
    )
    ivan.talk.dispatch_event("dragenter", {"dataTransfer": held})
    ivan.person.sees(ivan.words("workplace.dropHere"))
    ivan.person.picture("workplace-drop", top=False)
    ivan.talk.dispatch_event("drop", {"dataTransfer": held})
    expect(ivan.frame.get_by_text(ivan.words("workplace.dropHere"))).to_have_count(0)
    expect(ivan.frame.get_by_test_id("attached")).to_contain_text("смета.pdf")
    expect(ivan.frame.get_by_test_id("upload")).to_contain_text(
        ivan.words.server("desk.file_active", name="вирус.html")
    )
    expect(ivan.answer).to_have_value("Смета во вложении")
    ivan.answer.press("Enter")
    place.wait_heard(chat, "Смета во вложении")
    [sent] = [message.resource for message in chat.messages if message.source == "operator"]
    assert sent is not None and sent.name == "смета.pdf"


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_picture_from_the_clipboard_is_pasted(come: Come, stage: Stage, lang: str) -> None:
    place, ivan = at_work(come, stage, lang)
    chat = place.begun("Как она выглядит?")
    ivan.open()
    ivan.box("unanswered")
    ivan.choose("Мария Покупатель")
    ivan.answer.fill("Вот так:")
    ivan.person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ivan.person.page.evaluate(COPIED, base64.b64encode(PNG).decode())
    ivan.answer.press("Control+v")
    expect(ivan.frame.get_by_test_id("attached")).to_contain_text("image.png")
    expect(ivan.answer).to_have_value("Вот так:")
    ivan.answer.press("Enter")
    place.wait_heard(chat, "Вот так:")
    [sent] = [message.resource for message in chat.messages if message.source == "operator"]
    assert sent is not None and sent.name == "image.png"
    shown = ivan.talk.locator("[data-message]").filter(has_text="Вот так:").locator("[data-view=image] img")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 40
