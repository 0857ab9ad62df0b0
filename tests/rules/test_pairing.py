"""Employees are joined to users where that is unambiguous, in a fixed order of evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.pairing import Pair, Person, pair


def person(number: int, name: str = "", **more: object) -> Person:
    return Person(id=number, full_name=name or f"Сотрудник {number}", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("employee", "users", "expected"),
    [
        (person(1, email="A@b.ru "), [person(7, email="a@B.ru")], Pair(7, "email")),
        (person(1, phones=("79161234567",)), [person(7, phones=("8 (916) 123-45-67",))], Pair(7, "phone")),
        (person(1, "Первый Старший"), [person(7, "Старший Первый")], Pair(7, "name")),
        (person(1, "Семён Первый"), [person(7, "Первый Семен")], Pair(7, "name")),
        # One word names too many people.
        (person(1, "Оператор"), [person(7, "Оператор")], None),
        # Two who fit are none.
        (person(1, "Первый Старший"), [person(7, "Первый Старший"), person(8, "Первый Старший")], None),
        # The e-mail counts before the name.
        (
            person(1, "Первый Старший", email="a@b.ru"),
            [person(7, "Первый Старший"), person(8, "Другой Младший", email="a@b.ru")],
            Pair(8, "email"),
        ),
        # Who cannot take part is not joined by itself.
        (person(1, email="a@b.ru"), [person(7, email="a@b.ru", able=False)], None),
        # What an administrator joined stays, also to somebody who was dismissed since.
        (
            person(1, email="a@b.ru", linked=8, linked_by="hand"),
            [person(7, email="a@b.ru"), person(8, able=False)],
            Pair(8, "hand"),
        ),
        # A link to a user that is gone is no link.
        (
            person(1, email="a@b.ru", linked=99, linked_by="hand"),
            [person(7, email="a@b.ru")],
            Pair(7, "email"),
        ),
        (person(1), [], None),
    ],
)
def test_one_employee(employee: Person, users: list[Person], expected: Pair | None) -> None:
    assert pair([employee], users).get(1) == expected


def test_two_employees_who_want_one_user_get_none() -> None:
    employees = [person(1, email="a@b.ru"), person(2, email="a@b.ru")]
    assert pair(employees, [person(7, email="a@b.ru")]) == {}


def test_an_employee_unpaired_by_hand_stays_unpaired() -> None:
    employee = person(1, "Иван Петров", email="a@b.ru", linked=None, linked_by="hand")
    assert pair([employee], [person(7, "Иван Петров", email="a@b.ru")]) == {}


def test_a_user_joined_by_hand_is_not_given_to_another() -> None:
    employees = [person(1, linked=7, linked_by="hand"), person(2, email="a@b.ru")]
    assert pair(employees, [person(7, email="a@b.ru")]) == {1: Pair(7, "hand")}


people = st.lists(
    st.builds(
        lambda number, name, email: person(number, name, email=email),
        st.integers(1, 30),
        st.sampled_from(["А Б", "Б А", "В Г", "Д"]),
        st.sampled_from([None, "a@b.ru", "c@d.ru"]),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


@given(people, people)
def test_nobody_is_joined_twice_and_joining_again_changes_nothing(
    employees: list[Person], users: list[Person]
) -> None:
    pairs = pair(employees, users)
    assert len({found.user_id for found in pairs.values()}) == len(pairs)
    again = [
        person(one.id, one.full_name, email=one.email, linked=found.user_id, linked_by=found.by)
        if (found := pairs.get(one.id))
        else one
        for one in employees
    ]
    kept = pair(again, users)
    assert {number: kept[number] for number in pairs} == pairs
