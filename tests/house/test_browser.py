"""The browser of the tests shows pages of this machine and reaches no other."""

import pytest
from playwright.sync_api import Error, Page

pytestmark = pytest.mark.browser


def test_a_page_runs_its_scripts(page: Page) -> None:
    page.set_content("<button onclick='this.textContent = `Готово`'>Пуск</button>")
    page.get_by_role("button").click()
    assert page.get_by_role("button").inner_text() == "Готово"


def test_hosts_of_the_internet_are_not_found(page: Page) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.com/")
