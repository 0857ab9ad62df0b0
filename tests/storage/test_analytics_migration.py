"""What the migration to analytics does with portals that are there already."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text

from app.storage.database import engine_options, prepare
from app.storage.schema import upgrade_engine


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    made = create_engine(empty_database_url, **engine_options(empty_database_url))
    prepare(made)
    yield made
    made.dispose()


def test_a_portal_from_before_analytics_is_worked_on_too(engine: Engine) -> None:
    upgrade_engine(engine, "0027")
    with engine.begin() as connection:
        connection.execute(text(_INSERT))
    upgrade_engine(engine)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT installation_id, epoch, cursor FROM analytics_work")).all()
    assert [tuple(row) for row in rows] == [(1, 0, 0)]


_INSERT = """
INSERT INTO installation (
    id, member_id, generation, portal_url, client_endpoint, oauth_url, event_key, event_key_hash, scope, status,
    version, lang, timezone, state, steps, created_at, sync
) VALUES (
    1, 'm', 1, 'https://a', 'https://a/rest/', 'https://o', 'k', 'h', '', 'L', '1', 'ru', 'Europe/Moscow', 'active',
    '[]', '2026-01-01 00:00:00', '{}'
)
"""
