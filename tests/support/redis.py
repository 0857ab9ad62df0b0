"""A real redis-server for tests of the distributed mode."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.missing import missing
from tests.support.ports import accepts, free_port, wait_until


@contextmanager
def redis_server() -> Iterator[str]:
    """Gives `redis://127.0.0.1:<port>/0` of a server that keeps nothing and ends with the block."""
    program = shutil.which("redis-server")
    if program is None:
        missing("Redis is not installed (Debian: apt-get install redis-server)")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="omni-redis-") as directory:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        process = subprocess.Popen([program, *options, "--dir", directory], stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: accepts(port), "redis-server takes connections")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)
