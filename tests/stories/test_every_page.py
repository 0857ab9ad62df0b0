"""Every page and panel as it stands: nothing cut at 1280 and 400 px, nothing serious for axe-core, no complaint."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.stories.axe import barriers
from tests.stories.conftest import Come
from tests.stories.person import NARROW, WIDE, Person, picture_file
from tests.stories.places import MAIN, PLACES, at, settled
from tests.stories.stage import Stage, staged
from tests.stories.words import catalogue
from tools.demo_check import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PETROV, KIM = 7, 9
SITE = {"source_id": 1, "site_id": 43525}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A portal in which a working day has passed: every list has something to show."""
    with staged(tmp_path_factory.mktemp("furnished")) as made:
        furnish(made)
        yield made


def furnish(stage: Stage) -> None:
    api = stage.switch_on()
    stage.save(api, "offline", enabled=True, responsible=_in_charge(KIM))
    stage.save(api, "chats", responsible=_in_charge(PETROV, _rule("Казань", KIM)))
    stage.save(api, "open_lines_analytics", enabled=True, employee_id=367852, default=SITE)
    api.call("PUT", f"/users/{KIM}/absence", {"until": "2030-12-05"})
    for number, name in enumerate(("Мария Покупатель", "ООО «Ромашка», отдел снабжения и логистики", "Пётр")):
        _chat(stage, number, name)
    stage.wait("three leads", lambda: _states(api) == ["done"] * 3)
    stage.world.faults.add("bitrix", "crm.item.add", "error", times=0, code="ACCESS_DENIED", status=400)
    _chat(stage, 8, "Семён Отказов")
    stage.wait("a failure", lambda: "failed" in _states(api))
    stage.world.faults.clear()


def _chat(stage: Stage, number: int, name: str) -> None:
    uis = stage.world.uis
    chat = uis.visitor_starts_chat(
        740806, name=name, phone=f"7916123456{number}", text="Есть диван «Облако»?"
    )
    uis.operator_writes(chat.id, "Да, есть. Оформим заказ?")


def _states(api: Page) -> list[str]:
    return [item["state"] for item in api.call("GET", "/journal")["items"]]


def _in_charge(user_id: int, *rules: dict[str, object]) -> dict[str, object]:
    return {"rules": list(rules), "default_user_id": user_id, "substitute_user_id": 1}


def _rule(city: str, user_id: int) -> dict[str, object]:
    condition = {"field": "visitor.city", "cmp": "eq", "value": city}
    return {"filter": {"op": "and", "items": [condition]}, "assign": {"kind": "user", "user_id": user_id}}


#: What a program shows where words are missing.
GAPS = ("undefined", "[object", "NaN", "{count}", "{name}", "{at}")


def untranslated(person: Person) -> list[str]:
    """Keys of the catalogues, placeholders and empty values that stand on the page as text."""
    shown = person.frame.locator("body").inner_text()
    keys = [word for word in shown.split() if word.partition(".")[0] in catalogue("ru") and "." in word[:-1]]
    return [*keys, *(gap for gap in GAPS if gap in shown)]


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_page_is_whole_in_words_and_without_barriers(come: Come, lang: str) -> None:
    person = come(lang)
    found: list[str] = []
    for place in PLACES:
        with at(person, place):
            person.picture(f"page-{place.name}", top=not place.panel)
            found += [f"{place.name}: {line}" for line in (*barriers(person), *untranslated(person))]
    assert not found, "\n".join(found)


def test_the_open_tab_is_in_view_on_a_telephone(come: Come) -> None:
    person = come()
    MAIN.go(person)
    for name in ("open_lines_analytics", "journal", "main"):
        person.page.set_viewport_size(WIDE)
        person.tab(name)
        person.page.set_viewport_size(NARROW)
        expect(person.tab_named(name)).to_have_attribute("aria-selected", "true")
        expect(person.tab_named(name)).to_be_in_viewport(ratio=0.95)
        person.page.screenshot(path=picture_file(f"tab-{name}", "ru", 400))


@pytest.mark.parametrize("name", ["main", "open_lines", "open_lines_analytics", "chats"])
def test_long_pages_are_whole_to_their_end(come: Come, name: str) -> None:
    person = come()
    MAIN.go(person)
    person.tab(name)
    page = person.frame.locator("main").first
    expect(page).to_be_visible()
    settled(person)
    screens = page.evaluate("main => Math.ceil(main.scrollHeight / main.clientHeight)")
    for screen in range(1, screens):
        page.evaluate("(main, screen) => { main.scrollTop = screen * main.clientHeight }", screen)
        person.picture(f"screen-{name}-{screen}", top=False)
