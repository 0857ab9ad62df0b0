"""A rehearsal of 1,000 real communications: seconds of CPU, and the requests to the portal that it makes (none)."""

import tempfile
import time
from pathlib import Path
from typing import Any

from app.base.clock import ManualClock
from app.domain.settings import Communication, parse
from app.pipeline.rehearsal import rehearse_latest
from app.pipeline.view import load, section, with_fields
from app.storage.schema import upgrade
from app.web.rehearsed import item
from bench.rules import NOW
from tests.support.stage import Stage, stage

CHATS = 1_000
MESSAGES = 6


def run(chats: int = CHATS) -> dict[str, Any]:
    """Chats that became leads, under a draft that makes deals of them, told in words."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{Path(directory) / 'bench.sqlite3'}"
        upgrade(url)
        with stage(url, clock=ManualClock(NOW)) as here:
            fill(here, chats)
            here.portal.requests.clear()
            rehearse(here, 10)  # warms caches
            started = time.process_time()
            changed = rehearse(here, chats)
            spent = time.process_time() - started
            return {
                "communications": chats,
                "changed": changed,
                "CPU, s": round(spent, 2),
                "requests to the portal": len(here.portal.requests),
            }


def fill(here: Stage, chats: int) -> None:
    """Chats of clients who come back now and then, worked off by the road."""
    for number in range(1, chats + 1):
        here.chat_started(number, f"7916{number % (chats // 2):07}")
        for message in range(MESSAGES):
            here.message(
                number, number * 10 + message, f"Сообщение {message}", ("visitor", "operator")[message % 2]
            )
        here.closed(number)
    here.work_off()


def rehearse(here: Stage, limit: int) -> int:
    """How many would come out otherwise."""
    with here.services.sessions() as session:
        document = section(session, here.installation_id, "chats")
        draft = parse("chats", document | {"create": document["create"] | {"entity": "deal"}})
        assert isinstance(draft, Communication)
        portal = load(session, here.installation_id, 3.0)
        assert portal is not None
        portal = with_fields(session, portal, (portal.chats, draft))
        found = rehearse_latest(session, portal, "chat", draft, limit, here.services.clock.now())
        told = [item(one, portal, "ru") for one in found]
    return sum(bool(one["differences"]) for one in told)


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:50} {value}")
