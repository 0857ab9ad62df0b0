"""A backlog of one portal under its limits: ours beside the usual ways, in one run, over HTTP.

Seconds are counted from the first request at the portal to the end of the last. The peers that are slow work for
`WINDOW_S` on a backlog that does not end; the burst that a fresh portal allows is counted in their favour.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.storage.schema import upgrade
from bench import plots
from bench.usual import requests_of, ways
from bench.usual.tasks import app as usual
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.support.checkout import ROOT
from tests.support.cluster import Cluster
from tests.support.redis import redis_server
from tests.support.server import serving
from tests.support.stage import Stage, environment, stage_in
from tests.support.virtual_stage import QUICK, take_time

CHATS = 1_000
WINDOW_S = 90.0
PATIENCE_S = 400.0
COMMANDS = 5.06
"""Commands of one first chat: lookup, contact, deal, activity, notification; and three searches for 50 markers."""
RATE, BURST, BATCH = 2.0, 50, 50
REAL = {"BITRIX24_RATE": "2", "BITRIX24_BURST": "50", "HTTP_READ_TIMEOUT_S": "65"}


@dataclass(frozen=True, slots=True)
class Result:
    """What one way did: chats with all that belongs to them, seconds, REST requests, refusals."""

    chats: int
    seconds: float
    requests: int
    refused: int

    @property
    def rate(self) -> float:
        return self.chats / self.seconds if self.seconds else 0.0


def run() -> dict[str, Any]:
    """Chats per second of each way, and how many times faster ours (embedded) is."""
    own = {"ours, embedded (SQLite)": embedded(), "ours, 2 workers (PostgreSQL, Redis)": distributed()}
    peers = {
        "(a) requests, a Celery task per event": per_event("plain", 4),
        "(b) fast_bitrix24, a Celery task per event": per_event("fast", 1),
        "(c) b24pysdk, a Celery task per event": per_event("sdk", 4),
        "(b) fast_bitrix24, all 1,000 known beforehand": at_once(ways.fast_many),
        "(c) b24pysdk, all 1,000 known beforehand": at_once(ways.sdk_many),
    }
    mine = own["ours, embedded (SQLite)"].rate
    told: dict[str, Any] = {name: _words(result, None) for name, result in own.items()}
    told |= {name: _words(result, mine) for name, result in peers.items()}
    least = (CHATS * COMMANDS / BATCH - BURST) / RATE
    rows: list[plots.Row] = [("what the limit allows", CHATS / least, "bound")]
    rows += [(name, result.rate, "own") for name, result in own.items()]
    rows += [(name, result.rate, "other") for name, result in peers.items()]
    plots.bars("against", "First chats per second of one portal under its limits", rows)
    return told | {
        "what the limit allows, chats per second": round(CHATS / least, 1),
        "ours of that": f"{mine / (CHATS / least):.0%}",
        "load of the machine at the end": f"{os.getloadavg()[0]:.1f}",
    }


def _words(result: Result, mine: float | None) -> str:
    text = f"{result.rate:.2f} chats per second ({result.chats} in {result.seconds:.1f} s, {result.requests} requests"
    text += f", {result.refused} refused)"
    return text if mine is None else f"{text}; ours {mine / result.rate if result.rate else 0:.1f} times"


def embedded() -> Result:
    """`gunicorn wsgi:app` in a process of its own, the backlog in its inbox when it starts."""
    with tempfile.TemporaryDirectory() as name, World() as world:
        url = f"sqlite:///{Path(name) / 'omni.sqlite3'}"
        upgrade(url)
        here = _backlog(world, url)
        with serving(environment(world, url, **REAL), Path(name) / "a"):
            return _finished(here.portal, PATIENCE_S)


def distributed() -> Result:
    """A web process, two workers, beat."""
    with tempfile.TemporaryDirectory() as name, Cluster(Path(name)) as cluster, World() as world:
        url = cluster.postgres.url(cluster.postgres.create())
        upgrade(url)
        here = _backlog(world, url)
        cluster.start(environment(world, url, **REAL), webs=1, workers=2, beats=1)
        found = _finished(here.portal, PATIENCE_S)
        here.close()
        return found


def _backlog(world: World, url: str) -> Stage:
    here = stage_in(world, url, REAL)
    take_time(here, QUICK)
    titles = {"deal": "Chat", "contact": "Client", "activity": "Chat"}
    here.save("chats", create={"entity": "deal"}, titles=titles)
    now = here.services.clock.now().isoformat()  # an old chat is no news: nobody would be notified
    for chat in range(1, CHATS + 1):
        here.chat_started(chat, phone=requests_of.phone_of(chat), created_at=now)
    return here


def per_event(way: str, processes: int) -> Result:
    """A Celery worker with so many processes, Redis, and the sandbox with its limits on."""
    with World() as world, redis_server() as broker:
        portal, url, token = _open(world)
        usual.conf.broker_url = broker
        with usual.connection_for_write(broker) as connection:
            for chat in range(1, CHATS + 1):
                usual.send_task("usual.chat", args=(chat,), connection=connection)
        env = {"PEER": way, "PEER_URL": url, "PEER_TOKEN": token, "PEER_BROKER": broker}
        with _worker(env, processes):
            return _finished(portal, WINDOW_S)


def at_once(way: Callable[..., Any]) -> Result:
    """A script that has all chats in a list. A kill would leave it not knowing what was made."""
    with World() as world:
        portal, url, token = _open(world)
        done = way(url, token, list(range(1, CHATS + 1)))
        if asyncio.iscoroutine(done):
            asyncio.run(done)
        return _finished(portal, PATIENCE_S)


def _open(world: World) -> tuple[Portal, str, str]:
    """A portal whose application has a token: (portal, REST address, access token)."""
    portal = world.portals[0]
    portal.begin_installation(1)
    portal.finish_install(send_event=False)
    token = portal.frame("http://app/", 1).fields["AUTH_ID"]
    portal.round_trip_ms, portal.command_ms = QUICK.round_trip, QUICK.write
    portal.requests.clear()
    return portal, f"{portal.url}/rest/", token


@contextmanager
def _worker(env: dict[str, str], processes: int) -> Iterator[None]:
    options = ["worker", "--concurrency", str(processes), "--loglevel", "warning"]
    command = [sys.executable, "-m", "celery", "--quiet", "--app", "bench.usual.tasks", *options]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _finished(portal: Portal, seconds: float) -> Result:
    """Wait until every chat has its notification, at most `seconds` from the first request on."""
    while not portal.requests:
        time.sleep(0.05)
    began = portal.requests[0].at
    while len(portal.notifications) < CHATS and portal.world.clock.now() - began < seconds:
        time.sleep(0.1)
    requests, chats = list(portal.requests), len(portal.notifications)
    ended = max(request.at + request.duration_ms / 1000 for request in requests)
    return Result(chats, ended - began, len(requests), portal.bucket.refused)


if __name__ == "__main__":
    for title, value in run().items():
        print(f"{title:50} {value}")
