"""The migrations make exactly the tables that the models describe, one after the other, up and down."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from app.storage.database import Base, engine_options, prepare
from app.storage.schema import alembic_config, upgrade_engine

SCRIPTS = ScriptDirectory.from_config(alembic_config())
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    made = create_engine(empty_database_url, **engine_options(empty_database_url))
    prepare(made)
    yield made
    made.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def differences(connection: Connection) -> list[Any]:
    return list(
        compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)
    )


def downgrade(engine: Engine, revision: str) -> None:
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_they_stand_in_one_line_with_numbers_that_say_their_order() -> None:
    assert SCRIPTS.get_heads() == [REVISIONS[-1]]
    assert sorted(REVISIONS) == REVISIONS
    files = [script.path.rsplit("/", 1)[1] for script in SCRIPTS.walk_revisions()]
    assert all(
        name.startswith(f"{revision}_") for name, revision in zip(files, reversed(REVISIONS), strict=True)
    )


def test_head_and_models_agree(engine: Engine) -> None:
    upgrade_engine(engine)
    with engine.connect() as connection:
        assert differences(connection) == []


def test_the_comparison_sees_a_difference(engine: Engine) -> None:
    upgrade_engine(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE visitor ADD COLUMN forgotten INTEGER"))
    with engine.connect() as connection:
        assert len(differences(connection)) == 1


def test_every_step_goes_up_and_down_and_up_again(engine: Engine) -> None:
    for revision in REVISIONS:
        upgrade_engine(engine, revision)
    whole = tables(engine)
    for revision in [*reversed(REVISIONS[:-1]), "base"]:
        downgrade(engine, revision)
    assert tables(engine) == set()
    upgrade_engine(engine)
    assert tables(engine) == whole


def test_the_same_again_changes_nothing(engine: Engine) -> None:
    upgrade_engine(engine)
    whole = tables(engine)
    upgrade_engine(engine)
    assert tables(engine) == whole
