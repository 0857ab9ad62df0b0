"""Bringing a database to the newest schema, with or without Flask."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Engine, create_engine

from app.storage.database import engine_options, prepare

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def alembic_config() -> AlembicConfig:
    """Alembic's settings for our migrations; the connection is passed in `attributes`."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def upgrade_engine(engine: Engine, revision: str = "head") -> None:
    """Bring the database behind `engine` to `revision`. Safe to run again."""
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def upgrade(url: str, revision: str = "head") -> None:
    """The same for an address (`sqlite:///...` or `postgresql+psycopg://...`)."""
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    try:
        upgrade_engine(engine, revision)
    finally:
        engine.dispose()
