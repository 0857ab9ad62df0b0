"""Bringing a database to the newest schema, with or without Flask, while others work on it."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from app.storage.database import engine_options, prepare

log = structlog.get_logger()
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
LOCK_TIMEOUT_MS = 2_000
"""How long a step of a migration waits for a table; whoever comes after it waits as long."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)
MIGRATING = 714200241
"""Key of the advisory lock: two processes that start together must not migrate together."""
_LOCK_NOT_AVAILABLE = "55P03"


def alembic_config() -> AlembicConfig:
    """Alembic's settings for our migrations; the connection is passed in `attributes`."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def upgrade_engine(engine: Engine, revision: str = "head") -> None:
    """Bring the database behind `engine` to `revision`. Safe to run again, and beside a running application."""
    config = alembic_config()

    def up(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    patiently(engine, up)


def upgrade(url: str, revision: str = "head") -> None:
    """The same for an address (`sqlite:///...` or `postgresql+psycopg://...`)."""
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    try:
        upgrade_engine(engine, revision)
    finally:
        engine.dispose()


def patiently(
    engine: Engine, change: Callable[[Connection], None], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Run a change of the schema in one transaction, which waits for no table longer than LOCK_TIMEOUT_MS.

    A statement that waits for a table in use makes all others wait behind it; so it gives up soon, everything is
    rolled back, and it is tried again after a pause. Raises the last OperationalError.
    """
    for pause in (*PAUSES_S, None):
        try:
            with engine.begin() as connection:
                _be_brief(connection)
                change(connection)
            return
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE or pause is None:
                raise
            log.warning("migration_waits", seconds=pause)
        sleep(pause)


def _be_brief(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # First the right to migrate, which may take as long as another's migration; then short waits only.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS:d}")
