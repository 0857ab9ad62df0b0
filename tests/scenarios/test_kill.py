"""The process is killed again and again while conversations run: nothing is lost, nothing doubled."""

import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.world import World
from tests.support.conversations import FAST, callbacks, check, send, until_quiet
from tests.support.server import Server
from tests.support.stage import Stage, environment, stage_in

CHATS = 300


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("kind", "kills"), [("sqlite", 50), ("postgresql", 15)])
def test_nothing_is_lost_or_doubled_when_the_process_is_killed(
    kind: str, kills: int, databases: Any, tmp_path: Path
) -> None:
    with databases.database(kind, tmp_path, migrated=True) as url, World() as world:
        here = stage_in(world, url, UNKNOWN_WAIT_S=FAST["UNKNOWN_WAIT_S"], CLAIM_TTL_S=FAST["CLAIM_TTL_S"])
        here.save("chats", create={"entity": "deal"})
        here.portal.round_trip_ms, here.portal.command_ms = 40.0, 2.0
        server = Server(environment(world, url, **FAST), tmp_path)
        server.start()
        try:
            _run(here, server, kills, random.Random(20_260_504))
        finally:
            server.kill()
        check(here, CHATS)


def _run(here: Stage, server: Server, kills: int, chance: random.Random) -> None:
    """Callbacks come from four senders, each until it is acknowledged; meanwhile the process dies `kills` times."""
    work = list(callbacks(CHATS, chance))
    senders = [
        threading.Thread(target=send, args=(lambda: server.url, work[part::4]), daemon=True)
        for part in range(4)
    ]
    for sender in senders:
        sender.start()
    for _ in range(kills):
        time.sleep(chance.uniform(0.05, 1.2))
        server.kill()
        server.start(wait=chance.random() < 0.7)
    server.wait()
    for sender in senders:
        sender.join(300)
        assert not sender.is_alive(), "callbacks could not be delivered"
    until_quiet(here, 240)
