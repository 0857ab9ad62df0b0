"""Settings are refused at their fields, fought over by two administrators, and only read by others."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.stories.conftest import Come
from tests.stories.editors import Editors
from tests.stories.person import Person
from tests.stories.stage import Stage, staged

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Chats are on; one server for all."""
    with staged(tmp_path_factory.mktemp("settings")) as made:
        made.switch_on()
        yield made


def title(person: Person, kind: str) -> Locator:
    return person.field(f"titles.{kind}").locator("input").first


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_refusal_stands_at_its_field(come: Come, stage: Stage, lang: str) -> None:
    person = come(lang)
    person.expected.add("422")
    person.open("chats")
    line = title(person, "lead")
    line.fill("Чат {{ visitor.name")
    person.press("save.save")
    expect(line).to_be_focused()
    expect(line).to_be_in_viewport()
    expect(line).to_have_attribute("aria-invalid", "true")
    person.picture("chats-refused", top=False)
    line.fill("Чат {{ visitor.name }}")
    person.saves()


def test_two_administrators_see_both_versions(come: Come, stage: Stage) -> None:
    api = stage.visit()
    stage.portal.users[9].admin = True
    first, second = come(), come(user_id=9)
    second.expected.add("409")
    for person in (first, second):
        person.open("chats")
        expect(person.field("titles.lead")).to_be_visible()
    title(first, "lead").fill("Первый администратор")
    Editors(first).user("responsible.default_user_id", "Ольга Ким")
    first.saves()
    title(second, "lead").fill("Второй администратор")
    second.press("save.save")
    table = second.frame.get_by_test_id("conflict")
    expect(table).to_contain_text("Первый администратор")
    expect(table).to_contain_text("Второй администратор")
    expect(table).to_contain_text("Ольга Ким")
    second.picture("conflict", top=False)
    second.press("conflict.takeTheirs")
    expect(title(second, "lead")).to_have_value("Первый администратор")
    title(second, "lead").fill("Договорились")
    second.saves()
    assert stage.settings(api, "chats")["titles"]["lead"] == "Договорились"


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_an_employee_may_look_and_is_told_why_not_more(come: Come, stage: Stage, lang: str) -> None:
    person = come(lang, user_id=7)
    person.open("main")
    person.sees(person.words("readonly.title"))
    person.picture("main-employee")
    expect(person.frame.get_by_role("tab", name=person.words("tabs.journal"))).to_have_count(0)
    expect(person.frame.get_by_test_id("connect")).to_have_count(0)
    expect(person.frame.get_by_test_id("sync")).to_have_count(0)
    person.tab("chats")
    person.sees(person.words("readonly.text"))
    expect(title(person, "lead")).to_be_disabled()
    expect(person.button("save.save")).to_have_count(0)
    person.picture("chats-employee")
