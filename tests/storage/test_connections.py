"""Connections to PostgreSQL that the server has closed meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from app.storage import database
from app.storage.database import engine_options, prepare
from tests.support.databases import Databases


@contextmanager
def engine(url: str) -> Iterator[Engine]:
    made = create_engine(url, **engine_options(url))
    prepare(made)
    yield made
    made.dispose()


def open_some(of: Engine, count: int = 3) -> None:
    """So many connections rest in the pool."""
    held = [of.connect() for _ in range(count)]
    for connection in held:
        connection.execute(text("SELECT 1"))
        connection.close()


def close_all(url: str) -> None:
    """What a restart of the server does."""
    with engine(url) as other, other.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


@pytest.fixture
def postgres_url(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with databases.database("postgresql", tmp_path_factory.mktemp("connections"), migrated=False) as url:
        yield url


def test_connections_that_rested_are_made_anew(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "TRUSTED_S", -1.0)
    with engine(postgres_url) as own:
        open_some(own)
        close_all(postgres_url)
        for _ in range(3):
            with own.begin() as connection:
                assert connection.scalar(text("SELECT 1")) == 1


def test_one_that_was_just_used_is_trusted_and_its_loss_costs_one_transaction(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TRUSTED_S", 3600.0)
    with engine(postgres_url) as own:
        open_some(own)
        close_all(postgres_url)
        with pytest.raises(OperationalError), own.begin() as connection:
            connection.scalar(text("SELECT 1"))
        for _ in range(3):
            with own.begin() as connection:
                assert connection.scalar(text("SELECT 1")) == 1
