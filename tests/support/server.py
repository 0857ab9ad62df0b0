"""The application as a process of its own: `gunicorn wsgi:app`, which may be killed at any moment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.support.checkout import ROOT
from tests.support.ports import free_port

START_S = 60.0


class Server:
    """A gunicorn in a process group of its own. `log` holds what it said."""

    def __init__(self, env: Mapping[str, str], directory: Path, app: str = "wsgi:app") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = directory / "server.log"
        self.app = app
        self.env = {**os.environ, **env, "PORT": str(self.port), "INSTANCE_PATH": str(directory / "instance")}
        if "CELERY_BROKER_URL" not in env:
            self.env.pop("CELERY_BROKER_URL", None)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        """Start it; with `wait`, until it answers."""
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", self.app]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        if wait:
            self.wait()

    @property
    def pid(self) -> int:
        """Of the master."""
        assert self._process is not None
        return self._process.pid

    def wait(self) -> None:
        """Until it answers; raises with its last words when it does not."""
        ends = time.monotonic() + START_S
        while not self.answers():
            if time.monotonic() > ends or (self._process and self._process.poll() is not None):
                raise RuntimeError(f"the server did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """kill -9 of the master and its worker, wherever they are."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def serving(env: Mapping[str, str], directory: Path, app: str = "wsgi:app") -> Iterator[Server]:
    """A running server, stopped at the end."""
    server = Server(env, directory, app)
    server.start()
    try:
        yield server
    finally:
        server.stop()
