"""The application for tests of the web floor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bitrix_app.shell import Entry, Shell
from tests.web.house import House, house
from tests.web.world import Living, living


@pytest.fixture
def home(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """On SQLite: for tests where the kind of database makes no difference."""
    with house(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
def both(database_url: str, tmp_path: Path) -> Iterator[House]:
    """Once on SQLite, once on PostgreSQL."""
    with house(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def alive(sqlite_url: str, tmp_path: Path) -> Iterator[Living]:
    """With a portal and a UIS behind it."""
    with living(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
def built_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell needs built pages; their contents make no difference to whoever asks for this."""
    monkeypatch.setattr(Shell, "entry", lambda self: Entry("main.js", (), ()))
