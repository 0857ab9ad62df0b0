"""The databases of the tests are what they say: separate, empty or prepared, of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from tests.support.databases import KINDS, Databases


def prepare(url: str) -> None:
    """Stands for the migrations: one table with one row."""
    run(url, "CREATE TABLE sample (id INTEGER PRIMARY KEY)", "INSERT INTO sample VALUES (1)")


def run(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def rows(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        count: int = connection.execute(text("SELECT count(*) FROM sample")).scalar_one()
    engine.dispose()
    return count


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("prepared"), prepare)
    yield made
    made.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_test_never_sees_the_rows_of_another(kind: str, prepared: Databases, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with prepared.database(kind, tmp_path, migrated=True) as first:
        run(first, "INSERT INTO sample VALUES (2)")
        with prepared.database(kind, tmp_path / "other", migrated=True) as second:
            assert (rows(first), rows(second)) == (2, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_database_has_no_tables(kind: str, prepared: Databases, tmp_path: Path) -> None:
    with prepared.database(kind, tmp_path, migrated=False) as url:
        engine = create_engine(url)
        assert inspect(engine).get_table_names() == []
        engine.dispose()


def test_a_postgresql_database_is_gone_after_its_test(prepared: Databases, tmp_path: Path) -> None:
    with prepared.database("postgresql", tmp_path, migrated=True) as url:
        left_open = create_engine(url).connect()
    with pytest.raises(Exception, match="does not exist"):
        create_engine(url).connect()
    left_open.invalidate()
