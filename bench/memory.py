"""Memory while a large backlog is drained: it must not grow with what was worked off.

A web process and a worker, PostgreSQL and Redis; chats of ten events each wait in the inbox, and become deals.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, select

from app.storage.models import Conversation
from app.storage.schema import upgrade
from sandbox.world import World
from tests.support.cluster import Cluster
from tests.support.conversations import callbacks_of
from tests.support.stage import Stage, environment, stage_in

EVENTS = 100_000
EACH = 8
MEGABYTE = 1024 * 1024


def run(events: int = EVENTS) -> dict[str, Any]:
    """MB (RSS) at a tenth of the way, the most, and at the end."""
    with tempfile.TemporaryDirectory() as name, Cluster(Path(name)) as cluster, World() as world:
        url = cluster.postgres.url(cluster.postgres.create())
        upgrade(url)
        here = stage_in(world, url)
        here.save("chats", create={"entity": "deal"})
        chats = events // EACH
        for chat in range(1, chats + 1):
            for path, body in callbacks_of(chat):
                here.callback(f"/{path}", body)
        cluster.start(environment(world, url, BITRIX24_OPERATING_S="0"), webs=1, workers=1, beats=1)
        seen = _watch(here, cluster, chats)
        here.close()
    early = seen[len(seen) // 10]
    told: dict[str, Any] = {"events": f"{events:,}"}
    for place, process in enumerate(("web", "worker")):
        most, last = max(one[place] for one in seen), seen[-1][place]
        told[f"{process}, MB at a tenth, most, at the end"] = f"{early[place]:.0f}, {most:.0f}, {last:.0f}"
    return told | {"load of the machine at the end": f"{os.getloadavg()[0]:.1f}"}


def _watch(here: Stage, cluster: Cluster, chats: int) -> list[tuple[float, float]]:
    """(web, worker) every two seconds until all chats are done."""
    seen = []
    while True:
        web, worker = cluster.webs[0].pid, cluster.workers[0].pid
        seen.append((_rss(web), _rss(worker)))
        with here.services.sessions() as session:
            done = session.scalar(select(func.count()).where(Conversation.state == "done"))
        if (done or 0) >= chats:
            return seen
        time.sleep(2)


def _rss(pid: int) -> float:
    """The largest process of a group: gunicorn's master does not count."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return float(max(process.memory_info().rss for process in family)) / MEGABYTE


if __name__ == "__main__":
    for title, value in run(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS).items():
        print(f"{title:50} {value}")
