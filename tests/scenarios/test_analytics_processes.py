"""Analytics in processes of its own: one that is killed again and again, and many that share the work."""

import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.test_distributed import celery
from tests.support.analytics import Lines, lines
from tests.support.databases import KINDS
from tests.support.redis import redis_server
from tests.support.server import Server, serving
from tests.support.stage import environment

QUICK = {"RECONCILE_S": "3", "CLAIM_TTL_S": "15", "UNKNOWN_WAIT_S": "5", "POLL_S": "3600", "SYNC_S": "3600"}
PATIENT = QUICK | {"RECONCILE_S": "7200"}
"""For what is left when the processes are gone: the clock jumps far from one due time to the next."""
DIALOGS, KILLS = 40, 8


def talk(desk: Lines, number: int) -> None:
    desk.finish(desk.messenger(person=f"p{number}", phone=f"+7916{number:07}"))


def each_once(desk: Lines, count: int) -> None:
    found = Counter(chat.ext_id for chat in desk.uploaded())
    assert (len(found), set(found.values())) == (count, {1})
    assert Counter(desk.states()) == {("uploaded", None): count}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_a_process_that_is_killed_again_and_again_uploads_each_dialog_once(
    kind: str, databases: Any, tmp_path: Path
) -> None:
    with databases.database(kind, tmp_path, migrated=True) as url, lines(url, tmp_path, **PATIENT) as desk:
        desk.begin()
        desk.portal.round_trip_ms = 40.0
        server = Server(
            environment(desk.world, url, PUBLIC_URL=desk.world.card.url, **QUICK), tmp_path / "process"
        )
        server.start()
        try:
            for number in range(DIALOGS):
                talk(desk, number)
                if number % (DIALOGS // KILLS) == 0:
                    time.sleep(0.7 + 1.9 * (number * 7 % DIALOGS) / DIALOGS)
                    server.kill()
                    server.start()
            until(lambda: len(desk.uploaded()) > 0, 60)
        finally:
            server.kill()
        desk.world.clock.advance(20)  # the claim of the dead process runs out
        desk.rest(4 * 3600.0)
        each_once(desk, DIALOGS)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_many_workers_share_the_dialogs_of_a_portal(databases: Any, tmp_path: Path) -> None:
    with (
        redis_server() as redis_url,
        databases.database("postgresql", tmp_path, migrated=True) as url,
        lines(url, tmp_path, **QUICK) as desk,
        ExitStack() as stack,
    ):
        desk.begin()
        env = environment(
            desk.world, url, PUBLIC_URL=desk.world.card.url, CELERY_BROKER_URL=redis_url, **QUICK
        )
        for number in (1, 2):
            stack.enter_context(celery(env, tmp_path, f"w{number}", "worker", "--concurrency", "2"))
        stack.enter_context(celery(env, tmp_path, "beat", "beat", "-s", str(tmp_path / "schedule")))
        stack.enter_context(serving(env, tmp_path / "web"))
        for number in range(DIALOGS):
            talk(desk, number)
        until(lambda: Counter(desk.states()) == {("uploaded", None): DIALOGS}, 150)
        each_once(desk, DIALOGS)


def until(reached: Any, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not reached() and time.monotonic() < ends:
        time.sleep(0.3)
