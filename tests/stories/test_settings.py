"""Chats: switched on, set up, saved, refused, fought over, and only read."""

import pytest
from playwright.sync_api import Locator, expect

from app.domain.source_fields import SOURCE_FIELDS
from tests.stories.conftest import Come
from tests.stories.person import Person
from tests.stories.stage import Stage

pytestmark = pytest.mark.browser


def switch_on(person: Person) -> None:
    toggle = person.frame.get_by_role("switch", name=person.words("chats.toggle.title"), exact=True)
    toggle.click()
    person.sees(person.words("chats.toggle.on"))


def source_title(name: str, lang: str) -> str:
    """What the picker of fields calls a source field."""
    field = SOURCE_FIELDS[name]
    return field.title_ru if lang == "ru" else field.title_en


def title(person: Person, kind: str) -> Locator:
    return person.field(f"titles.{kind}").locator("input").first


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_what_was_set_up_is_there_after_a_reload(come: Come, stage: Stage, lang: str) -> None:
    api = stage.connect()
    person = come(lang)
    person.open("chats")
    person.picture("chats-off")
    switch_on(person)
    card = person.words("chats.values.create.entity.deal")
    person.field("create.entity").get_by_text(card, exact=True).click()
    person.choose("pipeline.default.stage_id", "Подготовка документов")
    person.field("responsible.rules").get_by_text(person.words("chats.responsible.user.title")).click()
    person.choose("responsible.default_user_id", "Иван Петров")
    person.choose("responsible.substitute_user_id", "Ольга Ким")
    line = title(person, "deal")
    line.fill("Чат ")
    person.field("titles.deal").get_by_role("button", name=person.words("chats.titles.insert")).click()
    person.frame.get_by_role("option", name=source_title("visitor.name", lang)).first.click()
    expect(line).to_have_value("Чат {{ visitor.name }}")
    expect(person.frame.get_by_role("img", name=person.words("tabs.unsaved"))).to_be_visible()
    person.saves()
    person.picture("chats-filled")

    person.open("chats")
    person.sees(person.words("chats.toggle.on"))
    expect(title(person, "deal")).to_have_value("Чат {{ visitor.name }}")
    expect(person.field("responsible.default_user_id")).to_contain_text("Иван Петров")
    expect(person.field("responsible.substitute_user_id")).to_contain_text("Ольга Ким")
    expect(person.field("pipeline.default.stage_id")).to_contain_text("Подготовка документов")
    expect(person.button("save.save")).to_be_disabled()
    stored = stage.settings(api, "chats")
    assert stored["enabled"] is True
    assert stored["create"]["entity"] == "deal"
    assert stored["responsible"]["default_user_id"] == 7
    assert stored["responsible"]["substitute_user_id"] == 9


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_refusal_stands_at_its_field(come: Come, stage: Stage, lang: str) -> None:
    stage.switch_on()
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
    api = stage.switch_on()
    stage.portal.users[9].admin = True
    first, second = come(), come(user_id=9)
    second.expected.add("409")
    for person in (first, second):
        person.open("chats")
        expect(person.field("titles.lead")).to_be_visible()
    title(first, "lead").fill("Первый администратор")
    first.choose("responsible.default_user_id", "Ольга Ким")
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
    stage.switch_on()
    person = come(lang, user_id=7)
    person.open()
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
