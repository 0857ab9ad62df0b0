"""The same code on many processes: PostgreSQL, Redis, Celery workers and beat."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.world import World
from tests.support.checkout import ROOT
from tests.support.server import serving
from tests.support.stage import CALLBACK_KEY, WEBHOOK_TOKEN, chat_body, environment, stage_in

CHATS = 30


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_chats_become_deals_over_workers_and_a_broker(databases: Any, redis_url: str, tmp_path: Path) -> None:
    with (
        databases.database("postgresql", tmp_path, migrated=True) as url,
        World() as world,
        ExitStack() as stack,
    ):
        here = stage_in(world, url)
        here.save("chats", create={"entity": "deal"})
        env = environment(world, url, CELERY_BROKER_URL=redis_url)
        for number in (1, 2):
            stack.enter_context(celery(env, tmp_path, f"w{number}", "worker", "--concurrency", "2"))
        stack.enter_context(celery(env, tmp_path, "beat", "beat", "-s", str(tmp_path / "schedule")))
        server = stack.enter_context(serving(env, tmp_path / "web"))
        for chat in range(1, CHATS + 1):
            headers = {"Authorization": f"Bearer {WEBHOOK_TOKEN}"}
            address = f"{server.url}/uis/{CALLBACK_KEY}/chat"
            for _ in range(2):
                answer = requests.post(
                    address, json=chat_body(chat, f"7916{chat:07}"), headers=headers, timeout=10
                )
                assert answer.status_code == 204
        ends = time.monotonic() + 90
        while here.unsettled() and time.monotonic() < ends:
            time.sleep(0.3)
        assert here.unsettled() == [], _last_words(tmp_path)
        assert len(here.items(2)) == len(here.items(3)) == CHATS


@contextmanager
def celery(env: dict[str, str], directory: Path, name: str, *arguments: str) -> Iterator[None]:
    """A process of Celery; its words go to `<name>.log`."""
    command = [sys.executable, "-m", "celery", "--app", "app.worker", *arguments]
    own = {**os.environ, **env, "INSTANCE_PATH": str(directory / "instance")}
    with (directory / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()


def _last_words(directory: Path) -> str:
    return "\n".join(log.read_text()[-1500:] for log in directory.glob("*.log"))
