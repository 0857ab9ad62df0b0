"""The process is killed again and again while operators write at the workplace: nothing is lost, nothing said twice."""

import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from app.base.clock import SystemClock
from app.base.sessions import PageSession, PageSessions
from app.domain.mail import LetterState
from tests.stories.stage import SECRET, Stage
from tests.support.counter import MARINA
from tests.support.desk import IVAN, OLGA, OLGA_OF_UIS
from tests.support.killed import PATIENCE_S, kill_while, letters_when_quiet, missing_of, staged
from tools.demo_check import SHOP_CHANNEL, Page

CHATS, MESSAGES = 12, 8


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("kind", "kills"), [("sqlite", 12), ("postgresql", 6)])
def test_what_an_operator_was_told_is_taken_reaches_the_client_once(
    kind: str, kills: int, databases: Any, tmp_path: Path
) -> None:
    chance = random.Random(20_260_504)
    with databases.database(kind, tmp_path, migrated=True) as url, staged(tmp_path, url) as stage:
        chats = _begun(stage)
        people = [
            threading.Thread(target=_write, args=(stage, user, chats, random.Random(user)), daemon=True)
            for user in (IVAN, OLGA)
        ]
        kill_while(stage, people, kills, chance)
        letters = letters_when_quiet(stage, url)
        _check(stage, chats, letters)


def _begun(stage: Stage) -> dict[int, int]:
    """Chats of UIS with our conversations, and two operators."""
    page = stage.connect("bitrix24")
    page.call("POST", "/sync")
    stage.wait("the employees", lambda: bool(page.call("GET", "/directory/employees")))
    for employee, user in ((MARINA, IVAN), (OLGA_OF_UIS, OLGA)):
        page.call("PUT", f"/employees/{employee}", {"user_id": user})
    for at in range(CHATS):
        stage.world.uis.visitor_starts_chat(SHOP_CHANNEL, phone=f"7916{at:07}", text=f"in {at}")
    stage.wait("the chats", lambda: len(_known(page)) == CHATS)
    return _known(page)


def _known(page: Page) -> dict[int, int]:
    """Our conversation of each client."""
    rows = page.call("GET", "/workplace/chats?limit=100")["items"]
    return {int(row["last"]["text"].split()[1]): row["id"] for row in rows if row["last"]}


def _write(stage: Stage, user: int, chats: dict[int, int], chance: random.Random) -> None:
    """One operator in all chats, as the page does it: what was not answered is sent again with its key."""
    for number in range(MESSAGES):
        for at, chat in chance.sample(sorted(chats.items()), len(chats)):
            body = {"key": f"key-{user}-{at}-{number}", "text": f"{user} out {number}"}
            _post(stage, user, f"/chats/{chat}/messages", body)
            time.sleep(chance.uniform(0.0, 0.05))


def _post(stage: Stage, user: int, path: str, body: dict[str, Any]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        try:
            answer = requests.post(
                f"{stage.server.url}/api/workplace{path}", json=body, timeout=30,
                headers={"Authorization": f"Bearer {_session(user)}"},
            )  # fmt: skip
        except requests.RequestException:
            time.sleep(0.1)
            continue
        if answer.status_code == 503:  # "not now": the page sends the same again under the same key
            time.sleep(0.1)
            continue
        assert answer.status_code == 202, (answer.status_code, answer.text)
        return
    raise AssertionError("the door never opened")


def _session(user: int) -> str:
    return PageSessions([SECRET], SystemClock()).make(
        PageSession(
            installation_id=1, generation=1, user_id=user, admin=False, page="app", placement="DEFAULT", lang="ru"
        )
    )  # fmt: skip


def _check(stage: Stage, chats: dict[int, int], letters: Sequence[Any]) -> None:
    """Each message of each operator once, in his order; one that is missing is in doubt, and a person is asked."""
    assert not [row.problem for row in letters if row.state == LetterState.FAILED]
    missing = 0
    for chat in stage.world.uis.chats.values():
        said = [row.text for row in chat.messages if row.source == "operator" and " out " in row.text]
        if chat.messages and chat.messages[0].text.startswith("in "):
            for user in (IVAN, OLGA):
                own = [text for text in said if text.startswith(f"{user} ")]
                missing += missing_of(own, [f"{user} out {number}" for number in range(MESSAGES)])
        else:
            assert not said
    doubts = sum(row.state == LetterState.IN_DOUBT for row in letters)
    assert missing <= doubts, (missing, doubts)
    assert len(letters) >= len(chats) * MESSAGES * 2
