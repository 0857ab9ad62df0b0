"""Fixtures of the tests of what faces Bitrix24."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.base.clock import ManualClock
from sandbox.world import World
from tests.bitrix_app import support
from tests.bitrix_app.app import serving
from tests.bitrix_app.scene import Scene


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Scene]:
    """The application in front of one portal, once on each kind of database."""
    clock = ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    with World() as world, serving(world, database_url, tmp_path, clock) as house:
        support.generous(world.portals[0])
        yield Scene(world, world.portals[0], house, clock)
