"""The same code on many processes: PostgreSQL, Celery workers and beat; Redis or RabbitMQ between them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.world import World
from tests.support.checkout import ROOT
from tests.support.ports import wait_until
from tests.support.rabbitmq import rabbitmq_server
from tests.support.redis import redis_server
from tests.support.server import serving
from tests.support.stage import CALLBACK_KEY, WEBHOOK_TOKEN, chat_body, environment, stage_in

CHATS = 3
BROKERS = {"redis": redis_server, "rabbitmq": rabbitmq_server}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("broker", "clients"), [("redis", 50), ("rabbitmq", 10)])
def test_three_chats_of_a_client_over_four_workers_make_one_deal(
    broker: str, clients: int, databases: Any, tmp_path: Path
) -> None:
    with (
        databases.database("postgresql", tmp_path, migrated=True) as url,
        BROKERS[broker]() as broker_url,
        World() as world,
        ExitStack() as stack,
    ):
        here = stage_in(world, url)
        here.save("chats", create={"entity": "deal"})
        env = environment(world, url, CELERY_BROKER_URL=broker_url)
        for number in (1, 2):
            stack.enter_context(celery(env, tmp_path, f"w{number}", "worker", "--concurrency", "2"))
        stack.enter_context(celery(env, tmp_path, "beat", "beat", "-s", str(tmp_path / "schedule")))
        server = stack.enter_context(serving(env, tmp_path / "web"))
        for number in (1, 2):
            log = tmp_path / f"w{number}.log"
            wait_until(lambda log=log: b"worker_ready" in log.read_bytes(), f"{log} tells of tasks", 120)  # type: ignore[misc]
        with ThreadPoolExecutor(6) as senders:
            list(senders.map(lambda chat: _call_back(server.url, chat), range(1, clients * CHATS + 1)))
        ends = time.monotonic() + 240
        while here.unsettled() and time.monotonic() < ends:
            time.sleep(0.3)
        assert here.unsettled() == [], _last_words(tmp_path)
        assert len(here.items(2)) == len(here.items(3)) == clients
        assert len(here.portal.crm.timeline.activities) == clients * CHATS


def _call_back(url: str, chat: int) -> None:
    """The chats of one client follow each other at once; every callback comes twice."""
    client = (chat - 1) // CHATS
    headers = {"Authorization": f"Bearer {WEBHOOK_TOKEN}"}
    for _ in range(2):
        body = chat_body(chat, f"7916{client:07}")
        answer = requests.post(f"{url}/uis/{CALLBACK_KEY}/chat", json=body, headers=headers, timeout=20)
        assert answer.status_code == 200


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
