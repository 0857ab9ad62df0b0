"""BB code of the messenger as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.open_lines.plain import plain

CASES = [
    ("Добрый день", "Добрый день"),
    ("[b]Менеджер:[/b] [br]Здравствуйте", "Менеджер:\nЗдравствуйте"),
    ("Строка[BR]вторая", "Строка\nвторая"),
    ("[url=https://shop.example.com/a]каталог[/url]", "каталог (https://shop.example.com/a)"),
    ("[url]https://shop.example.com/a[/url]", "https://shop.example.com/a"),
    ("[url=https://a.example]https://a.example[/url]", "https://a.example"),
    ("[url=/crm/lead/details/5/]Лид[/url] создан", "Лид создан"),
    ("[URL=javascript:alert(1)]жми[/URL]", "жми"),
    ("[user=7]Менеджер продаж[/user], ответьте", "Менеджер продаж, ответьте"),
    ("[color=#ff0000][i]важно[/i][/color]", "важно"),
    ("[icon=/bitrix/smile.png size=20 title=Улыбка]", "Улыбка"),
    ("[img]https://a.example/p.png[/img]", "https://a.example/p.png"),
    ("[img size=small]/upload/p.png[/img]", ""),
    ("[timestamp=1773223732 format=d.m]завтра", "завтра"),
    ("[disk=17]", ""),
    (
        "------------------------------------------------------\nЦитата\n" + "-" * 54 + "\nОтвет",
        "Цитата\n\nОтвет",
    ),
    ("цена [100 руб] и [скидка]", "цена [100 руб] и [скидка]"),
    ("массив[0] и x<y", "массив[0] и x<y"),
    ("один\r\n\r\n\r\n\r\nдва", "один\n\nдва"),
    ("a\x00b\u202ec", "abc"),
    ("", ""),
]


@pytest.mark.parametrize(("bb", "text"), CASES)
def test_tags_go_and_words_stay(bb: str, text: str) -> None:
    assert plain(bb) == text


@given(
    st.text(alphabet=st.characters(exclude_characters="[]<>&\r\t\x00", exclude_categories=["Cc", "Cs", "Cf"]))
)
def test_a_text_without_brackets_only_loses_space_at_its_ends(text: str) -> None:
    assert plain(text) == text.strip() or "-" * 20 in text


TAGS = st.sampled_from(
    ["[b]", "[/b]", "[br]", "[url=/a]", "[/url]", "[img]", "[/img]", "[quote]", "x", " ", "[", "]"]
)


@given(st.lists(TAGS, max_size=40).map("".join))
def test_what_is_plain_stays_plain(text: str) -> None:
    assert plain(plain(text)) == plain(text) or "[" in plain(text)
