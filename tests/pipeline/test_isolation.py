"""A broken conversation holds up only itself; a broken round gives the portal back."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.pipeline import fold_messages, intake
from app.pipeline.accept import accept
from app.pipeline.view import Portal
from app.storage.models import InboxRow, PortalWork
from app.storage.queries import inbox
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
        with capture_logs() as lines:
            here.drain()
        assert len(here.items(1)) == 1
        with here.services.sessions() as session:
            [row] = session.query(InboxRow).filter_by(state="failed")
            assert row.problem == "internal:ZeroDivisionError"
        [told] = [line for line in lines if line["event"] == "event_not_folded"]
        named = {name: told[name] for name in ("portal", "event_id", "source", "kind")}
        assert named == {
            "portal": here.installation_id, "event_id": row.id, "source": "uis", "kind": row.kind,
        }  # fmt: skip
        assert isinstance(told["exc_info"], ZeroDivisionError)
        assert here.services.meters.take()["events", "uis|broke"] == 1.0


def test_an_event_that_nobody_can_read_is_counted(sqlite_url: str) -> None:
    with stage(sqlite_url) as here:
        accept(
            here.services, here.installation_id, source="uis", kind="message", dedup_key="k", body=b"no JSON"
        )
        here.chat_started(2)
        here.drain()
        counted = here.services.meters.take()
        assert counted["events", "uis|unreadable"] == 1.0
        assert ("events", "uis|broke") not in counted


def test_an_event_that_the_other_lane_set_aside_is_not_mistaken_for_the_one_behind_it(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in, broken = intake.take_in, list[Any]()
    with stage(sqlite_url) as here:

        def breaks_twice(session: Session, portal: Portal, *rest: Any) -> Any:
            """The whole round, then the event alone; the other lane is quicker to set it aside."""
            if len(broken) == 2:
                return take_in(session, portal, *rest)
            broken.append(inbox.pending(session, portal.id, 1)[0].id)
            if len(broken) == 2:
                inbox.mark_failed(session, broken[0], "internal:ZeroDivisionError")
                session.commit()
            raise ZeroDivisionError

        monkeypatch.setattr(intake, "take_in", breaks_twice)
        here.message(1, 11, "poison")
        here.chat_started(2)
        here.drain()
        with here.services.sessions() as session:
            states = [row.state for row in session.query(InboxRow).order_by(InboxRow.id)]
        assert states == ["failed", "done"]


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
