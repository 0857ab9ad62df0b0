"""Whose chats a user sees: a table of the setting, the user, and the chat's operator."""

import pytest

from app.domain.desk import Person

ME, COLLEAGUE, STRANGER, NOBODY = 367852, 367853, 400000, None


def person(visibility: str, *, admin: bool = False, employee: int | None = ME) -> Person:
    colleagues = frozenset({ME, COLLEAGUE}) if employee else frozenset({COLLEAGUE})
    return Person(
        user_id=7, name="Оператор", admin=admin, employee_id=employee, visibility=visibility, colleagues=colleagues
    )  # fmt: skip


@pytest.mark.parametrize(
    ("visibility", "seen"),
    [
        ("own", {ME, NOBODY}),
        ("department", {ME, COLLEAGUE, NOBODY}),
        ("all", {ME, COLLEAGUE, STRANGER, NOBODY}),
    ],
)
def test_an_operator_sees_chats_by_the_setting(visibility: str, seen: set[int | None]) -> None:
    who = person(visibility)
    assert {number for number in (ME, COLLEAGUE, STRANGER, NOBODY) if who.sees(number)} == seen


@pytest.mark.parametrize("visibility", ["own", "department", "all"])
def test_an_administrator_sees_everything(visibility: str) -> None:
    for employee in (ME, None):
        who = person(visibility, admin=True, employee=employee)
        assert all(who.sees(number) for number in (ME, COLLEAGUE, STRANGER, NOBODY))


@pytest.mark.parametrize("visibility", ["own", "department", "all"])
def test_an_employee_without_a_pair_sees_none_but_those_of_his_cards(visibility: str) -> None:
    who = person(visibility, employee=None)
    assert not who.lists
    assert not any(who.sees(number) for number in (ME, COLLEAGUE, STRANGER, NOBODY))
