"""Models and migrations say the same, and every step can be taken back."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

import app.storage.models  # noqa: F401  (the tables register themselves)
from app.storage.database import Base, prepare
from app.storage.schema import alembic_config, upgrade


def test_the_newest_schema_is_what_the_models_say(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert found == []


def test_every_step_goes_up_and_down(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    engine = create_engine(empty_database_url)
    prepare(engine)
    config = alembic_config()
    steps = list(ScriptDirectory.from_config(config).walk_revisions())
    for step in steps:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, str(step.down_revision or "base"))
    left = set(inspect(engine).get_table_names())
    engine.dispose()
    assert left == {"alembic_version"}
    upgrade(empty_database_url)
