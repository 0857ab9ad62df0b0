"""Transcripts: what was said, by whom, when; and nothing that a client can make of it."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.message import FileRef, TranscriptMessage
from app.rules.markup import DIRECTIONS, neutral
from app.rules.transcript import MIN_LIMIT, render

REFERENCE = "OMNI-0123456789abcdef"
NOON = datetime(2025, 3, 21, 9, 0, tzinfo=UTC)


def said(text: str, *, source: str = "visitor", author: str | None = None, **rest: Any) -> TranscriptMessage:
    rest = {"id": 1, "at": NOON, **rest}
    return TranscriptMessage(source=source, author=author, text=text, **rest)


def told(*messages: TranscriptMessage, **options: Any) -> list[str]:
    wanted = {"lang": "ru", "timezone": "Europe/Moscow", "files": True, "reference": REFERENCE}
    return render(messages, **{**wanted, **options})


def one(*messages: TranscriptMessage, **options: Any) -> list[str]:
    """The lines of the only comment, without its reference."""
    (text,) = told(*messages, **options)
    *lines, last = text.split("\n")
    assert last == REFERENCE
    return lines


def test_both_sides_speak_in_the_zone_and_language_of_the_portal() -> None:
    messages = [
        said("Добрый день", author="Посетитель"),
        said(
            "Здравствуйте!", source="operator", author="Оператор Первый", id=2, at=NOON + timedelta(minutes=5)
        ),
        said("Чат завершён", source="system", id=3, at=NOON + timedelta(hours=13)),
    ]
    assert one(*messages) == [
        "21 марта 2025",
        "12:00 Посетитель: Добрый день",
        "12:05 Оператор Первый: Здравствуйте!",
        "22 марта 2025",
        "01:00 [i]Чат завершён[/i]",
    ]
    assert one(messages[0], lang="en", timezone="UTC") == ["21 March 2025", "09:00 Посетитель: Добрый день"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("visitor", "Клиент: "),
        ("operator", "Оператор: "),
        ("chatbot", "Чат-бот: "),
        ("form_text", "Форма: "),
    ],
)
def test_who_has_no_name_has_a_word(source: str, name: str) -> None:
    assert one(said("х", source=source))[1] == f"12:00 {name}х"


def test_an_unknown_source_without_a_name_speaks_like_the_system() -> None:
    assert one(said("х", source="something_new"))[1] == "12:00 [i]х[/i]"


def test_lines_of_one_message_stay_together() -> None:
    assert one(said(" один\r\nдва\n\nтри\n"))[1:] == [
        "12:00 Клиент: один",
        "\u2003два",
        "\u2003",
        "\u2003три",
    ]


def test_an_edited_message_is_marked() -> None:
    assert one(said("один", edited=True))[1] == "12:00 Клиент: один (изменено)"
    assert one(said("один", edited=True), lang="en")[1] == "12:00 Client: один (edited)"


def test_messages_stand_in_the_order_of_their_times() -> None:
    late, early = said("б", id=1, at=NOON + timedelta(seconds=1)), said("а", id=2)
    twin = said("в", id=3, at=NOON + timedelta(seconds=1))
    assert [line[-1] for line in one(twin, late, early)[1:]] == ["а", "б", "в"]


PHOTO = "https://a.example/f?x=1&y=2"
BROKEN = "x[\u200b/url][\u200bb]"


@pytest.mark.parametrize(
    ("file", "linked", "named"),
    [
        (FileRef("фото 1.jpg", PHOTO), f"[url={PHOTO}]фото 1.jpg[/url]", "[\u200bфото 1.jpg]"),
        (FileRef("a.pdf", None), "[\u200ba.pdf]", "[\u200ba.pdf]"),
        (FileRef("", None), "[\u200bфайл]", "[\u200bфайл]"),
        (FileRef("x", "javascript:alert(1)"), "[\u200bx]", "[\u200bx]"),
        (FileRef("x", "https://a/][b]"), "[\u200bx]", "[\u200bx]"),
        (FileRef("x[/url][b]\n", PHOTO), f"[url={PHOTO}]{BROKEN}[/url]", f"[\u200b{BROKEN}]"),
    ],
)
def test_files_are_linked_or_named(file: FileRef, linked: str, named: str) -> None:
    assert one(said("", files=(file,)))[1] == f"12:00 Клиент: {linked}"
    assert one(said("вот", files=(file,)), files=False)[1:] == ["12:00 Клиент: вот", f"\u2003{named}"]


def test_where_nothing_was_said_there_is_no_comment() -> None:
    assert told() == []
    assert told(said(" \n\x00")) == []


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "\0"])
def test_an_unknown_zone_is_utc(zone: str) -> None:
    assert one(said("х"), timezone=zone)[1].startswith("09:00")


TAG = re.compile(r"\[/?[a-zа-я*]|</?[a-z!]|&#?\w+;", re.IGNORECASE)
HOSTILE = [
    "[b]жирно[/b]",
    "[url=https://evil.example]счёт[/url]",
    "[[b]x]",
    "[*] пункт",
    "[\x00b]x[\u202e/b]",
    "[user=1]директор[/user]",
    "<script>alert(1)</script><!-- -->",
    "&#91;b&#93; &lt;b&gt; &amp;#91;b]",
    "[DISK FILE ID=1]",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_client_writes_is_markup(text: str) -> None:
    lines = one(said(text, author=text, files=(FileRef(text),)))
    assert not TAG.search("\n".join(lines))
    visible = "".join(c for c in text if c not in "\x00\u202e")
    assert visible in lines[1].replace("\u200b", "")


def test_nobody_can_write_a_line_of_another() -> None:
    forged = f"да\n12:01 Оператор: скидка 90%\n{REFERENCE}\r12:02 Оператор: да\u202812:03 Оператор: да"
    lines = one(said(forged))
    assert len([line for line in lines if not line.startswith("\u2003")]) == 2
    assert REFERENCE not in lines


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(st.text(max_size=200))
def test_neutral_text_cannot_begin_a_tag_and_reads_as_typed(text: str) -> None:
    made = neutral(text)
    assert not TAG.search(made)
    assert neutral(made) == made
    dropped = {c for c in text if c in DIRECTIONS or unicodedata.category(c) in ("Cc", "Cs")} | {"\u200b"}
    assert squeezed("".join(c for c in made if c != "\u200b")) == squeezed(
        "".join(c for c in text if c not in dropped)
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.text("аб [/]\n", max_size=40), st.integers(1, 250), st.integers(0, 80_000)),
        max_size=12,
    )
)
def test_a_long_conversation_is_split_in_order_and_loses_nothing(rows: list[tuple[str, int, int]]) -> None:
    moment, messages = NOON, []
    for number, (text, times, pause) in enumerate(rows):
        moment += timedelta(seconds=pause)
        messages.append(said(f"#{number} {text * times}", id=number, at=moment))
    parts = told(*messages, limit=MIN_LIMIT)
    assert all(len(part) <= MIN_LIMIT for part in parts)
    bodies = []
    for number, part in enumerate(parts, start=1):
        lines = part.split("\n")
        assert lines.pop() == (REFERENCE if number == 1 else f"{REFERENCE}/{number}")
        if len(parts) > 1:
            assert lines.pop(0) == f"Часть {number} из {len(parts)}"
        assert re.fullmatch(r"\d+ марта 2025|\d+ апреля 2025", lines[0])
        bodies += [line for line in lines if not re.fullmatch(r"\d+ (марта|апреля) 2025", line)]
    spoken = re.sub(r"\d\d:\d\dКлиент:", "", squeezed("".join(bodies)))
    assert spoken == squeezed("".join(neutral(message.text) for message in messages))


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="room"):
        told(said("х"), limit=100)
