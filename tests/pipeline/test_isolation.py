"""A broken conversation holds up only itself; a broken round gives the portal back."""

from typing import Any

import pytest

from app.pipeline import fold_messages
from app.storage.models import InboxRow, PortalWork
from tests.support.stage import stage


def test_an_event_that_cannot_be_folded_is_set_aside_and_the_others_go_on(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = fold_messages.MessageBook.seen

    def broken(self: fold_messages.MessageBook, conversation_id: int, event: Any, now: Any) -> bool:
        if event.text == "poison":
            raise ZeroDivisionError
        return seen(self, conversation_id, event, now)

    monkeypatch.setattr(fold_messages.MessageBook, "seen", broken)
    with stage(sqlite_url) as here:
        here.save("chats", titles={"lead": "Chat", "activity": "Chat"})
        here.message(1, 11, "poison")
        here.chat_started(2)
        here.drain()
        assert len(here.items(1)) == 1
        with here.services.sessions() as session:
            [row] = session.query(InboxRow).filter_by(state="failed")
            assert row.problem == "internal:ZeroDivisionError"


def test_a_question_that_the_portal_refuses_fails_its_own_conversation_only(sqlite_url: str) -> None:
    with stage(sqlite_url) as here:
        here.save("chats", titles={"lead": "Chat", "activity": "Chat"})
        for chat in range(1, 9):
            here.chat_started(chat, phone=f"7916000000{chat}")
        refused = here.world.faults
        refused.add("bitrix", "crm.duplicate.findbycomm", "error", times=1, code="ERROR_ARGUMENT", status=400)
        here.drain()
        states = [here.conversation(chat).state for chat in range(1, 9)]
        assert sorted(states) == ["done"] * 8  # it was refused once, its half was asked again
        assert len(here.items(1)) == 8


def test_a_question_that_stays_refused_is_shown(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.pipeline.crm_side import LookupRefused

    with stage(sqlite_url) as here:
        here.save("chats", titles={"lead": "Chat", "activity": "Chat"})
        crm = here.road.crm_of(here.installation_id)
        ask = crm.ask

        def asked(questions: Any) -> Any:
            if any("+79160000003" in spelling for q in questions for spelling in q.phones):
                raise LookupRefused("lookup refused: ERROR_ARGUMENT", 60.0)
            return ask(questions)

        monkeypatch.setattr(crm, "ask", asked)
        for chat in range(1, 9):
            here.chat_started(chat, phone=f"7916000000{chat}")
        here.drain()
        assert [here.conversation(chat).state for chat in range(1, 9)].count("done") == 7
        broken = here.conversation(3)
        assert (broken.state, broken.problem) == ("failed", "lookup refused: ERROR_ARGUMENT")


def test_a_round_that_breaks_gives_the_portal_back(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with stage(sqlite_url) as here:

        def broken(*_: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("app.pipeline.drain._round", broken)
        here.chat_started(1)
        here.drain()
        with here.services.sessions() as session:
            row = session.get_one(PortalWork, here.installation_id)
            assert row.holder is None
            assert row.due_at is not None
