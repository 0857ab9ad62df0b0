"""The stage, on both databases and on one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.uis.stage import Stage, stage


@pytest.fixture
def scene(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    with stage(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
def each_scene(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    with stage(database_url, tmp_path) as made:
        yield made
