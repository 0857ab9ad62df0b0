"""Migrations: the models and the head agree, and every step goes up and down with rows in the tables."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

import app.storage.models  # noqa: F401  (the tables register themselves)
from app.storage.database import Base, engine_options, prepare
from app.storage.schema import alembic_config, upgrade_engine

INSTALLATION = (
    "INSERT INTO installation (id, member_id, generation, portal_url, client_endpoint, oauth_url, event_key,"
    " event_key_hash, scope, status, version, lang, timezone, state, steps, created_at, sync) VALUES (1, 'one', 1,"
    " 'https://one.example', 'https://one.example/rest/', 'https://oauth', 'key', 'hash', '', 'L', '1', 'ru', 'UTC',"
    " 'active', '[]', '2026-01-12 09:00:00+00:00', '{}')"
)
CONVERSATION = (
    "INSERT INTO conversation (id, installation_id, kind, source_id, account, facts, ledger, state, attempts, changed,"
    " decided, created_at, updated_at) VALUES (5, 1, 'chat', 2045, '4735', :facts, '{}', 'done', 0, 1, 1,"
    " '2026-01-12 09:00:00+00:00', '2026-01-12 09:00:00+00:00')"
)
FACTS = '{"visitor": {"name": "Пётр Покупатель", "phone_number": "79161234567"}}'


@pytest.fixture
def engine(empty_database_url: str) -> Engine:
    made = create_engine(empty_database_url, **engine_options(empty_database_url))
    prepare(made)
    return made


def move(engine: Engine, target: str) -> None:
    """Up or down to a revision."""
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        going = command.downgrade if target.startswith("-") or target == "base" else command.upgrade
        going(config, target)


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_models_and_the_head_agree(engine: Engine) -> None:
    upgrade_engine(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        if engine.dialect.name == "sqlite":  # whose indexes over expressions nobody can read back
            kept = set(
                connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'index'")).scalars()
            )
            assert {
                str(index.name) for table in Base.metadata.tables.values() for index in table.indexes
            } <= kept
    engine.dispose()


def test_every_step_goes_up_and_down_with_rows_in_the_tables(engine: Engine) -> None:
    steps = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    move(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text(INSTALLATION))
        connection.execute(text(CONVERSATION), {"facts": FACTS})
    upgrade_engine(engine)
    for _ in steps[:-1]:
        move(engine, "-1")
    upgrade_engine(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT source_id FROM conversation")).scalar_one() == 2045
    engine.dispose()


def test_clients_who_wrote_before_are_found_by_their_words(engine: Engine) -> None:
    move(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text(INSTALLATION))
        connection.execute(text(CONVERSATION), {"facts": FACTS})
    upgrade_engine(engine)
    with engine.connect() as connection:
        words = set(
            connection.execute(text("SELECT word FROM client_word WHERE conversation_id = 5")).scalars()
        )
    assert words == {"петр", "покупатель", "79161234567", "9161234567", "~76543216197"}
    engine.dispose()
