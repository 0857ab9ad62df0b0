"""An idle portal: from the moment at which a chat is decided to its lead, with everything real but the vendors.

A chat's callbacks are gathered for three seconds; what comes after them is measured, and beside it the two round trips
that the portal itself takes (a lookup, a batch): as it is told to take, and as a bare client sees them.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from app.storage.schema import upgrade
from sandbox.world import World
from tests.support.cluster import Cluster
from tests.support.server import serving
from tests.support.stage import CALLBACK_KEY, WEBHOOK_TOKEN, Stage, chat_body, environment, stage_in

ROUND_TRIP_MS, COMMAND_MS = 150.0, 0.0
SETTLE_S = 3.0
CHATS = 15


def run() -> dict[str, Any]:
    """Milliseconds beyond the pause, medians."""
    told: dict[str, Any] = {"two round trips": f"{2 * ROUND_TRIP_MS:.0f} ms"}
    for name, running in (("embedded", _embedded), ("a web process, a worker, beat", _distributed)):
        with running() as (here, url):
            seen = statistics.median(_trip(here) for _ in range(CHATS))
            told["two round trips as a bare client sees them"] = f"{2 * seen * 1000:.0f} ms"
            lags = [_one(here, url, chat) for chat in range(1, CHATS + 1)]
        middle, worst = statistics.median(lags), max(lags)
        told[name] = f"median {middle * 1000:.0f} ms, worst of {CHATS} {worst * 1000:.0f} ms"
    return told | {"load of the machine at the end": f"{os.getloadavg()[0]:.1f}"}


def _trip(here: Stage) -> float:
    """Seconds of one batch with one command, over a connection of its own that is open already."""
    time.sleep(0.6)  # within the portal's budget
    with requests.Session() as session:
        session.get(here.portal.url, timeout=20)
        began = time.perf_counter()
        body = {"cmd": {"me": "user.current"}}
        session.post(f"{here.portal.add_webhook(1)}batch", json=body, timeout=20).raise_for_status()
        return time.perf_counter() - began


def _one(here: Stage, url: str, chat: int) -> float:
    """One chat, and the lead that it becomes: by the sandbox's own clock."""
    headers = {"Authorization": f"Bearer {WEBHOOK_TOKEN}"}
    began = time.time()
    body = chat_body(chat, f"7916{chat:07}")
    requests.post(f"{url}/uis/{CALLBACK_KEY}/chat", json=body, headers=headers, timeout=20).raise_for_status()
    _until(lambda: len(here.portal.crm.items[1]) >= chat)
    made = time.time()
    _until(lambda: not here.unsettled())
    return made - began - SETTLE_S


def _until(condition: Callable[[], object]) -> None:
    ends = time.monotonic() + 60
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError
        time.sleep(0.002)


def _stage(world: World, url: str) -> Stage:
    here = stage_in(world, url)
    here.portal.round_trip_ms, here.portal.command_ms = ROUND_TRIP_MS, COMMAND_MS
    return here


@contextmanager
def _embedded() -> Iterator[tuple[Stage, str]]:
    with tempfile.TemporaryDirectory() as name, World() as world:
        url = f"sqlite:///{Path(name) / 'omni.sqlite3'}"
        upgrade(url)
        here = _stage(world, url)
        with serving(environment(world, url), Path(name) / "a") as server:
            yield here, server.url


@contextmanager
def _distributed() -> Iterator[tuple[Stage, str]]:
    with tempfile.TemporaryDirectory() as name, Cluster(Path(name)) as cluster, World() as world:
        url = cluster.postgres.url(cluster.postgres.create())
        upgrade(url)
        here = _stage(world, url)
        cluster.start(environment(world, url), webs=1, workers=1, beats=1)
        for worker in cluster.workers:
            worker.wait()
        yield here, cluster.webs[0].url
        here.close()


if __name__ == "__main__":
    for title, value in run().items():
        print(f"{title:50} {value}")
