"""Databases for tests, of both kinds that the application knows: SQLite and PostgreSQL.

Migrations run once per test process and kind; every test gets a copy of its own. URLs are SQLAlchemy's.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.missing import missing
from tests.support.postgres import Postgres, reason_against

KINDS = ("sqlite", "postgresql")
TEMPLATE = "migrated"

Migrate = Callable[[str], None]


class Databases:
    """All databases of one test process; `close()` ends the server if one was needed."""

    def __init__(self, directory: Path, migrate: Migrate) -> None:
        self.directory = directory
        self.migrate = migrate
        self._postgres: Postgres | None = None
        self._templates: set[str] = set()

    @contextmanager
    def database(self, kind: str, directory: Path, *, migrated: bool) -> Iterator[str]:
        """Gives the URL of a new database, migrated to head or empty; it is gone afterwards."""
        if kind == "sqlite":
            yield self._sqlite(directory, migrated)
            return
        server = self._server()
        name = server.create(self._postgres_template(server) if migrated else None)
        try:
            yield server.url(name)
        finally:
            server.drop(name)

    def close(self) -> None:
        """Stops the PostgreSQL server of this process."""
        if self._postgres:
            self._postgres.stop()
            self._postgres = None

    def _sqlite(self, directory: Path, migrated: bool) -> str:
        file = directory / "database.sqlite"
        if migrated:
            shutil.copyfile(self._sqlite_template(), file)
        return f"sqlite:///{file}"

    def _sqlite_template(self) -> Path:
        file = self.directory / "template.sqlite"
        if "sqlite" not in self._templates:
            self.migrate(f"sqlite:///{file}")
            settle_wal(file)
            self._templates.add("sqlite")
        return file

    def _postgres_template(self, server: Postgres) -> str:
        if "postgresql" not in self._templates:
            server.template(TEMPLATE, self.migrate)
            self._templates.add("postgresql")
        return TEMPLATE

    def _server(self) -> Postgres:
        if self._postgres is None:
            reason = reason_against()
            if reason:
                missing(reason)
            self._postgres = Postgres()
            self._postgres.start()
        return self._postgres


def settle_wal(file: Path) -> None:
    """Moves what stands in SQLite's write-ahead log into the file, so that a copy has everything."""
    connection = sqlite3.connect(file)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
