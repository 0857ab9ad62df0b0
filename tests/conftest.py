"""Fixtures for all tests: databases of both kinds, a broker, a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium
from tests.support.databases import KINDS, Databases


def migrate(url: str) -> None:
    """Brings the database to head, as the application does before it serves."""
    from app.storage.schema import upgrade

    upgrade(url)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The databases of this test process; what needs more than one at a time asks it directly."""
    made = Databases(tmp_path_factory.mktemp("databases"), migrate)
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A database of this test alone, migrated to head: the test runs once on SQLite, once on PostgreSQL."""
    with databases.database(request.param, tmp_path, migrated=True) as url:
        yield url


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A database without a single table, for tests of the migrations; once of each kind."""
    with databases.database(request.param, tmp_path, migrated=False) as url:
        yield url


@pytest.fixture
def sqlite_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A migrated SQLite database, for tests where the kind of database makes no difference."""
    with databases.database("sqlite", tmp_path, migrated=True) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one per module: Playwright occupies the thread's event loop, which other tests want free."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own for the test, with its own storage; Russian and 1280 px wide."""
    context = browser.new_context(locale="ru-RU", viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()
