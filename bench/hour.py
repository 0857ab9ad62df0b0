"""Limits in virtual time, where computing costs nothing: a backlog of 1,000 chats, and an hour at full backlog of each
profile. The same figures on every machine; a minute of the quick hour takes some 15 seconds of work.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.storage.schema import upgrade
from bench.against import BATCH, BURST, CHATS, COMMANDS, RATE
from tests.support.virtual_stage import QUICK, SLOW, Hour, Profile, hour

HOUR_S = 3600.0
OPERATING_S, WINDOW_S = 480.0, 600.0
ITEMS = 2
"""How many times a chat calls the method that it calls most: `crm.item.add` for contact and deal."""


def run(minutes: float = 60.0) -> dict[str, Any]:
    """Figures of all three."""
    return (
        backlog()
        | of_profile("slow", SLOW, minutes, waiting=700)
        | of_profile("quick", QUICK, minutes, 2_000)
    )


def backlog() -> dict[str, Any]:
    """1,000 chats that wait, quick profile."""
    with _stage(QUICK) as here:
        seconds = here.clear(CHATS)
        requests = here.stage.portal.requests
        least = (CHATS * COMMANDS / BATCH - BURST) / RATE
        return {
            "1,000 chats, quick profile": f"{seconds:.1f} s, {CHATS / seconds:.1f} chats per second",
            "REST requests; commands per batch": f"{len(requests)}; {_commands(here) / len(requests):.1f}",
            "what the limit allows for their commands": f"{least:.1f} s, {CHATS / least:.1f} chats per second",
            "part of it that is used": f"{least / seconds:.0%}",
            "refused": here.refused(),
        }


def of_profile(name: str, profile: Profile, minutes: float, waiting: int) -> dict[str, Any]:
    """So many minutes of a backlog that never ends."""
    seconds = minutes * 60
    with _stage(profile) as here:
        here.run(seconds, waiting=waiting)
        requests = len(here.stage.portal.requests)
        allowed = BURST + RATE * seconds
        by_requests = allowed * BATCH / COMMANDS
        by_time = OPERATING_S / (ITEMS * profile.write / 1000) * max(1.0, seconds / WINDOW_S)
        least, done = min(by_requests, by_time), here.done()
        head = f"{name}, {minutes:.0f} min"
        return {
            f"{head}: chats": f"{done:,}",
            f"{head}: the limits allow": f"{by_requests:,.0f} by requests, {by_time:,.0f} by the time of crm.item.add",
            f"{head}: part of it that is used": f"{done / least:.0%}",
            f"{head}: requests; of those allowed": f"{requests:,}; {requests / allowed:.0%}",
            f"{head}: commands per batch": f"{_commands(here) / requests:.1f}",
            f"{head}: refused for rate or operating time": here.refused(),
        }


def _commands(here: Hour) -> int:
    return sum(len(request.commands) for request in here.stage.portal.requests)


@contextmanager
def _stage(profile: Profile) -> Iterator[Hour]:
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{Path(directory) / 'bench.sqlite3'}"
        upgrade(url)
        with hour(url, profile) as here:
            yield here


if __name__ == "__main__":
    for title, value in run(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0).items():
        print(f"{title:60} {value}", flush=True)
