"""BB code of operators as plain text: nothing of it and nothing internal reaches a client."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.open_lines.bbcode import is_internal, plain

HOST = "portal.example"


@pytest.mark.parametrize(
    ("bbcode", "text"),
    [
        ("Добрый день", "Добрый день"),
        ("[b]Важно[/b]: [i]да[/i] [u]и[/u] [s]нет[/s]", "Важно: да и нет"),
        ("Раз[br]два[BR]три<br />четыре", "Раз\nдва\nтри\nчетыре"),
        ("[url=https://ya.ru]Яндекс[/url]", "Яндекс (https://ya.ru)"),
        ("[url]https://ya.ru[/url]", "https://ya.ru"),
        ("[URL=https://ya.ru][b]Яндекс[/b][/URL]", "Яндекс (https://ya.ru)"),
        ("[url=mailto:a@b.ru]a@b.ru[/url]", "a@b.ru"),
        ("[url=/crm/deal/details/5/]сделка[/url]", "сделка"),
        ("[url=https://portal.example/crm/deal/details/5/]сделка[/url]", "сделка"),
        ("[url]https://portal.example/company/personal/user/5/[/url]", ""),
        ("[url=javascript:alert(1)]нажмите[/url]", "нажмите"),
        ("[user=5]Анна Смирнова[/user], посмотрите", "Анна Смирнова, посмотрите"),
        ("[USER=5 REPLACE]Анна[/USER] [chat=7]чат[/chat]", "Анна чат"),
        ("[send=/help]Помощь[/send] [put=/x]Вставить[/put] [call=+7916]позвонить[/call]", "Помощь Вставить позвонить"),
        ("[icon=/upload/main/smiles/5/bx_smile.png title=Улыбка size=20]", "Улыбка"),
        ('<img src="/bitrix/js/im/images/smile.png" data-code=":)" alt=":)">', ":)"),
        ("[quote]Где заказ?[br]Когда?[/quote]Едет", "> Где заказ?\n> Когда?\nЕдет"),
        ("[disk=5][attach=7][timestamp=1770000000 format=SHORT]", ""),
        ("[color=#ff0000][size=20]Красное[/size][/color]", "Красное"),
        ("[list][*]раз[*]два[/list]", "• раз\n• два"),
        ("[code]print(1)[/code]", "print(1)"),
        ("Скидка [важно] до 5[%]", "Скидка [важно] до 5[%]"),
        ("5 &lt; 7 &amp;&amp; &quot;да&quot;", '5 < 7 && "да"'),
        ("&#91;b&#93;не тег&#91;/b&#93;", "[b]не тег[/b]"),
        ("  [b][/b]  ", ""),
    ],
)  # fmt: skip
def test_bb_code_becomes_plain_text(bbcode: str, text: str) -> None:
    assert plain(bbcode, HOST) == text


@pytest.mark.parametrize(
    ("address", "internal"),
    [
        ("https://portal.example/crm/", True),
        ("HTTPS://PORTAL.EXAMPLE/crm/", True),
        ("/crm/deal/5/", True),
        ("https://portal.example.evil.com/", False),
        ("https://example.com/?u=portal.example", False),
        ("ftp://example.com", True),
        ("https://[broken", True),
        ("tel:+79161234567", False),
    ],
)
def test_what_is_internal(address: str, internal: bool) -> None:
    assert is_internal(address, HOST) is internal


PARTS = st.sampled_from(
    ["[b]", "[/b]", "[url=", "https://portal.example/x", "]", "[/url]", "[quote]", "[/quote]", "слово", " ", "[br]",
     "<img ", "alt=':)'", ">", "&lt;", "[user=5]", "[/user]", "\n"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=30).map("".join))
def test_no_combination_of_tags_leaks_a_link_or_takes_for_ever(bbcode: str) -> None:
    said = plain(bbcode, HOST)
    links = re.findall(r"\((https://portal\.example[^)]*)\)", said)
    assert links == []
