"""What comes in while conversations are decided: the mail lane takes events in too."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.base.clock import ManualClock
from app.pipeline import planning
from tests.support.lanes import taken_by_the_mail_lane
from tests.support.stage import stage

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def test_what_comes_in_while_nothing_is_decided_is_not_forgotten(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message of the client changes nothing in the CRM; the chat is closed before that is written down."""
    with stage(database_url, clock=ManualClock(NOW)) as here:
        here.save("chats", titles={"lead": "Chat"}, create={"what": "crm"}, transcript={"to": ["lead"]})
        here.chat_started(1)
        here.message(1, 11, "Здравствуйте")
        here.pass_time(3)
        here.settle()
        assert here.comments(1, here.items(1)[0]["id"]) == []
        decide_all, empty = planning.decide_all, list[bool]()

        def meanwhile(*told: Any) -> Any:
            decisions = decide_all(*told)
            empty.append(not any(one.plan.steps for one in decisions.values()))
            monkeypatch.setattr(planning, "decide_all", decide_all)
            here.closed(1)
            taken_by_the_mail_lane(here)
            return decisions

        here.message(1, 12, "Вы здесь?")
        monkeypatch.setattr(planning, "decide_all", meanwhile)
        for _ in range(4):
            here.pass_time(30)
        assert empty == [True]
        assert len(here.comments(1, here.items(1)[0]["id"])) == 1
