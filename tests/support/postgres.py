"""A real PostgreSQL for tests: one server per test process, one database per test, copied from a template.

PostgreSQL refuses to run as root, so under root every program of it is started as `postgres` (Debian's user).
The server keeps its files in a temporary directory and gives up durability for speed.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pytest_postgresql.janitor import DatabaseJanitor

from tests.support.ports import free_port

USER = "omni"
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
CAREFUL = "-c fsync=off -c synchronous_commit=on -c full_page_writes=off -c max_connections=300"
"""What is committed survives a crash of the server, though not one of the machine."""


def programs() -> Path | None:
    """The directory of initdb and pg_ctl, newest version first; None when PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda p: float(p.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("pg_ctl")
    return Path(on_path).resolve().parent if on_path else None


def unprivileged() -> str | None:
    """The user to run PostgreSQL as when we are root, else None."""
    return "postgres" if os.geteuid() == 0 else None


def reason_against() -> str | None:
    """Why no server can run here, in words; None when one can."""
    if programs() is None:
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    user = unprivileged()
    if user and user not in {entry.pw_name for entry in pwd.getpwall()}:
        return f"PostgreSQL does not run as root, and there is no user {user} to run it as"
    return None


class Postgres:
    """A server of our own on a free port of 127.0.0.1, without passwords. `stop()` erases it."""

    def __init__(self, options: str = FAST) -> None:
        self._options = options
        reason, binaries = reason_against(), programs()
        if reason or binaries is None:
            raise RuntimeError(reason)
        self.binaries = binaries
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="omni-postgres-"))
        self._number = 0
        user = unprivileged()
        if user:
            shutil.chown(self.directory, user)

    def start(self) -> None:
        """Makes the cluster and starts the server; returns when it takes connections."""
        data = str(self.directory / "data")
        auth = ["--auth", "trust", "--username", USER, "--encoding", "UTF8", "--no-locale", "--no-sync"]
        self._run("initdb", "--pgdata", data, *auth)
        self._start()

    def crash(self, away: float = 0.0) -> None:
        """Ends at once, as in a crash, and starts again after so many seconds on the same files."""
        self._run("pg_ctl", "stop", "-D", str(self.directory / "data"), "-m", "immediate")
        time.sleep(away)
        self._start()

    def _start(self) -> None:
        data = str(self.directory / "data")
        listen = f"-p {self.port} -h 127.0.0.1 -k {self.directory} {self._options}"
        self._run("pg_ctl", "start", "-w", "-D", data, "-o", listen, "-l", str(self.directory / "log"))

    def stop(self) -> None:
        """Stops the server at once and removes its files."""
        self._run("pg_ctl", "stop", "-D", str(self.directory / "data"), "-m", "immediate")
        shutil.rmtree(self.directory)

    def url(self, name: str) -> str:
        """The address of a database for SQLAlchemy, with psycopg 3."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def template(self, name: str, prepare: Callable[[str], None]) -> None:
        """Makes a database to copy others from; `prepare` gets its URL and must leave no connection."""
        self._janitor(name).init()
        prepare(self.url(name))

    def create(self, template: str | None = None) -> str:
        """Makes a database, empty or copied from a template, and returns its name."""
        self._number += 1
        name = f"test_{self._number}"
        self._janitor(name, template).init()
        return name

    def drop(self, name: str) -> None:
        """Removes a database, closing connections that were left open."""
        self._janitor(name).drop()

    def _janitor(self, name: str, template: str | None = None) -> DatabaseJanitor:
        return DatabaseJanitor(
            user=USER, host="127.0.0.1", port=self.port, dbname=name, template_dbname=template
        )

    def _run(self, program: str, *arguments: str) -> None:
        """Runs a program of PostgreSQL; RuntimeError carries what it said.

        Its words go to a file: the server inherits the output of pg_ctl, a pipe would never end.
        """
        user = unprivileged()
        prefix = ["runuser", "-u", user, "--"] if user else []
        with tempfile.TemporaryFile("w+") as said:
            command = [*prefix, str(self.binaries / program), *arguments]
            # "/" because the unprivileged user may not enter our directory.
            code = subprocess.run(command, stdout=said, stderr=said, cwd="/", check=False).returncode
            if code:
                said.seek(0)
                raise RuntimeError(f"{program} failed with {code}: {said.read()}")
