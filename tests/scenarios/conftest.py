"""One world and one database of each kind per module; every test has a portal of its own in them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.base.clock import ManualClock
from sandbox.world import World
from tests.support.counter import SITE_CHAT, TELEGRAM, WHATSAPP, Counter, counter
from tests.support.databases import KINDS, Databases
from tests.support.stage import Stage, stage_in

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
"""When every story begins: noon in Moscow."""

LINE_CHANNELS = (SITE_CHAT, TELEGRAM, WHATSAPP)
NewStage = Callable[..., Stage]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A sandbox that serves all tests of a module."""
    with World() as started:
        yield started


@pytest.fixture(scope="module", params=KINDS)
def both_urls(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A migrated database for all tests of a module, once of each kind."""
    with databases.database(request.param, tmp_path_factory.mktemp("scenes"), migrated=True) as url:
        yield url


@pytest.fixture(scope="module")
def quick_url(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated SQLite database for all tests of a module."""
    with databases.database("sqlite", tmp_path_factory.mktemp("quick"), migrated=True) as url:
        yield url


@pytest.fixture
def here(world: World, both_urls: str) -> Iterator[Stage]:
    """A portal with the application, the clock standing at NOW; once on each kind of database."""
    yield from _closed(stage_in(world, both_urls, clock=ManualClock(NOW), own=True))
    world.faults.clear()


@pytest.fixture
def quick(world: World, quick_url: str) -> Iterator[Stage]:
    """The same on SQLite alone, for large tables."""
    yield from _closed(stage_in(world, quick_url, clock=ManualClock(NOW), own=True))
    world.faults.clear()


@pytest.fixture
def new_stage(world: World, quick_url: str) -> Iterator[NewStage]:
    """Makes stages on SQLite with a simple CRM or other variables."""
    made: list[Stage] = []

    def make(*, simple_crm: bool = False, **env: str) -> Stage:
        stage = stage_in(world, quick_url, env, clock=ManualClock(NOW), own=True, simple_crm=simple_crm)
        made.append(stage)
        return stage

    yield make
    for stage in made:
        stage.close()
    world.faults.clear()


def _closed(stage: Stage) -> Iterator[Stage]:
    yield stage
    stage.close()


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[Counter]:
    """A line with three channels of UIS; modules with other needs have a `house` of their own."""
    with counter(sqlite_url, tmp_path, channels=LINE_CHANNELS) as made:
        yield made
        assert made.portal.violations == []


@pytest.fixture
def both(database_url: str, tmp_path: Path) -> Iterator[Counter]:
    """The same, once on each kind of database."""
    with counter(database_url, tmp_path, channels=LINE_CHANNELS) as made:
        yield made
        assert made.portal.violations == []
