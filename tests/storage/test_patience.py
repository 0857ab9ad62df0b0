"""A migration beside a running application: it waits for nobody for long, and makes nobody wait."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import upgrade as flask_upgrade
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from app.storage import schema
from app.storage.database import engine_options


@pytest.fixture
def engine(databases: Any, tmp_path: Path) -> Iterator[Engine]:
    with databases.database("postgresql", tmp_path, migrated=True) as url:
        made = create_engine(url, **engine_options(url))
        yield made
        made.dispose()


def widen(connection: Connection) -> None:
    """A step that needs a table for itself, after one that does not."""
    connection.execute(text("CREATE TABLE sample (id INTEGER)"))
    connection.execute(text("ALTER TABLE inbox ADD COLUMN sample INTEGER"))


def columns(engine: Engine) -> list[str]:
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = 'inbox'"
    with engine.connect() as connection:
        return list(connection.scalars(text(query)))


def test_a_migration_gives_way_to_long_work_and_is_tried_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_MS", 100)
    pauses: list[float] = []
    with engine.connect() as busy:
        busy.execute(text("LOCK TABLE inbox IN ROW EXCLUSIVE MODE"))

        def sleep(seconds: float) -> None:
            pauses.append(seconds)
            # Between two tries nobody waits for the migration, and nothing of it is there.
            with engine.begin() as other:
                assert other.scalar(text("SELECT count(*) FROM inbox")) == 0
                assert other.scalar(text("SELECT to_regclass('sample')")) is None
            if len(pauses) == 3:
                busy.rollback()

        schema.patiently(engine, widen, sleep)
    assert pauses == list(schema.PAUSES_S[:3])
    assert "sample" in columns(engine)


def test_a_table_that_is_never_free_is_said_and_nothing_is_half_done(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_MS", 20)
    with engine.connect() as busy:
        busy.execute(text("LOCK TABLE inbox IN ROW EXCLUSIVE MODE"))
        with pytest.raises(OperationalError, match="lock timeout"):
            schema.patiently(engine, widen, lambda _: None)
        busy.rollback()
    assert "sample" not in columns(engine)


def test_another_error_is_not_tried_again(engine: Engine) -> None:
    tries: list[int] = []

    def broken(connection: Connection) -> None:
        tries.append(1)
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(OperationalError):
        schema.patiently(engine, broken)
    assert tries == [1]


def test_two_processes_that_start_together_migrate_once(databases: Any, tmp_path: Path) -> None:
    with databases.database("postgresql", tmp_path, migrated=False) as url:
        errors: list[BaseException] = []

        def up() -> None:
            try:
                schema.upgrade(url)
            except BaseException as error:
                errors.append(error)
                raise

        threads = [threading.Thread(target=up) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []


def test_the_release_command_waits_as_patiently(
    databases: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`flask db upgrade`, the `release` of the Procfile."""
    from app.web.factory import create_app

    monkeypatch.setattr(schema, "LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(schema, "PAUSES_S", (0.05,) * 200)
    with databases.database("postgresql", tmp_path, migrated=False) as url:
        env = {
            "SANDBOX": "1", "DATABASE_URL": url, "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
            "BITRIX24_CLIENT_ID": "a", "BITRIX24_CLIENT_SECRET": "b", "INSTANCE_PATH": str(tmp_path),
        }  # fmt: skip
        app = create_app(env)
        engine = create_engine(url)
        schema.upgrade_engine(engine, "0034")
        with engine.connect() as busy:
            busy.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))
            threading.Timer(0.5, busy.rollback).start()
            with app.app_context():
                flask_upgrade(directory=str(schema.MIGRATIONS))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT to_regclass('meter')")) == "meter"
        engine.dispose()
