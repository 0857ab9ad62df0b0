"""A real redis-server for tests of the distributed mode."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.missing import missing
from tests.support.ports import accepts, free_port, wait_until


class Redis:
    """A server on a free port that keeps nothing: whatever ends it loses its data."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            missing("Redis is not installed (Debian: apt-get install redis-server)")
        self._program = str(program)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts it; returns when it takes connections."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command = [self._program, *options, "--dir", tempfile.gettempdir()]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(lambda: accepts(self.port), "redis-server takes connections")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def crash(self, away: float = 0.0) -> None:
        """Ends at once with all its data, and starts again after so many seconds."""
        self.kill()
        time.sleep(away)
        self.start()


@contextmanager
def redis_server() -> Iterator[str]:
    """Gives `redis://127.0.0.1:<port>/0` of a server that ends with the block."""
    server = Redis()
    server.start()
    try:
        yield server.url
    finally:
        server.kill()
