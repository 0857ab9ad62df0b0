"""Folding: whatever the order of the events, the state that they become is the same."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.domain.events import (
    ChatAssigned,
    ChatClosed,
    ChatReported,
    ChatStarted,
    ConversationEvent,
    MessageSeen,
    MessageStatus,
    VisitorCard,
)
from app.pipeline.fold import Folder
from app.storage.database import Sessions, engine_options, prepare, thread_sessions
from app.storage.models import Conversation, Installation, Message

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
CHANNELS = dict.fromkeys((3580, 740806), (740806, "Чат на сайте", "comagic"))
"""Both numbers of a channel lead to it."""


def message(number: int, text: str, source: str | None = "visitor", *, reported: bool = False) -> MessageSeen:
    return MessageSeen(
        chat_id=1, channel_id=3580, message_id=number, source=source, operator_id=5 if source == "operator" else None,
        text=text, created_at=NOW + timedelta(seconds=number) if source else None, resource=None, mnemonic=None,
        status="accepted" if source == "operator" else None, reply_to_id=number - 1 if source == "operator" else None,
        reported=reported,
    )  # fmt: skip


EVENTS: tuple[ConversationEvent, ...] = (
    ChatStarted(
        chat_id=1, channel_id=3580, visitor_id=9, visitor_phone="79161234567", operator_id=5, initiator="visitor",
        created_at=NOW,
    ),
    VisitorCard(
        visitor_id=9, name="Покупатель", company=None, comment=None, phones=(), emails=("a@example.com",)
    ),
    message(11, "первое"),
    message(12, "второе", "operator"),
    message(12, "второе исправлено", None),
    message(12, "второе исправлено", "operator", reported=True),
    MessageStatus(chat_id=1, message_id=12, status="read"),
    MessageStatus(chat_id=1, message_id=12, status="sent"),
    ChatClosed(chat_id=1, channel_id=3580, operator_id=5, reason="closed_by_visitor"),
    ChatReported(
        chat_id=1, channel_id=740806, visitor_id=9, person_id=4, operator_id=6, started_at=NOW, closed=True,
        close_reason="closed_by_visitor", facts={"traffic": {"utm_source": "yandex"}},
    ),
)  # fmt: skip


@pytest.fixture
def sessions(sqlite_url: str) -> Iterator[Sessions]:
    """A database with one portal, number 1."""
    engine = create_engine(sqlite_url, **engine_options(sqlite_url))
    prepare(engine)
    made = thread_sessions(engine)
    with made.begin() as session:
        session.add(
            Installation(
                id=1, member_id="portal", portal_url="https://portal.example", client_endpoint="", oauth_url="",
                event_key="sealed", event_key_hash="hash", lang="ru", state="active", created_at=NOW,
                installed_at=NOW, timezone="UTC",
            )
        )  # fmt: skip
    yield made
    engine.dispose()


def look(session: Session) -> dict[str, Any]:
    """What the rules will read, without what depends on the moment of arrival."""
    session.flush()
    chat = session.query(Conversation).one()
    spoken = session.query(Message).order_by(Message.message_id)
    facts = chat.facts | {"chat": {k: v for k, v in chat.facts["chat"].items() if k != "date_time"}}
    return {
        "channel": chat.channel_id, "visitor": chat.visitor_id, "operator": chat.operator_id, "facts": facts,
        "started": chat.started_at, "closed": chat.closed_at is not None, "reason": chat.close_reason,
        "state": chat.state, "messages": [
            (m.message_id, m.source, m.operator_id, m.text, m.sent_at, m.status, m.edited, m.reply_to_id)
            for m in spoken
        ],
    }  # fmt: skip


def folded(sessions: Sessions, events: list[ConversationEvent], cuts: set[int]) -> dict[str, Any]:
    """The state after these events, folded in several rounds; nothing of it stays in the database."""
    bounds = [0, *sorted(cut for cut in cuts if 0 < cut < len(events)), len(events)]
    with sessions() as session:
        for first, last in pairwise(bounds):
            Folder(session, 1, "4735", CHANNELS, NOW).fold(events[first:last])
            session.flush()
        found = look(session)
        session.rollback()
    return found


def test_the_state_of_a_chat(sessions: Sessions) -> None:
    found = folded(sessions, [*EVENTS], set())
    assert (found["channel"], found["visitor"], found["operator"]) == (
        740806,
        9,
        6,
    )  # only the report tells of the last operator
    visitor = found["facts"]["visitor"]
    assert (visitor["name"], visitor["phone_number"], visitor["email"]) == (
        "Покупатель", "79161234567", "a@example.com",
    )  # fmt: skip
    assert found["facts"]["traffic"] == {"utm_source": "yandex"}
    assert found["messages"] == [
        (11, "visitor", None, "первое", NOW + timedelta(seconds=11), None, False, None),
        (12, "operator", 5, "второе исправлено", NOW + timedelta(seconds=12), "read", True, 11),
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations([*EVENTS, *EVENTS]), cuts=st.sets(st.integers(1, 2 * len(EVENTS) - 1), max_size=4)
)
def test_any_order_and_every_event_twice(
    sessions: Sessions, order: list[ConversationEvent], cuts: set[int]
) -> None:
    assert folded(sessions, order, cuts) == folded(sessions, [*EVENTS], set())


def report(operator_id: int, *, closed: bool = False) -> ChatReported:
    return ChatReported(
        chat_id=1, channel_id=740806, visitor_id=9, person_id=4, operator_id=operator_id, started_at=NOW,
        closed=closed, close_reason="closed_by_operator" if closed else None, facts={},
    )  # fmt: skip


def assigned(operator_id: int) -> ChatAssigned:
    return ChatAssigned(chat_id=1, channel_id=3580, operator_id=operator_id)


@pytest.mark.parametrize(
    ("events", "operator"),
    [
        ([report(5), report(6)], 6),
        ([report(5), report(6, closed=True)], 6),
        ([assigned(5), report(6)], 6),
        ([report(5), assigned(6)], 6),
        ([assigned(6), report(5), report(6)], 6),  # a row that a callback overtook, and the next one
    ],
)
@pytest.mark.parametrize("cuts", [set[int](), {1, 2}])
def test_the_operator_is_the_one_last_heard_of(
    sessions: Sessions, events: list[ConversationEvent], operator: int, cuts: set[int]
) -> None:
    found = folded(sessions, [EVENTS[0], *events], cuts)
    assert (found["operator"], found["facts"]["employee"]) == (operator, {"id": operator})


def texts(sessions: Sessions, *events: ConversationEvent) -> list[tuple[str, bool]]:
    found = folded(sessions, [EVENTS[0], *events], {1, 2, 3})
    return [(said[3], said[6]) for said in found["messages"]]


def test_every_edit_that_only_the_report_tells_counts(sessions: Sessions) -> None:
    told = [message(11, text, reported=True) for text in ("один", "два", "три")]
    assert texts(sessions, *told) == [("три", True)]


def test_what_the_report_tells_after_an_edit_of_a_callback_counts(sessions: Sessions) -> None:
    one, two = message(11, "один"), message(11, "два", None)
    assert texts(sessions, one, two, message(11, "три", reported=True)) == [("три", True)]
    for nothing_new in ("", " два "):
        assert texts(sessions, one, two, message(11, nothing_new, reported=True)) == [("два", True)]


def test_the_first_words_do_not_come_back_after_an_edit_that_the_report_told_first(
    sessions: Sessions,
) -> None:
    two = message(11, "два", reported=True)
    assert texts(sessions, two, message(11, "два", None), message(11, "один")) == [("два", True)]
