"""What a client is told of an operator's words."""

import pytest

from app.domain.letters import Address
from app.domain.line_events import LineFile, LineSaid
from app.domain.mail import Exit, Kind
from app.rules.desk.waba import is_closed, template_for
from app.rules.open_lines import to_client
from tests.rules.moments import at

PORTAL = "https://portal.example"
TO = Address(dialog_id=5, line_id=3, chat_key="740806-v9", user_key="v9")


def said(text: str, **more: object) -> LineSaid:
    values: dict[str, object] = {
        "line_id": 3, "chat_key": "740806-v9", "im_chat_id": 1701, "im_message_id": 85001, "user_id": 7, "text": text,
    }  # fmt: skip
    return LineSaid(**(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("[b]Анна Смирнова:[/b] [br]Добрый день", "Анна Смирнова", "Добрый день"),
        ("[b]Анна Смирнова:[/b][br] Что у вас?", "Анна Смирнова", "Что у вас?"),
        ("[b]Анна:[/b]\nДа", "Анна", "Да"),
        ("Добрый день", None, "Добрый день"),
        ("[b]Внимание:[/b] акция", None, "Внимание: акция"),
    ],
)
def test_the_signature_is_told_apart_from_the_words(text: str, name: str | None, words: str) -> None:
    typed = to_client.read(text, (), PORTAL)
    assert (typed.name, typed.text) == (name, words)


def test_a_file_in_the_text_is_a_file_and_other_links_of_the_portal_are_none() -> None:
    typed = to_client.read(
        f"Смотрите [url={PORTAL}/~abc123]счёт.pdf[/url] и [url={PORTAL}/crm/deal/5/]сделку[/url]", (), PORTAL
    )
    assert typed.files == (LineFile(f"{PORTAL}/~abc123", "счёт.pdf"),)
    assert typed.text == "Смотрите  и сделку"


def test_a_file_that_is_told_twice_is_sent_once() -> None:
    file = LineFile(f"{PORTAL}/~abc123", "счёт.pdf")
    typed = to_client.read(f"[url={PORTAL}/~abc123]счёт.pdf[/url]", (file,), PORTAL)
    assert typed.files == (file,)


def test_every_file_is_a_message_and_the_text_goes_with_the_first() -> None:
    typed = to_client.read("Счёт", (LineFile("/~a", "a"), LineFile("/~b", "b")), PORTAL)
    first, second = to_client.posts(said("Счёт"), typed, TO, 2045, reply_to=17, signed=True)
    assert (first.key, second.key) == ("im:85001", "im:85001:f1")
    assert (first.body["text"], second.body["text"]) == ("Счёт", "")
    assert [post.body["files"][0]["name"] for post in (first, second)] == ["a", "b"]
    assert (first.rank, second.rank, first.thread) == (85001, 85001, "d5")
    assert (first.exit, first.kind, first.author_id) == (Exit.UIS, Kind.MESSAGE, 7)
    assert (first.body["reply_to"], second.body["reply_to"]) == (17, None)


def test_a_quote_that_is_not_found_stays_in_the_text() -> None:
    dashes = "-" * 54
    typed = to_client.read(f"{dashes}[br]Анна [12:00][br]Где?[br]{dashes}[br]Едет", (), PORTAL)
    [post] = to_client.posts(said("x"), typed, TO, 2045, reply_to=None, signed=False)
    assert post.body["text"] == "> Где?\nЕдет"


TEMPLATES = [
    {
        "id": 1, "name": "hello",
        "content": {"text": "Здравствуйте, {{1}}! Ваш заказ {{2}} готов.", "footer": {"text": "Магазин"}},
    },
    {"id": 2, "name": "plain", "content": {"text": "Мы открылись"}},
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Мы открылись", 2),
        ("  Мы   открылись\n", 2),
        ("Здравствуйте, Анна! Ваш заказ № 5 готов.", 1),
        ("Мы закрылись", None),
        ("", None),
    ],
)
def test_a_text_that_is_a_template_is_known(text: str, found: int | None) -> None:
    template = template_for(text, TEMPLATES)
    assert (template["id"] if template else None) == found
    if found == 1:
        assert template == {"id": 1, "text": text.strip(), "footer": {"text": "Магазин"}}


@pytest.mark.parametrize(
    ("kind", "until", "closed"),
    [("waba", 11, True), ("waba", 13, False), ("waba", None, False), ("whatsapp", 11, False)],
)
def test_when_the_window_of_a_business_account_is_closed(kind: str, until: int | None, closed: bool) -> None:
    assert is_closed(kind, at(until) if until else None, at(12)) is closed
