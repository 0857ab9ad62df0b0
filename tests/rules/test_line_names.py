"""Names of visitors as an open line takes them: the portal refuses a message for anything else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.open_lines.names import LONGEST, Name, valid_name

TAKEN = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)*")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Анна", Name("Анна")),
        ("Анна Петрова", Name("Анна", "Петрова")),
        ("Иванов Иван Иванович", Name("Иван Иванович", "Иванов")),
        ("Иван Иванович Иванов", Name("Иван Иванович", "Иванов")),
        ("Иван Иванович", Name("Иван Иванович")),
        ("Мария Ильинична", Name("Мария Ильинична")),
        ("  анна\tпетрова \n", Name("анна", "петрова")),
        ("Анна-Мария д’Артаньян", Name("Анна-Мария", "д'Артаньян")),
        ("O`Neil – Smith", Name("O'Neil", "Smith")),
        ("Жан--Клод '' ван-Дамм", Name("Жан-Клод", "ван-Дамм")),
        ("mc.fly_42", Name("mc", "fly")),
        ("+7 916 123-45-67", None),
        ("🙂🙃", None),
        ("--- '' -", None),
        ("", None),
        (None, None),
        ("и\u0306огурт", Name("йогурт")),
        ("Х" * 40, Name("Х" * 25)),
        ("Анна Сергеевна Константинопольская Задунайская", Name("Анна Сергеевна", "Константинопольская")),
    ],
)  # fmt: skip
def test_what_is_left_of_a_name(raw: str | None, name: Name | None) -> None:
    assert valid_name(raw) == name


@given(st.text(max_size=80))
def test_whatever_somebody_calls_himself_the_line_takes_it(raw: str) -> None:
    name = valid_name(raw)
    if name is not None:
        for part in (name.first, name.last):
            assert len(part) <= LONGEST
            assert not part or TAKEN.fullmatch(part), ascii(part)
        assert name.first
