"""Quotes between a messenger that has them and one that writes them into the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.open_lines.quotes import Quote, in_lines, is_same, quoted, split

LINE = "-" * 54


@pytest.mark.parametrize(
    ("text", "quote", "rest"),
    [
        (f"{LINE}\nАнна [12.05.2026, 12:00]\nГде заказ?\n{LINE}\nЕдет", Quote("Где заказ?"), "Едет"),
        (f"{LINE}\nАнна [вчера, 12:00] #chat17/85001\nДа\n{LINE}\nНет", Quote("Да", 85001), "Нет"),
        (f"{LINE}\nАнна [12:00]\nраз\nдва\n{LINE}\n", Quote("раз\nдва"), ""),
        ("Обычный текст", None, "Обычный текст"),
        (f"{LINE}\nнезакрытая цитата", None, f"{LINE}\nнезакрытая цитата"),
        ("--- не цитата ---", None, "--- не цитата ---"),
    ],
)
def test_a_quote_is_taken_from_the_head_of_a_text(text: str, quote: Quote | None, rest: str) -> None:
    assert split(text) == (quote, rest)


@given(st.text("абв где? \n", min_size=1, max_size=80).map(str.strip).filter(bool))
def test_what_is_quoted_is_read_again(text: str) -> None:
    quote, rest = split(quoted("Анна", "12.05.2026, 12:00", text) + "Ответ")
    assert quote is not None
    assert (quote.text, rest) == (text, "Ответ")
    assert is_same(text, quote.text)


def test_a_long_quote_is_cut_and_still_known() -> None:
    long = "слово " * 200
    quote, _ = split(quoted("Анна", "12:00", long) + "x")
    assert quote is not None
    assert len(quote.text) < 400
    assert is_same(long, quote.text)


@pytest.mark.parametrize(
    ("sent", "seen", "same"),
    [
        ("Анна Смирнова:\nУже едет", "Уже едет", True),
        ("Уже  едет ", "Уже едет", True),
        ("Уже едет", "Едет", False),
        ("Уже едет", "", False),
        ("Уже едет к вам", "Уже едет…", True),
    ],
)
def test_which_message_is_quoted(sent: str, seen: str, same: bool) -> None:
    assert is_same(sent, seen) is same


def test_a_messenger_without_quotes_gets_lines() -> None:
    assert in_lines(Quote("раз\nдва"), "Ответ") == "> раз\n> два\nОтвет"
