"""A backlog of one portal under its limits: REST requests per chat, and chats per second."""

import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from app.storage.schema import upgrade
from tests.support.stage import Stage, stage

ROUND_TRIP_MS, COMMAND_MS = 150.0, 20.0


def run(chats: int = 1_000) -> dict[str, Any]:
    """Figures of one backlog: every chat becomes a deal with contact and activity, and a notification."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{Path(directory) / 'bench.sqlite3'}"
        upgrade(url)
        with stage(url, BITRIX24_RATE="2", BITRIX24_BURST="50", HTTP_READ_TIMEOUT_S="65") as here:
            return _measure(here, chats)


def _measure(here: Stage, chats: int) -> dict[str, Any]:
    here.portal.round_trip_ms, here.portal.command_ms = ROUND_TRIP_MS, COMMAND_MS
    here.save(
        "chats", create={"entity": "deal"}, titles={"deal": "Chat", "contact": "Client", "activity": "Chat"}
    )
    now = here.services.clock.now().isoformat()  # an old chat is no news: nobody would be notified
    for chat in range(1, chats + 1):
        here.chat_started(chat, phone=f"7916{chat:07}", created_at=now)
    started, cpu = time.monotonic(), time.process_time()
    here.drain()
    seconds = time.monotonic() - started
    requests = here.portal.requests
    return {
        "chats": chats,
        "deals": len(here.portal.crm.items[2]),
        "contacts": len(here.portal.crm.items[3]),
        "activities": len(here.portal.crm.timeline.activities),
        "notifications": len(here.portal.notifications),
        "REST requests": len(requests),
        "requests per chat": round(len(requests) / chats, 3),
        "commands per batch": round(sum(len(r.commands) for r in requests) / max(1, len(requests)), 1),
        "refused by the limit": here.portal.refused,
        "methods": dict(Counter(r.method for r in requests)),
        "seconds": round(seconds, 1),
        "chats per second": round(chats / seconds, 1),
        "CPU seconds (application and sandbox together)": round(time.process_time() - cpu, 1),
    }


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:50} {value}")
