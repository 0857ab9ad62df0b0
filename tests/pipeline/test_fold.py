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


def message(number: int, text: str, source: str | None = "visitor") -> MessageSeen:
    return MessageSeen(
        chat_id=1, channel_id=3580, message_id=number, source=source, operator_id=5 if source == "operator" else None,
        text=text, created_at=NOW + timedelta(seconds=number) if source else None, resource=None, mnemonic=None,
        status="accepted" if source == "operator" else None, reply_to_id=number - 1 if source == "operator" else None,
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
    MessageStatus(chat_id=1, message_id=12, status="read"),
    MessageStatus(chat_id=1, message_id=12, status="sent"),
    ChatClosed(chat_id=1, channel_id=3580, operator_id=5, reason="closed_by_visitor"),
    ChatReported(
        chat_id=1, channel_id=740806, visitor_id=9, person_id=4, operator_id=5, started_at=NOW, closed=True,
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
    assert (found["channel"], found["visitor"], found["operator"]) == (740806, 9, 5)
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
@given(order=st.permutations([*EVENTS, *EVENTS]), cuts=st.sets(st.integers(1, 17), max_size=4))
def test_any_order_and_every_event_twice(
    sessions: Sessions, order: list[ConversationEvent], cuts: set[int]
) -> None:
    assert folded(sessions, order, cuts) == folded(sessions, [*EVENTS], set())
