"""Two web processes, four workers, PostgreSQL and Redis: whatever dies, nothing is lost or doubled, order is kept.

`make cluster` tells the long story (2,000 conversations, 50 kills, 10 restarts of each server); the tests a short one.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.storage.models import PortalWork
from app.storage.schema import upgrade
from sandbox.world import World
from tests.support.cluster import Cluster
from tests.support.conversations import FAST, callbacks, check, send, until_quiet
from tests.support.stage import Stage, environment, stage_in

SEED = 20_260_504
SENDERS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """How much happens, and within how many seconds the last conversation must be done after the last fault."""

    chats: int
    kills: int
    restarts: int
    patience: float = 300.0


SHORT = Story(chats=80, kills=8, restarts=2)
LONG = Story(chats=2_000, kills=50, restarts=10, patience=1_200.0)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_whatever_dies(tmp_path: Path) -> None:
    tell(SHORT, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_rolling_restart_loses_nothing_and_leaves_nothing_held(tmp_path: Path) -> None:
    """Every worker gets SIGTERM while it works: it ends by itself, and what it held is free at once."""
    with running(tmp_path) as (here, cluster):
        chance = random.Random(SEED)
        senders = _send(cluster, list(callbacks(SHORT.chats, chance)), chance)
        for worker in cluster.workers:
            worker.wait()
            time.sleep(2)
            assert worker.stop() == 0, cluster.last_words()
            assert not _held_by_the_dead(here), "a worker that ended well still holds the portal"
            worker.start()
        _deliver(senders)
        until_quiet(here, SHORT.patience)
        check(here, SHORT.chats)


def tell(story: Story, directory: Path) -> None:
    """Run a story and check what became of it."""
    with running(directory) as (here, cluster):
        chance = random.Random(SEED)
        senders = _send(cluster, list(callbacks(story.chats, chance)), chance)
        for strike in _strikes(story, cluster, chance):
            time.sleep(chance.uniform(0.2, 2.0))
            strike()
        _deliver(senders)
        until_quiet(here, story.patience)
        assert here.unsettled() == [], cluster.last_words()
        check(here, story.chats)


@contextmanager
def running(directory: Path) -> Iterator[tuple[Stage, Cluster]]:
    with Cluster(directory) as cluster, World() as world:
        url = cluster.postgres.url(cluster.postgres.create())
        upgrade(url)
        here = stage_in(world, url, FAST)
        here.save("chats", create={"entity": "deal"})
        here.portal.round_trip_ms, here.portal.command_ms = 40.0, 2.0
        cluster.start(environment(world, url, **FAST))
        try:
            yield here, cluster
        finally:
            here.close()


def _strikes(story: Story, cluster: Cluster, chance: random.Random) -> list[Callable[[], None]]:
    """What goes wrong, in what order."""

    def kill() -> None:
        process = chance.choice(cluster.processes())
        process.kill()
        process.start()

    strikes: list[Callable[[], None]] = [kill] * story.kills
    for server in (cluster.postgres, cluster.redis):
        strikes += [lambda server=server: server.crash(chance.uniform(0, 2))] * story.restarts  # type: ignore[misc]
    chance.shuffle(strikes)
    return strikes


def _send(
    cluster: Cluster, work: list[tuple[str, dict[str, object]]], chance: random.Random
) -> list[threading.Thread]:
    seeds = [random.Random(chance.random()) for _ in range(SENDERS)]
    senders = [
        threading.Thread(
            target=send, args=(lambda own=own: cluster.url(own), work[part::SENDERS]), daemon=True
        )
        for part, own in enumerate(seeds)
    ]
    for sender in senders:
        sender.start()
    return senders


def _deliver(senders: list[threading.Thread]) -> None:
    for sender in senders:
        sender.join(900)
        assert not sender.is_alive(), "callbacks could not be delivered"


def _held_by_the_dead(here: Stage) -> bool:
    """Whether a holder of the portal is gone: looked at until the living have had time to let go."""
    with here.services.sessions() as session:
        row = session.get_one(PortalWork, here.installation_id)
        epoch, holder = row.epoch, row.holder
    if holder is None:
        return False
    ends = time.monotonic() + 15
    while time.monotonic() < ends:
        time.sleep(0.2)
        with here.services.sessions() as session:
            row = session.get_one(PortalWork, here.installation_id)
            if row.holder is None or row.epoch != epoch:
                return False
    return True
