"""Whom the journal finds by what: names in any order, phones by both ends and in every spelling, e-mails."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.search_words import LENGTH, MOST, sought, words_of

CLIENT: dict[str, Any] = {
    "visitor": {
        "name": "Пётр  Покупатель-Иванов", "company": "ООО «Ромашка»", "phone_number": "+7 916 123-45-67",
        "phones": ["84951112233"], "email": "Petr.Shop@Example.com",
    },
}  # fmt: skip


def finds(asked: str, facts: dict[str, Any]) -> bool:
    """As the database answers it: of each group one begins a word. Nothing asked finds nobody."""
    words, groups = words_of(facts), sought(asked)
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
