"""The process is killed again and again while conversations run: nothing is lost, nothing doubled."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.world import World
from tests.support.server import Server
from tests.support.stage import (
    CALLBACK_KEY,
    WEBHOOK_TOKEN,
    Stage,
    chat_body,
    environment,
    message_body,
    stage_in,
)

CHATS, MESSAGES = 300, 6
Callback = tuple[str, dict[str, Any]]
FAST = {"UNKNOWN_WAIT_S": "2", "CLAIM_TTL_S": "20", "POLL_S": "3600", "RECONCILE_S": "3600", "SYNC_S": "3600"}


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
        _check(here)


def _run(here: Stage, server: Server, kills: int, chance: random.Random) -> None:
    """Callbacks come from four senders, each until it is acknowledged; meanwhile the process dies `kills` times."""
    work = list(_callbacks(chance))
    senders = [threading.Thread(target=_send, args=(server, work[part::4]), daemon=True) for part in range(4)]
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
    _until_quiet(here)


def _callbacks(chance: random.Random) -> Iterator[Callback]:
    """Every callback twice; those of a chat shuffled, and the chats mixed."""
    queues = []
    for chat in range(1, CHATS + 1):
        own = [*_chat(chat), *_chat(chat)]
        chance.shuffle(own)
        queues.append(own)
    while queues:
        queue = chance.choice(queues[:40])
        yield queue.pop()
        if not queue:
            queues.remove(queue)


def _chat(chat: int) -> list[Callback]:
    messages = [
        ("message", message_body(chat, chat * 100 + n, f"m{n}", "visitor" if n % 2 else "operator"))
        for n in range(1, MESSAGES + 1)
    ]
    close = {
        "context": {},
        "account_id": 286,
        "channel_id": 3580,
        "chat_id": chat,
        "reason": "closed_by_operator",
    }
    return [("chat", chat_body(chat, f"7916{chat:07}")), *messages, ("chat/close", close)]


def _send(server: Server, callbacks: list[Callback]) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {WEBHOOK_TOKEN}"
        for path, body in callbacks:
            while not _delivered(session, f"{server.url}/uis/{CALLBACK_KEY}/{path}", body):
                time.sleep(0.05)


def _delivered(session: requests.Session, url: str, body: dict[str, Any]) -> bool:
    try:
        answer = session.post(url, json=body, timeout=10)
    except requests.RequestException:
        return False
    assert answer.status_code in (200, 204, 503), answer.text
    return answer.ok


def _until_quiet(here: Stage) -> None:
    ends = time.monotonic() + 240
    while here.unsettled() and time.monotonic() < ends:
        time.sleep(0.5)


def _check(here: Stage) -> None:
    assert here.unsettled() == []
    assert len(here.items(2)) == CHATS
    assert len(here.items(3)) == CHATS
    assert all(deal["contactId"] for deal in here.items(2))
    timeline = here.portal.crm.timeline
    assert Counter(a.fields["ORIGIN_ID"] for a in timeline.activities.values()).most_common(1)[0][1] == 1
    assert len(timeline.activities) == CHATS
    assert all(activity.fields["COMPLETED"] == "Y" for activity in timeline.activities.values())
    for number in (2, 3):
        _check_transcripts(here, number)
    assert here.portal.violations == []


def _check_transcripts(here: Stage, entity_type: int) -> None:
    """One comment per entity with every message once, in order."""
    comments: dict[int, list[str]] = {}
    for comment in here.portal.crm.timeline.comments.values():
        for owner_type, owner in comment.owners:
            if owner_type == entity_type:
                comments.setdefault(owner, []).append(comment.text)
    assert len(comments) == CHATS
    for texts in comments.values():
        assert len(texts) == 1, "\n\n".join(texts)
        text = texts[0]
        said = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith("12:")]
        assert said == [f"m{n}" for n in range(1, MESSAGES + 1)], text
