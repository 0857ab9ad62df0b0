"""Open lines: a backlog of 1,000 dialogs both ways, and how soon a single message is in the line of an idle portal."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.storage.schema import upgrade
from sandbox.world import World
from tests.stories.stage import Stage, variables
from tests.support import lines_load
from tests.support.counter import Counter, counter
from tests.support.lines_load import Load
from tests.support.server import Server
from tools.demo_check import SHOP_CHANNEL

ROUND_TRIP_MS, COMMAND_MS = 150.0, 20.0
SINGLE, PAUSE_S = 40, 1.0


def run(dialogs: int = 1_000) -> dict[str, Any]:
    """Figures of both."""
    return _backlog(Load(dialogs=dialogs)) | _idle()


def _backlog(load: Load) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'bench.sqlite3'}"
        upgrade(url)
        with counter(url, Path(name)) as house:
            house.save("open_lines", signature=False)
            return _in(house, load) | _out(house, load)


def _in(house: Counter, load: Load) -> dict[str, Any]:
    lines_load.clients_write(house, load)
    house.uis.flush(600)
    started = time.monotonic()
    house.work_off()
    house.read(lines_load.LATE_READ)
    house.work_off()
    seconds = time.monotonic() - started
    return {
        "dialogs, messages each way": f"{load.dialogs:,}, {load.messages:,}",
        "callbacks doubled, lost, the others shuffled": f"{load.doubled:.0%}, {load.lost:.0%}",
        "dialogs in which a message is missing, doubled or out of its order": len(
            lines_load.faults_of_lines(house, load)
        ),
        "messages per imconnector.send.messages (bar: at least 20)": round(
            lines_load.messages_per_request(house, load), 1
        ),
        "REST requests, all methods": len(house.portal.requests),
        "messages per second into the line": round(load.messages / seconds),
    }


def _out(house: Counter, load: Load) -> dict[str, Any]:
    lines_load.operators_answer(house, load)
    assert house.portal.events.wait_idle(600)
    started = time.monotonic()
    house.work_off()
    seconds = time.monotonic() - started
    return {
        "clients who miss an answer, got one twice or out of its order": len(
            lines_load.faults_of_clients(house, load)
        ),
        "messages per second out to clients": round(load.messages / seconds),
        "messages in doubt or failed": sum(row.state != "done" for row in house.letters()),
    }


def _idle() -> dict[str, Any]:
    """A server process of its own; the portal answers in 150 ms and 20 ms for a command."""
    with tempfile.TemporaryDirectory() as name, World() as world:
        server = Server(variables(world), Path(name))
        server.env["PUBLIC_URL"] = world.card.url = server.url
        server.start()
        try:
            stage = Stage(world, server)
            stage.join()
            stage.portal.round_trip_ms, stage.portal.command_ms = ROUND_TRIP_MS, COMMAND_MS
            waits = sorted(_singles(stage))
        finally:
            server.kill()
    return {
        "idle, one message in: in the line after, ms, median (bar: 1,000)": round(statistics.median(waits)),
        "idle, one message in: 95th percentile, ms": round(waits[int(len(waits) * 0.95)]),
    }


def _singles(stage: Stage) -> list[float]:
    """Milliseconds from UIS's message until operators have it before them."""
    chat_id = stage.world.uis.visitor_starts_chat(SHOP_CHANNEL, name="Клиент", text="first").id
    _until(lambda: "first" in _said(stage))
    waits = []
    for number in range(SINGLE):
        time.sleep(PAUSE_S)
        started = time.perf_counter()
        stage.world.uis.visitor_writes(chat_id, f"message {number}")
        _until(lambda text=f"message {number}": text in _said(stage))  # type: ignore[misc]
        waits.append((time.perf_counter() - started) * 1_000)
    return waits


def _said(stage: Stage) -> set[str]:
    with stage.portal.lock:
        dialogs = list(stage.portal.open_lines.dialogs.values())
        return {row.text for dialog in dialogs for row in dialog.messages.values()}


def _until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends, "the message never came"
        time.sleep(0.005)


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:70} {value}")
