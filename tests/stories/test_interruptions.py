"""Sessions end, servers restart, cookies are blocked: nothing typed is lost and no page is blank."""

import json

import pytest
from playwright.sync_api import Dialog, expect

from tests.stories.conftest import Come
from tests.stories.expiry import expire
from tests.stories.person import Person
from tests.stories.stage import Stage

pytestmark = pytest.mark.browser


def type_title(person: Person, text: str) -> None:
    person.field("titles.lead").locator("input").first.fill(text)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_session_that_ends_while_typing_is_renewed_unnoticed(come: Come, stage: Stage, lang: str) -> None:
    api = stage.switch_on()
    person = come(lang)
    person.expected.add("401")
    person.open("chats")
    type_title(person, "Набрано до конца сеанса")
    expire(person)
    stage.world.oauth.expire_access()
    with person.page.expect_response("**/api/session") as renewal:
        person.saves()
    assert renewal.value.status in (200, 401, 403)
    assert stage.settings(api, "chats")["titles"]["lead"] == "Набрано до конца сеанса"


def test_a_portal_that_vouches_no_more_is_told_and_what_was_typed_stays(come: Come, stage: Stage) -> None:
    api = stage.switch_on()
    person = come()
    person.expected |= {"401", "403", "404"}
    person.open("chats")
    type_title(person, "Не потерять")
    expire(person)
    stage.world.oauth.expire_access()
    person.context.route("**/_frame/*/refresh", lambda route: route.fulfill(status=403, body="{}"))
    person.press("save.save")
    person.sees(person.words("sessionLost.text"))
    person.picture("session-lost", top=False)
    expect(person.field("titles.lead").locator("input").first).to_have_value("Не потерять")
    person.context.unroute("**/_frame/*/refresh")
    person.press("tryAgain")
    expect(person.frame.get_by_text(person.words("sessionLost.text"))).to_have_count(0)
    person.saves()
    assert stage.settings(api, "chats")["titles"]["lead"] == "Не потерять"


def test_a_server_that_restarts_while_typing_loses_nothing(come: Come, stage: Stage) -> None:
    api = stage.switch_on()
    person = come()
    person.expected |= {"ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_CONTENT_LENGTH_MISMATCH"}
    person.open("chats")
    type_title(person, "Набрано при перезапуске")
    stage.server.kill()
    person.press("save.save")
    person.sees(person.words("problem.network"))
    person.picture("server-away", top=False)
    stage.server.start()
    person.saves()
    assert stage.settings(api, "chats")["titles"]["lead"] == "Набрано при перезапуске"


def test_unsaved_changes_are_guarded(come: Come, stage: Stage) -> None:
    stage.switch_on()
    person = come()
    person.open("chats")
    type_title(person, "Ещё не сохранено")
    person.tab("main")
    person.tab("chats")
    expect(person.field("titles.lead").locator("input").first).to_have_value("Ещё не сохранено")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    person.page.on("dialog", leave)
    person.go("/crm/lead/list/")
    assert asked == ["beforeunload"]


def test_a_page_outside_the_portal_says_where_to_open_it(come: Come, stage: Stage) -> None:
    stage.install()
    person = come()
    person.page.goto(f"{stage.server.url}/bitrix/app")
    expect(person.page.locator("body")).to_contain_text("UIS OMNI")
    assert person.page.locator("body").inner_text().strip()


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_portal_whose_script_is_silent_blanks_nothing(come: Come, stage: Stage, lang: str) -> None:
    """No message of the frame is answered: the page works, and says so where it needs the portal."""
    api = stage.switch_on()
    person = come(lang)
    person.expected |= {"401", "403"}
    person.context.add_init_script(
        "if (window === window.top) window.addEventListener('message', event => event.stopImmediatePropagation(), true)"
    )
    person.open("chats")
    type_title(person, "Портал молчит")
    person.saves()
    assert stage.settings(api, "chats")["titles"]["lead"] == "Портал молчит"
    type_title(person, "Не потерять")
    expire(person)
    stage.world.oauth.expire_access()
    person.press("save.save")
    person.sees(person.words("sessionLost.text"))
    expect(person.field("titles.lead").locator("input").first).to_have_value("Не потерять")


def test_the_pages_work_without_storage_and_cookies(come: Come, stage: Stage) -> None:
    stage.switch_on()
    person = come()
    # What a browser does that blocks third-party cookies: storage in the frame throws.
    person.context.add_init_script(
        "if (window !== window.top) for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])"
        " Object.defineProperty(window, name, {get() { throw new DOMException('blocked', 'SecurityError') }});"
    )
    person.open("chats")
    type_title(person, "Без cookie")
    person.saves()
    cookies = person.context.cookies(stage.server.url)
    mine = [cookie for cookie in cookies if not cookie["name"].startswith(("portal_user", "hub", "shop"))]
    assert not mine, json.dumps(mine)
