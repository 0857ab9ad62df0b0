"""The database: engine settings that make an acknowledged event durable, and sessions for threads."""

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

Sessions = sessionmaker[Session]
WAIT_S = 30
TRUSTED_S = 1.0
"""How long a connection that was just used counts as alive."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables; constraints are named so that migrations can speak of them."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


class Writer(sqlite3.Connection):
    """A connection to SQLite that hands on this process's right to write when its transaction has ended.

    Threads of a process hand it on directly; the database alone would let them poll for it.
    """

    writing: "threading.Lock | None" = None

    def take(self, writing: threading.Lock) -> None:
        """Wait for the right to write as long as the database would. Nested transactions of a thread never get it."""
        if not writing.acquire(timeout=WAIT_S):
            raise TimeoutError("another transaction of this process holds the database for too long")
        self.writing = writing

    def commit(self) -> None:
        self._end(super().commit)

    def rollback(self) -> None:
        self._end(super().rollback)

    def close(self) -> None:
        self._end(super().close)

    def _end(self, how: Callable[[], None]) -> None:
        """A commit that failed leaves its transaction open: the rollback that follows ends it."""
        try:
            how()
        finally:
            if self.writing is not None and not self._is_open():
                writing, self.writing = self.writing, None
                writing.release()

    def _is_open(self) -> bool:
        try:
            return self.in_transaction
        except sqlite3.ProgrammingError:  # closed
            return False


def engine_options(url: str) -> dict[str, Any]:
    """Options for the engine of `url` (SQLite file or PostgreSQL)."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": WAIT_S, "check_same_thread": False, "factory": Writer}}
    # The connection that was used last is used next: its server process knows the statements and the tables.
    return {"pool_size": 10, "max_overflow": 20, "pool_use_lifo": True}


def prepare(engine: Engine) -> None:
    """Make SQLite durable and fair. Connections to PostgreSQL are asked whether they live.

    WAL with synchronous=FULL: a committed row survives a power cut. Transactions begin IMMEDIATE, because a
    deferred one that reads first and writes later fails at once when another writer came between.
    """
    if engine.dialect.name != "sqlite":
        _ping_idle(engine)
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN is switched off, ours is below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    writing = threading.Lock()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        driver: Any = connection.connection.dbapi_connection
        if mode == "IMMEDIATE" and isinstance(driver, Writer):
            driver.take(writing)
        driver.execute(f"BEGIN {mode}")


def _ping_idle(engine: Engine) -> None:
    """A connection that rested is asked before it is used: the server may have been started anew.

    One that was given back a moment ago is trusted: asking costs as much as a statement, in every transaction.
    """

    def used(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["used"] = time.monotonic()

    event.listen(engine, "connect", used)
    event.listen(engine, "checkin", used)

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
        if time.monotonic() - record.info.get("used", 0.0) <= TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the others are as old: all are made anew


_READING: dict[bool, dict[str, Any]] = {
    True: {"sqlite_begin": "DEFERRED"},
    False: {"isolation_level": "AUTOCOMMIT"},
}


def reading(session: Session) -> Session:
    """Say that this session only reads. Call before the first query.

    On SQLite it takes no write lock. On PostgreSQL it opens no transaction, which spares two trips to the server:
    each statement of a transaction would see what is committed at its own moment anyway (READ COMMITTED).
    """
    session.connection(execution_options=_READING[session.get_bind().dialect.name == "sqlite"])
    return session


def thread_sessions(engine: Engine) -> Sessions:
    """Sessions for background threads, which have no Flask context."""
    return sessionmaker(engine, expire_on_commit=False)
