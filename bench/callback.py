"""Callbacks per second, committed and answered, beside a bare Flask view on the same server in the same run."""

import http.client
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from sandbox.world import World
from tests.support.server import serving
from tests.support.stage import CALLBACK_KEY, WEBHOOK_TOKEN, environment, message_body, stage_in

CLIENTS, ROUNDS, PER_ROUND = 8, 5, 1_500


def run() -> dict[str, Any]:
    """Rates of both servers in turn, and their ratio. The door alone: main is off, so nothing is decided."""
    from app.storage.schema import upgrade

    with tempfile.TemporaryDirectory() as name, World() as world:
        directory = Path(name)
        url = f"sqlite:///{directory / 'omni.sqlite3'}"
        upgrade(url)
        here = stage_in(world, url)
        here.save("main", enabled=False)
        peer_env = {"PEER_DATABASE": str(directory / "peer.sqlite3"), "SANDBOX": "1"}
        with (
            serving(environment(world, url), directory / "a") as ours,
            serving(peer_env, directory / "b", "bench.peer:app") as peer,
        ):
            rates = _alternate(ours.port, peer.port)
    mine, bare = (statistics.median(found) for found in rates)
    ratios = [a / b for a, b in zip(*rates, strict=True)]
    return {
        "callbacks per second, committed and answered": round(mine),
        "bare Flask view, the same body, one row": round(bare),
        "ratio (median of the rounds)": round(statistics.median(ratios), 2),
        "ratio of each round": [round(ratio, 2) for ratio in ratios],
    }


def _alternate(ours: int, peer: int) -> tuple[list[float], list[float]]:
    _rate(ours, 0, 300), _rate(peer, 0, 300)  # warm
    mine, bare = [], []
    for number in range(1, ROUNDS + 1):
        mine.append(_rate(ours, number, PER_ROUND))
        bare.append(_rate(peer, number, PER_ROUND))
    return mine, bare


def _rate(port: int, number: int, count: int) -> float:
    share = count // CLIENTS
    threads = [threading.Thread(target=_send, args=(port, number, n, share)) for n in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return share * CLIENTS / (time.perf_counter() - started)


def _send(port: int, number: int, client: int, count: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {WEBHOOK_TOKEN}"}
    for index in range(count):
        message = number * 10_000_000 + client * 100_000 + index
        body = json.dumps(message_body(1 + message % 500, message, f"message {message}", "visitor"))
        connection.request("POST", f"/uis/{CALLBACK_KEY}/message", body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
    connection.close()


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:50} {value}")
