"""A cluster on one machine: PostgreSQL, Redis, web processes, Celery workers and beats, all of which may be killed."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.checkout import ROOT
from tests.support.ports import wait_until
from tests.support.postgres import CAREFUL, Postgres
from tests.support.redis import Redis
from tests.support.server import Server

GRACE_S = 60.0


class Process:
    """A Celery process in a group of its own; what it says goes to `<name>.log`."""

    def __init__(self, env: Mapping[str, str], directory: Path, name: str, *arguments: str) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self._command = [sys.executable, "-m", "celery", "--app", "app.worker", *arguments]
        self._env = {**os.environ, **env, "INSTANCE_PATH": str(directory / "instance")}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._env, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def wait(self) -> None:
        """Until a worker takes tasks: one that only begins is ended by SIGTERM without a word."""
        wait_until(lambda: b"worker_ready" in self.log.read_bytes(), f"{self.name} takes tasks", GRACE_S)

    def kill(self) -> None:
        """kill -9 of the whole group."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """SIGTERM; returns its exit code, or -9 when it had to be killed in the end."""
        process = self._process
        assert process is not None
        process.terminate()
        try:
            code = process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL
        self._process = None
        return code


class Cluster:
    """Its database is there at once; the processes start with `start`, when the environment is known."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.postgres = Postgres(CAREFUL)
        self.redis = Redis()
        self.webs: list[Server] = []
        self.workers: list[Process] = []
        self.beats: list[Process] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.postgres.start()
        self._stack.callback(self.postgres.stop)
        self.redis.start()
        self._stack.callback(self.redis.kill)
        return self

    def start(self, env: Mapping[str, str], *, webs: int = 2, workers: int = 4, beats: int = 2) -> None:
        """Bring everything up; returns when the web processes answer."""
        whole = {**env, "CELERY_BROKER_URL": self.redis.url}
        many = ("--loglevel", "warning")
        for number in range(webs):
            self.webs.append(Server(whole, self.directory / f"web{number}"))
        for number in range(workers):
            options = ("worker", "--concurrency", "4", "-n", f"w{number}@here", *many)
            self.workers.append(Process(whole, self.directory, f"worker{number}", *options))
        for number in range(beats):
            self.beats.append(Process(whole, self.directory, f"beat{number}", "beat", *many))
        for process in self.processes():
            process.start()
            self._stack.callback(process.kill)
        for web in self.webs:
            web.wait()

    def processes(self) -> Sequence[Server | Process]:
        """Everything that may be killed, databases apart."""
        return [*self.webs, *self.workers, *self.beats]

    def url(self, chance: random.Random) -> str:
        """A web process, as a load balancer would choose it."""
        return chance.choice(self.webs).url

    def last_words(self) -> str:
        """The ends of all logs, for a test that failed."""
        logs = [*self.directory.glob("*.log"), *self.directory.glob("*/server.log")]
        return "\n".join(f"--- {log.name}\n{log.read_text()[-1500:]}" for log in logs)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
