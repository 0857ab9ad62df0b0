"""The right to write in SQLite, which threads of a process hand on to each other."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, create_engine, text

from app.storage import database
from app.storage.database import engine_options, prepare


def end_by_failing(connection: Connection) -> None:
    with pytest.raises(ZeroDivisionError), connection.begin():
        raise ZeroDivisionError


def end_by_closing(connection: Connection) -> None:
    connection.begin()
    connection.invalidate()


@pytest.mark.parametrize(
    "end", [lambda connection: connection.begin().commit(), end_by_failing, end_by_closing]
)
def test_whatever_ends_a_transaction_the_next_writer_has_the_right_at_once(
    end: Callable[[Connection], None], sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_S", 0.05)
    engine = create_engine(sqlite_url, **engine_options(sqlite_url))
    prepare(engine)
    with engine.connect() as first:
        end(first)
        with engine.begin() as second:
            second.execute(text("DELETE FROM lease"))
    engine.dispose()


def test_a_transaction_within_another_of_the_same_thread_is_told_and_not_waited_for_ever(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_S", 0.05)
    engine = create_engine(sqlite_url, **engine_options(sqlite_url))
    prepare(engine)
    with engine.begin(), pytest.raises(TimeoutError), engine.begin():
        pass
    with engine.begin() as free:
        free.execute(text("DELETE FROM lease"))
    engine.dispose()
