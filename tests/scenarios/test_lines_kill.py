"""The process is killed again and again while people talk through a line: nothing is lost, nothing is said twice."""

import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.domain.mail import LetterState
from sandbox.bitrix import deliveries
from sandbox.bitrix.lines.model import Dialog
from tests.stories.stage import Stage
from tests.support.killed import kill_while, letters_when_quiet, missing_of, staged
from tests.support.patient import PATIENCE_S
from tools.demo_check import SHOP_CHANNEL

CHATS, MESSAGES = 30, 6
IVAN = 7  # of those users of the portal whom an employee of UIS stands for


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("kind", "kills"), [("sqlite", 15), ("postgresql", 8)])
def test_no_message_is_lost_or_said_twice_when_the_process_is_killed(
    kind: str, kills: int, databases: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who is told late is told in order all the same: a portal that gave up would go on with its next event.
    monkeypatch.setattr(deliveries, "DELIVERY_TIMEOUT_S", PATIENCE_S)
    chance = random.Random(20_260_504)
    with databases.database(kind, tmp_path, migrated=True) as url, staged(tmp_path, url) as stage:
        stage.join()
        stage.portal.round_trip_ms, stage.portal.command_ms = 30.0, 2.0
        talks = [
            threading.Thread(target=_talk, args=(stage, random.Random(at)), daemon=True) for at in range(3)
        ]
        kill_while(stage, talks, kills, chance)
        _check(stage, letters_when_quiet(stage, url))


def _talk(stage: Stage, chance: random.Random) -> None:
    """A third of the clients write, and are answered in their dialogs as these come about."""
    uis = stage.world.uis
    chats = [uis.visitor_starts_chat(SHOP_CHANNEL, name="Клиент").id for _ in range(CHATS // 3)]
    for number in range(MESSAGES):
        for chat_id in chance.sample(chats, len(chats)):
            uis.visitor_writes(chat_id, f"{chat_id} in {number}")
            time.sleep(chance.uniform(0.0, 0.05))
        for chat_id in chance.sample(chats, len(chats)):
            _answer(stage, chat_id, f"{chat_id} out {number}")


def _answer(stage: Stage, chat_id: int, text: str) -> None:
    lines, ends = stage.portal.open_lines, time.monotonic() + 600
    while True:
        with stage.portal.lock:
            found = [one for one in lines.dialogs.values() if _said(one)[:1] == [f"{chat_id} in 0"]]
            if found:
                lines.enter(found[0].id, IVAN)
                lines.operator_says(found[0].id, IVAN, text)
                return
        assert time.monotonic() < ends, f"chat {chat_id} never came to the line"
        time.sleep(0.1)


def _said(dialog: Dialog) -> list[str]:
    """What the client says there, in the order in which it came."""
    return [row.text for row in dialog.messages.values() if row.direction == "client"]


def _check(stage: Stage, letters: Sequence[Any]) -> None:
    """Each message once and in order; one that is missing is in doubt, and a person is asked about it."""
    assert not [row for row in letters if row.state == LetterState.FAILED]
    dialogs = {_said(one)[0].split()[0]: one for one in stage.portal.open_lines.dialogs.values()}
    assert len(dialogs) == len(stage.portal.open_lines.dialogs) == CHATS
    missing = {"line": 0, "uis": 0}
    for chat in stage.world.uis.chats.values():
        missing["line"] += missing_of(
            _said(dialogs[str(chat.id)]), [f"{chat.id} in {n}" for n in range(MESSAGES)]
        )
        heard = [row.text.partition("Иван Петров:\n")[2] for row in chat.messages if row.source == "operator"]
        missing["uis"] += missing_of(heard, [f"{chat.id} out {n}" for n in range(MESSAGES)])
    doubts = [row.exit for row in letters if row.state == LetterState.IN_DOUBT]
    assert all(missing[name] <= doubts.count(name) for name in missing), (missing, doubts)
    assert stage.portal.violations == []
