"""What an administrator tries settings with: rehearsal, versions, a file, a test chat, past days, sources."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.stories.conftest import Come
from tests.stories.person import Person
from tests.stories.stage import Stage, staged

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two chats have made leads; one server for all."""
    with staged(tmp_path_factory.mktemp("tools")) as made:
        api = made.switch_on()
        for number, name in enumerate(("Мария Покупатель", "Пётр")):
            made.world.uis.visitor_starts_chat(
                740806, name=name, phone=f"7916123456{number}", text="Есть диван?"
            )
        made.wait("two leads", lambda: _done(api.call("GET", "/journal")["items"]) == 2)
        yield made


def _done(items: list[dict[str, str]]) -> int:
    return sum(item["state"] == "done" for item in items)


def panel(person: Person, words: str) -> Locator:
    """Open a panel beside Chats."""
    person.open("chats")
    person.button(words).click()
    return person.frame.get_by_role("dialog")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_draft_is_rehearsed_and_what_would_change_is_told(come: Come, lang: str) -> None:
    person = come(lang)
    person.open("chats")
    person.field("create.on_first").get_by_role("switch").click()
    person.button("communication.tools.rehearsal").click()
    told = person.frame.get_by_role("dialog")
    expect(told.get_by_test_id("changed")).to_be_visible()
    row = told.get_by_test_id("rehearsed").locator("li").filter(has_text="Мария Покупатель")
    row.get_by_role("button").first.click()
    expect(row).to_contain_text(person.words("rehearsal.published"))
    person.picture("rehearsal-differs", top=False)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_version_is_compared_and_brought_back(come: Come, stage: Stage, lang: str) -> None:
    api = stage.visit()
    before = stage.settings(api, "chats")
    stage.save(api, "chats", titles=before["titles"] | {"lead": f"Другое название {lang}"})
    person = come(lang)
    told = panel(person, "communication.tools.versions")
    expect(told).to_contain_text(f"Другое название {lang}")
    person.picture("versions-compared", top=False)
    told.get_by_test_id("versions").locator("li").nth(1).get_by_role(
        "button", name=person.words("versions.restore"), exact=True
    ).click()
    expect(told.get_by_test_id("versions").locator("li").first).not_to_contain_text(
        person.words("versions.restore")
    )
    stage.wait("the version before", lambda: stage.settings(api, "chats") == before)


def test_settings_leave_and_come_back_as_a_file(come: Come, stage: Stage, tmp_path: Path) -> None:
    api = stage.visit()
    person = come()
    told = panel(person, "communication.tools.versions")
    with person.page.expect_download() as saved:
        told.get_by_role("button", name=person.words("versions.export")).click()
    file = tmp_path / "chats.json"
    saved.value.save_as(file)
    before = stage.settings(api, "chats")
    assert json.loads(file.read_text(encoding="utf-8"))
    stage.save(api, "chats", notify=not before["notify"])
    told = panel(person, "communication.tools.versions")
    told.locator("input[type=file]").set_input_files(file)
    person.sees(person.words("versions.imported"))
    assert stage.settings(api, "chats") == before


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_test_chat_goes_its_way_and_leaves_nothing(come: Come, stage: Stage, lang: str) -> None:
    leads = len(stage.portal.crm.items[1])
    person = come(lang)
    person.open()
    person.button("testchat.title").click()
    person.frame.get_by_test_id("test-start").click()
    outcome = person.frame.get_by_test_id("test-outcome")
    expect(outcome).to_be_visible(timeout=60_000)
    expect(outcome).to_contain_text(person.words("testchat.states.done", at="").strip(" ,"))
    expect(person.frame.locator("[data-step]").first).to_be_visible()
    person.picture("test-chat-done", top=False)
    assert len(stage.portal.crm.items[1]) == leads


def test_past_days_are_looked_at_before_they_are_brought_in(come: Come, stage: Stage) -> None:
    stage.world.uis.offline_request(name="Заявка", phone="79161230000", text="Перезвоните")
    person = come()
    told = panel(person, "communication.tools.history")
    told.get_by_role("button", name=person.words("history.look")).click()
    expect(told).to_contain_text(person.words("history.kinds.chats"), timeout=60_000)
    person.picture("history-looked", top=False)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_missing_sources_are_made_after_a_question(come: Come, stage: Stage, lang: str) -> None:
    person = come(lang)
    section = "chats" if lang == "ru" else "offline"
    person.open(section)
    block = person.frame.locator('[data-block="sources"]')
    block.scroll_into_view_if_needed()
    block.get_by_role("button", name=person.words("communication.sources.make"), exact=True).click()
    person.picture(f"sources-{section}", top=False)
    block.get_by_role("button", name=person.words("communication.sources.confirm"), exact=True).click()
    expect(block.locator("[data-made=false]")).to_have_count(0)
    made = [
        row for row in stage.portal.crm.statuses if row.entity == "SOURCE" and row.code.startswith("UIS_")
    ]
    assert len(made) == 4, "one for each of three types of channels, one for offline requests"
    for row in made:
        stage.portal.crm.statuses.remove(row)
