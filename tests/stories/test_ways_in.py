"""The ways in, in all their states: without barriers, whole at 1280 and 400 px, and hostile texts are only shown."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.stories.axe import barriers
from tests.stories.conftest import Come
from tests.stories.hostile import Watch, corpus
from tests.stories.person import Person
from tests.stories.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

REGISTER = ("bitrix", "imconnector.register")
#: The page of a portal that does not answer: the application's messages reach nobody.
SILENT = (
    "if (window === window.top)"
    " window.addEventListener('message', event => event.stopImmediatePropagation(), true)"
)


def looked_at(person: Person, name: str) -> None:
    """A picture, and what axe-core says."""
    person.picture(name)
    assert not barriers(person), name


def comes_from_uis(person: Person, **fields: str) -> None:
    """To the form, as the button of the personal account leads there."""
    address = {"lang": person.words.lang, **fields}
    person.page.goto(f"{person.stage.server.url}/connect?{urlencode(address)}")


def connects(person: Person, name: str, address: str) -> None:
    """Fill the form in and send it."""
    person.page.locator("#name").fill(name)
    person.page.locator("#address").fill(address)
    person.page.locator("form button").first.click()


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_way_from_the_personal_account_has_no_barriers(come: Come, stage: Stage, lang: str) -> None:
    person = come(lang)
    person.expected |= {"422", "403"}
    words, head = person.words.server, person.page.locator("h1")
    comes_from_uis(person)
    expect(head).to_have_text(words("connect.title"))
    looked_at(person, "connect-form")
    connects(person, "", "company.bitrx24.ru")
    for field in ("#name", "#address"):
        expect(person.page.locator(field)).to_have_attribute("aria-invalid", "true")
    looked_at(person, "connect-form-refused")
    connects(person, "Магазин", stage.portal.url)
    expect(head).to_have_text(words("connect.market_title"))
    looked_at(person, "connect-market")
    person.page.goto(f"{stage.server.url}/bitrix/oauth/callback?code=a&state=b")
    expect(head).to_have_text(words("connect.failed_title"))
    looked_at(person, "connect-failed")
    stage.install()
    comes_from_uis(person)
    connects(person, "Магазин", stage.portal.url)
    expect(head).to_have_text(words("connect.done_title"))
    looked_at(person, "connect-done")


def test_hostile_texts_of_the_form_are_only_shown(come: Come, stage: Stage) -> None:
    """As the name and the address that are typed, and as the address in a link that somebody was sent."""
    person = come()
    person.expected |= {"422", "400"}
    watch = Watch(person)
    for text in corpus():
        comes_from_uis(person, address=text)
        assert not watch.found(), text
        connects(person, text, text)
        assert not watch.found(), text


def test_a_hostile_name_of_an_integration_is_only_shown(come: Come, stage: Stage) -> None:
    """On the page that leads to the Market; so many credentials as one address may make."""
    person = come()
    watch, shown = Watch(person), 0
    for text in [text for text in corpus() if text.strip() and len(text) <= 255][:25]:
        comes_from_uis(person)
        connects(person, text, stage.portal.url)
        expect(person.page.locator("h1")).to_have_text(person.words.server("connect.market_title"))
        shown += " ".join(text.split()) in " ".join(person.page.locator("body").inner_text().split())
        assert not watch.found(), text
    assert shown > 15, "the page shows too few of the names to prove anything"


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_installer_has_no_barriers_in_any_state(come: Come, stage: Stage, lang: str) -> None:
    person = come(lang)
    person.context.add_init_script(SILENT)
    stage.world.faults.add(*REGISTER, "timeout_before", times=0, seconds=6)
    person.go("/marketplace/")
    person.page.click("#install")
    step = person.frame.locator("[data-step=connector]")
    expect(step).to_have_attribute("data-state", "running")
    looked_at(person, "installer-running")
    stage.world.faults.clear()
    stage.world.faults.add(*REGISTER, "error", times=0, code="ACCESS_DENIED", status=403)
    expect(step).to_have_attribute("data-state", "failed", timeout=60_000)
    looked_at(person, "installer-failed")
    stage.world.faults.clear()
    person.press("installer.failed.retry")
    expect(step).to_have_attribute("data-state", "done")
    person.sees(person.words("installer.done.title"))
    looked_at(person, "installer-done")
    expect(person.button("installer.done.open")).to_be_enabled()
    person.sees(person.words("installer.done.silent"))
    looked_at(person, "installer-silent")


def is_led_to_the_installer(person: Person) -> None:
    """As a portal leads there, which here shows its employees words of its own instead."""
    frame = person.stage.portal.frame(f"{person.stage.server.url}/bitrix/install", user_id=7)
    answer = person.context.request.post(frame.url, form={**frame.fields})
    person.page.route(frame.url, lambda route: route.fulfill(response=answer))
    person.page.goto(frame.url)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_an_employee_is_told_whom_to_ask_and_installs_nothing(come: Come, stage: Stage, lang: str) -> None:
    stage.portal.begin_installation()
    person = come(lang, user_id=7)
    is_led_to_the_installer(person)
    expect(person.page.locator("h1")).to_have_text(person.words.server("page.ask_admin_title"))
    looked_at(person, "installer-employee")
    stage.install()
    is_led_to_the_installer(person)
    expect(person.page.get_by_text(person.words("installer.adminOnly.title"))).to_be_visible()
    expect(person.page.get_by_role("button")).to_have_count(0)
    looked_at(person, "installer-employee-later")


def test_hostile_words_of_the_portal_at_a_failed_step_are_only_shown(come: Come, stage: Stage) -> None:
    person = come()
    watch, seen = Watch(person), 0
    person.go("/marketplace/")
    for number, text in enumerate(corpus()[::12]):
        stage.world.faults.clear()
        words = f"{number}: {text}"
        stage.world.faults.add(*REGISTER, "error", times=0, code="REFUSED", status=400, description=words)
        if number == 0:
            person.page.click("#install")
        else:
            person.press("installer.failed.retry")
        failed = person.frame.locator("[data-step=connector][data-state=failed]")
        expect(failed).to_contain_text(f"{number}: ")
        seen += " ".join(text.split()) in " ".join(failed.inner_text().split())
        assert not watch.found(), text
        if number == 0:
            assert not barriers(person)
    assert seen > 5, "the installer shows too few of the texts to prove anything"
