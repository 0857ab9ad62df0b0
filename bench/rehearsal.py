"""A rehearsal of 1,000 real communications: seconds of CPU, and the requests to the portal that it makes (none)."""

import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from app.base import memory
from app.base.clock import ManualClock
from app.domain.settings import Communication, parse
from app.pipeline.known import KNOWN
from app.pipeline.rehearsal import rehearse_latest
from app.pipeline.view import load, section, with_fields
from app.storage.models import Conversation, Message, PlanRow
from app.storage.schema import upgrade
from app.web.journal.rehearsed import item, stage_titles
from bench.rules import NOW
from tests.support.stage import OPERATOR, Stage, stage

CHATS = 1_000
MESSAGES = 6


def run(chats: int = CHATS) -> dict[str, Any]:
    """Chats that became leads, under a draft that makes deals of them, told in words."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{Path(directory) / 'bench.sqlite3'}"
        upgrade(url)
        with stage(url, clock=ManualClock(NOW)) as here:
            memory.started()  # as the process does that serves the pages
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
    """Chats that the road worked off some time ago; every other client was known."""
    now = here.services.clock.now()
    with here.services.sessions.begin() as session:
        for number in range(1, chats + 1):
            row = _chat(here.installation_id, number, now)
            session.add(row)
            session.flush()
            session.add(_plan(row.id, number, now))
            session.add_all(_messages(row.id, number, now))


def _chat(installation_id: int, number: int, now: datetime) -> Conversation:
    visitor = {"name": f"Гость {number}", "phone_number": f"7916{number:07}", "city": "Казань"}
    return Conversation(
        installation_id=installation_id, kind="chat", source_id=number, account="4735", channel_id=740806,
        visitor_id=number, operator_id=OPERATOR, initiator="visitor", started_at=now, closed_at=now,
        facts={"visitor": visitor, "traffic": {"utm_source": "here"}, "chat": {"channel_name": "Чат на сайте"}},
        ledger={"decided": True, "entities": {"lead": number}}, state="done", attempts=0, changed=8, decided=8,
        created_at=now, updated_at=now,
    )  # fmt: skip


def _plan(conversation_id: int, number: int, now: datetime) -> PlanRow:
    known = {"contact": [{"id": number, "assigned_by": 7}], "earlier": True} if number % 2 else {}
    effects = {"decided": True, "communication": "repeat" if known else "first", KNOWN: known}
    return PlanRow(conversation_id=conversation_id, steps=[], effects=effects, created_at=now, settled_at=now)


def _messages(conversation_id: int, number: int, now: datetime) -> list[Message]:
    return [
        Message(
            conversation_id=conversation_id, message_id=number * 10 + place, text=f"Сообщение {place}", sent_at=now,
            source=("visitor", "operator")[place % 2],
        )
        for place in range(MESSAGES)
    ]  # fmt: skip


def rehearse(here: Stage, limit: int) -> int:
    """How many would come out otherwise."""
    with here.services.sessions() as session:
        document = section(session, here.installation_id, "chats")
        draft = parse("chats", document | {"create": document["create"] | {"entity": "deal"}})
        assert isinstance(draft, Communication)
        portal = load(session, here.installation_id, 3.0, here.services.clock.now())
        assert portal is not None
        portal = with_fields(session, portal, (portal.chats, draft))
        found = rehearse_latest(session, portal, "chat", draft, limit, here.services.clock.now())
        stages = stage_titles(session, portal.id)
        told = [item(one, portal, stages, "ru") for one in found]
    return sum(bool(one["differences"]) for one in told)


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:50} {value}")
