"""Who is found by what: names in any order, phones by both ends and in every spelling, e-mails, words said."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.excerpts import BEFORE, CUT, excerpt
from app.rules.excerpts import LENGTH as SHOWN
from app.rules.search_words import LENGTH, MOST, SAID, line_of, said_in, sought, words_of

CLIENT: dict[str, Any] = {
    "visitor": {
        "name": "Пётр  Покупатель-Иванов", "company": "ООО «Ромашка»", "phone_number": "+7 916 123-45-67",
        "phones": ["84951112233"], "email": "Petr.Shop@Example.com",
    },
}  # fmt: skip


def finds(asked: str, facts: dict[str, Any]) -> bool:
    """As the database answers it: of each group one begins a word. Nothing asked finds nobody."""
    return begins(asked, words_of(facts))


def begins(asked: str, words: frozenset[str]) -> bool:
    groups = sought(asked)
    return bool(groups) and all(
        any(word.startswith(one) for one in group for word in words) for group in groups
    )


@pytest.mark.parametrize(
    "asked",
    [
        "Пётр", "петр", "ПЕТР", "пок", "Иванов", "иванов петр", "покупатель-иванов", "ромашка", "«Ромашка»",
        "+7 916 123-45-67", "8 (916) 123-45-67", "79161234567", "9161234567", "916 123", "8916", "4567", "45-67",
        "495111", "2233", "petr.shop@example.com", "PETR.SHOP@", "shop", "  петр  ",
    ],
)  # fmt: skip
def test_a_client_is_found(asked: str) -> None:
    assert finds(asked, CLIENT)


@pytest.mark.parametrize(
    "asked",
    ["Мария", "етр", "петр мария", "79161234568", "234", "shop@example", "%", "_", "", "  ", "-", "@"],
)
def test_somebody_else_is_not(asked: str) -> None:
    assert not finds(asked, CLIENT)


@pytest.mark.parametrize(
    "facts", [{}, {"visitor": None}, {"visitor": {"name": ""}}, {"visitor": {"phones": [None]}}]
)
def test_who_said_nothing_has_no_words(facts: dict[str, Any]) -> None:
    assert words_of(facts) == frozenset()


@given(st.text(max_size=300), st.text(max_size=40))
def test_whatever_is_typed_is_bounded(name: str, phone: str) -> None:
    words = words_of({"visitor": {"name": name, "phone_number": phone}})
    assert len(words) <= MOST
    assert all(word and len(word) <= LENGTH and word == word.strip() for word in words)
    assert all(one and len(one) <= LENGTH for group in sought(name) for one in group)


@given(st.text(alphabet="абвгАБВ abc", min_size=1, max_size=30).filter(str.strip))
def test_a_name_finds_its_own_client(name: str) -> None:
    assert finds(name, {"visitor": {"name": name}})


SAID_TEXT = "Здравствуйте!  Есть ЗЕЛЁНЫЕ ёлки-палки по 1500 ₽?\nПишите на Petr.Shop@Example.com или +7 (916) 123-45-67."


@pytest.mark.parametrize(
    "asked",
    [
        "зеленые", "Зелёные", "ЗЕЛЕН", "палки", "ёлки зел", "елки здравств", "1500", "petr.shop@",
        "PETR.SHOP@example.com", "example", "79161234567", "8 916 123", "9161234567", "4567", "договор", "pdf",
    ],
)  # fmt: skip
def test_what_was_said_is_found_and_shown(asked: str) -> None:
    line = line_of(SAID_TEXT, {"name": "Договор №3.pdf"})
    assert begins(asked, said_in(line))
    assert any(found for _, found in excerpt(line, sought(asked)))


@pytest.mark.parametrize("asked", ["еленые", "зеленые сосны", "1501", "500", "", "₽", "%", "_"])
def test_what_was_not_said_is_not_found(asked: str) -> None:
    assert not begins(asked, said_in(line_of(SAID_TEXT, None)))


def test_letters_of_two_signs_are_one_letter() -> None:
    line = line_of("\u0418\u0306од и е\u0308лка", None)
    assert said_in(line) == {"йод", "елка"}
    assert excerpt(line, sought("ёл")) == (("Йод и ", False), ("ёлка", True))


LONG = "слово " * 30


@pytest.mark.parametrize(
    ("line", "asked", "shown"),
    [
        ("Есть ёлки?", "елк", (("Есть ", False), ("ёлки", True), ("?", False))),
        ("ёлки, ёлочки, и", "ёл", (("ёлки", True), (", ", False), ("ёлочки", True), (", и", False))),
        ("Пишите на a@b.ru", "a@b b", (("Пишите на ", False), ("a@b.ru", True))),
        ("Нет ничего", "ёлки", ()),
        ("", "ёлки", ()),
        (LONG + "ёлка", "ёлк", ((CUT, False), ("слово " * 3, False), ("ёлка", True))),
        ("ёлка " + LONG, "ёлк", (("ёлка", True), ((" " + LONG)[: SHOWN - 4], False), (CUT, False))),
        ("х" * 200 + " ёлка", "ёлк", ((CUT, False), ("ёлка", True))),
        ("х" * 200, "ххх", (("х" * SHOWN, True), (CUT, False))),
    ],
)  # fmt: skip
def test_an_excerpt_begins_a_little_before_what_was_found(
    line: str, asked: str, shown: tuple[tuple[str, bool], ...]
) -> None:
    assert excerpt(line, sought(asked)) == shown


@given(st.text(max_size=600), st.text(max_size=40))
def test_whatever_is_said_and_looked_for_an_excerpt_is_a_part_of_it(text: str, asked: str) -> None:
    line = line_of(text, None)
    words = said_in(line)
    assert len(words) <= SAID and all(1 <= len(word) <= LENGTH for word in words)
    pieces = [words for words, _ in excerpt(line, sought(asked)) if words != CUT]
    assert "".join(pieces) in line and sum(map(len, pieces)) <= SHOWN and BEFORE < SHOWN


@given(st.text(alphabet="абвгёйАБВ1 -.", max_size=60), st.integers(0, 20))
def test_every_word_that_was_said_finds_it(text: str, at: int) -> None:
    line = line_of(text, None)
    words = [word for word in line.replace("-", " ").replace(".", " ").split() if len(word) > 1]
    if words:
        asked = words[at % len(words)]
        assert begins(asked, said_in(line)) and excerpt(line, sought(asked))


def test_a_message_that_wants_to_take_time_takes_none() -> None:
    for text in ("a" * 200_000, "1 " * 100_000, "a@" * 100_000, "+1(" * 60_000, "." * 200_000):
        assert len(said_in(line_of(text, None))) <= SAID
