"""Who of UIS is who in the portal: found by itself, corrected by hand, read anew."""

import pytest
from playwright.sync_api import Locator, expect

from tests.stories.conftest import Come
from tests.stories.person import Person
from tests.stories.stage import Stage

pytestmark = pytest.mark.browser

PETROV, KIM = 367852, 367853


def row(person: Person, employee: int) -> Locator:
    return person.frame.locator(f'[data-employee="{employee}"]')


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_employees_are_read_joined_and_parted(come: Come, stage: Stage, lang: str) -> None:
    stage.portal.users[9].last_name = ""
    api = stage.connect()
    person = come(lang)
    person.open()
    person.press("main.sync.start")
    person.sees(person.words.server("sync.pairs"))
    expect(row(person, PETROV)).to_contain_text(person.words("main.employees.by.email"))
    expect(row(person, KIM)).to_contain_text(person.words("main.employees.unpaired"))
    person.sees(person.words("main.attention.no_last_name.title"))
    row(person, PETROV).scroll_into_view_if_needed()
    person.picture("main-employees", top=False)

    person.frame.get_by_role("combobox", name=person.words("main.employees.filter")).click()
    unpaired = person.words("main.employees.show.unpaired", count="")
    person.frame.get_by_role("option", name=unpaired.partition("(")[0].strip()).click()
    expect(row(person, PETROV)).to_have_count(0)
    row(person, KIM).get_by_role("button").click()
    person.frame.get_by_role("option", name="Анна Смирнова").click()
    expect(row(person, KIM)).to_have_count(0)
    people = {each["id"]: each for each in api.call("GET", "/directory/employees")}
    assert people[KIM]["user_id"] == 1
    assert people[KIM]["joined_by"] == "hand"
    assert people[PETROV]["user_id"] == 7
