"""A real RabbitMQ for the one test that wants it: a node of its own, in a temporary directory."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.missing import missing
from tests.support.ports import accepts, free_port, wait_until

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
START_S = 120.0


def program() -> Path | None:
    """The server itself, not the wrapper that wants a system user; None when it is not installed."""
    found = PROGRAMS / "rabbitmq-server"
    return found if found.exists() else None


@contextmanager
def rabbitmq_server() -> Iterator[str]:
    """Gives `amqp://guest:guest@127.0.0.1:<port>//` of a node that ends with the block."""
    server = program()
    if server is None or shutil.which("erl") is None:
        missing("RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="omni-rabbitmq-") as directory:
        env = _environment(Path(directory), port)
        process = subprocess.Popen(
            [str(server)],
            env=env,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: accepts(port), "RabbitMQ takes connections", START_S)
            yield f"amqp://guest:guest@127.0.0.1:{port}//"
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            wait_until(lambda: _names_ended(env), "the name server of Erlang ends")


def _names_ended(env: dict[str, str]) -> bool:
    """The name server of Erlang is a daemon of its own, and ends only when no node is left."""
    return subprocess.run(["epmd", "-kill"], env=env, check=False, capture_output=True).returncode == 0


def _environment(directory: Path, port: int) -> dict[str, str]:
    """Every file in the directory, every port our own; nothing of the machine's configuration is read."""
    (directory / "rabbitmq.conf").write_text("loopback_users.guest = true\n")
    return {
        **os.environ,
        "HOME": str(directory),
        "RABBITMQ_NODENAME": f"omni{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "none"),
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "plugins"),
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
