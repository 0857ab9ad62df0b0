"""The demo's two processes, the sandbox and the application, started together and pointed at each other."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
# Ports that the sandbox takes from its first one on: hub, authorization, UIS, shop, portals.
SANDBOX_PORTS = 8


class StoryError(Exception):
    """The demo cannot start or broke off; the message says what happened and shows the end of the log."""


@dataclass(slots=True)
class Story:
    """A running demo: its processes, and addresses by name: app, hub, oauth, uis, shop, portal1."""

    directory: Path
    addresses: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def log(self, name: str) -> Path:
        """Where a process (`sandbox` or `application`) writes."""
        return self.directory / f"{name}.log"

    def check(self) -> None:
        """Raises StoryError when a process has ended by itself."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise StoryError(f"The {name} ended with {process.returncode}:\n{tail(self.log(name))}")

    def spawn(
        self, name: str, command: list[str], environment: dict[str, str], handed: tuple[int, ...] = ()
    ) -> None:
        """Starts a process in a session of its own: Ctrl-C reaches us alone, and we end it in order.

        `handed`: file descriptors that it inherits.
        """
        with self.log(name).open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=handed,
            )

    def wait(self, what: str, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Polls until the condition holds. Raises StoryError after `seconds` or when a process ends."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.check()
            if time.monotonic() > deadline:
                logs = "\n".join(tail(self.log(name)) for name in self.processes)
                raise StoryError(f"{what}: not within {seconds:g} s\n{logs}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends both, the application first, so that it meets no dead portal on its way out."""
        for process in reversed(self.processes.values()):
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running(directory: Path, port: int = 8000, sandbox_port: int = 8100) -> Iterator[Story]:
    """Starts both with an empty database in `directory` (erased first); both end with the block.

    Ports that are taken are replaced by free ones.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    story = Story(directory)
    try:
        with listen(port) as door:
            start(story, door, sandbox_port if all_free(sandbox_port) else 0)
        yield story
    finally:
        story.stop()


def start(story: Story, door: socket.socket, sandbox_port: int) -> None:
    """Brings up the sandbox, reads its addresses, then brings up the application on them.

    The application inherits the listening socket `door`: between choosing a port and serving it nobody else can
    take it, and answer in its place.
    """
    port = int(door.getsockname()[1])
    app = story.addresses["app"] = f"http://{HOST}:{port}"
    command = [sys.executable, "-m", "sandbox", "--port", str(sandbox_port), "--app", app]
    story.spawn("sandbox", command, dict(os.environ))
    story.wait("The sandbox says its addresses", lambda: read_addresses(story))
    gunicorn = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{door.fileno()}", "wsgi:app"]
    story.spawn("application", gunicorn, environment(story, port), (door.fileno(),))
    story.wait("The application is ready", lambda: answers(f"{app}/readyz"))


def read_addresses(story: Story) -> bool:
    """Takes the lines `name address` of the sandbox; true when the last one, a portal, is there."""
    said, _, _ = story.log("sandbox").read_text(encoding="utf-8").rpartition("\n")
    pairs = (line.split(" ", 1) for line in said.splitlines() if " http://" in line)
    story.addresses.update({name: address for name, address in pairs if name.isalnum()})
    return "portal1" in story.addresses


def environment(story: Story, port: int) -> dict[str, str]:
    """The variables of an application that lives in the sandbox; nothing of an own configuration leaks in."""
    uis = story.addresses["uis"]
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
        "PYTHONUNBUFFERED": "1",
        "SANDBOX": "1",
        "PORT": str(port),
        "PUBLIC_URL": story.addresses["app"],
        "INSTANCE_PATH": str(story.directory),
        "BITRIX24_CLIENT_ID": "local.sandbox.omni",
        "BITRIX24_CLIENT_SECRET": "sandbox-secret",
        "BITRIX24_APP_CODE": "uis.omni",
        "BITRIX24_OAUTH_URL": story.addresses["oauth"],
        "UIS_LOGIN_URL": f"{uis}/api/auth/json_rpc",
        "UIS_LOGIC_URL": uis,
        "UIS_CHAT_URL": uis,
        "UIS_DATA_URL": f"{uis}/v2.0",
        "UIS_CABINET_URL": f"{uis}/cabinet",
        # A person is watching: reports are read more often than two minutes, and nothing waits for long.
        "POLL_S": "5",
        "UNKNOWN_WAIT_S": "5",
    }


def answers(url: str) -> bool:
    """Does the address answer 2xx?"""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return 200 <= int(answer.status) < 300
    except (urllib.error.URLError, OSError):
        return False


def is_free(port: int) -> bool:
    """May we listen at the port?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def all_free(first: int) -> bool:
    """Are all ports that the sandbox takes free, counted from the first?"""
    return all(is_free(first + offset) for offset in range(SANDBOX_PORTS))


def listen(wanted: int) -> socket.socket:
    """A socket that listens at the wanted port, or at any free one when it is taken."""
    for port in (wanted, 0):
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
            door.listen(128)
        except OSError:
            door.close()
        else:
            return door
    raise StoryError("There is no free port")


def tail(file: Path, lines: int = 25) -> str:
    """The end of a log, with its name above it."""
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    return "\n".join([f"--- {file}", *text.splitlines()[-lines:]])
