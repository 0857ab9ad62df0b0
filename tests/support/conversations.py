"""Many conversations whose callbacks come twice and shuffled, delivered until they are acknowledged, and what must
have become of them: nothing lost, nothing doubled, every transcript once and in order."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import requests

from tests.support.stage import CALLBACK_KEY, WEBHOOK_TOKEN, Stage, chat_body, message_body

MESSAGES = 6
Callback = tuple[str, dict[str, Any]]
FAST = {"UNKNOWN_WAIT_S": "2", "CLAIM_TTL_S": "20", "POLL_S": "3600", "RECONCILE_S": "3600", "SYNC_S": "3600"}


def callbacks(chats: int, chance: random.Random) -> Iterator[Callback]:
    """Every callback twice; those of a chat shuffled, and the chats mixed."""
    queues = []
    for chat in range(1, chats + 1):
        own = [*callbacks_of(chat), *callbacks_of(chat)]
        chance.shuffle(own)
        queues.append(own)
    while queues:
        queue = chance.choice(queues[:40])
        yield queue.pop()
        if not queue:
            queues.remove(queue)


def callbacks_of(chat: int) -> list[Callback]:
    """A chat of six messages, from its beginning to its end."""
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


def send(url: Callable[[], str], work: list[Callback]) -> None:
    """Deliver callbacks one after the other, each until it is acknowledged, to whichever server `url` names then."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {WEBHOOK_TOKEN}"
        for path, body in work:
            while not _delivered(session, f"{url()}/uis/{CALLBACK_KEY}/{path}", body):
                time.sleep(0.05)


def _delivered(session: requests.Session, url: str, body: dict[str, Any]) -> bool:
    try:
        answer = session.post(url, json=body, timeout=10)
    except requests.RequestException:
        return False
    assert answer.status_code in (200, 204, 503), answer.text
    return answer.ok


def until_quiet(here: Stage, seconds: float) -> None:
    """Wait until every conversation is done, at most so long."""
    ends = time.monotonic() + seconds
    while here.unsettled() and time.monotonic() < ends:
        time.sleep(0.5)


def check(here: Stage, chats: int) -> None:
    """One deal, contact, completed activity and transcript per chat, nothing else, and no call that was ill formed."""
    assert here.unsettled() == []
    assert len(here.items(2)) == chats
    assert len(here.items(3)) == chats
    assert all(deal["contactId"] for deal in here.items(2))
    timeline = here.portal.crm.timeline
    assert Counter(a.fields["ORIGIN_ID"] for a in timeline.activities.values()).most_common(1)[0][1] == 1
    assert len(timeline.activities) == chats
    assert all(activity.fields["COMPLETED"] == "Y" for activity in timeline.activities.values())
    for number in (2, 3):
        _check_transcripts(here, number, chats)
    assert here.portal.violations == []


def _check_transcripts(here: Stage, entity_type: int, chats: int) -> None:
    """One comment per entity with every message once, in order."""
    comments: dict[int, list[str]] = {}
    for comment in here.portal.crm.timeline.comments.values():
        for owner_type, owner in comment.owners:
            if owner_type == entity_type:
                comments.setdefault(owner, []).append(comment.text)
    assert len(comments) == chats
    for texts in comments.values():
        assert len(texts) == 1, "\n\n".join(texts)
        text = texts[0]
        said = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith("12:")]
        assert said == [f"m{n}" for n in range(1, MESSAGES + 1)], text
