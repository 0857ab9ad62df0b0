"""What is old is forgotten, in small steps, and nothing else."""

from datetime import datetime, timedelta

import pytest

from app.storage.models import (
    AnalyticsDialog,
    Conversation,
    InboxRow,
    Installation,
    LeaseRow,
    LineDialog,
    Message,
    PlanRow,
)
from app.storage.queries import cleaning
from app.web.cleaning import clean
from bitrix_app.lifecycle import purge
from tests.web.house import START, House


def days(count: float) -> datetime:
    return START - timedelta(days=count)


def conversation(home: House, portal: int, number: int, messages: int = 0) -> int:
    row = Conversation(
        installation_id=portal, kind="chat", source_id=number, account="1", facts={}, ledger={}, state="done",
        created_at=START, updated_at=START,
    )  # fmt: skip
    with home.services.sessions.begin() as session:
        session.add(row)
        session.flush()
        session.add_all(
            Message(conversation_id=row.id, message_id=n, text="hello", sent_at=START)
            for n in range(messages)
        )
    return row.id


def inbox(home: House, portal: int, ages: dict[str, float], state: str = "done") -> None:
    with home.services.sessions.begin() as session:
        session.add_all(
            InboxRow(
                installation_id=portal, source="uis", kind="chat", dedup_key=key, body=b"", state=state,
                received_at=days(age),
            )
            for key, age in ages.items()
        )  # fmt: skip


def dialogs(home: House, portal: int, count: int) -> None:
    """Dialogs of lines, and their way to the reports of UIS."""
    with home.services.sessions.begin() as session:
        for number in range(count):
            line = {"line_id": 1, "created_at": START}
            keys = {"chat_key": str(number), "user_key": "u", "chat_id": number, "channel_id": 1}
            session.add(LineDialog(installation_id=portal, **keys, **line))
            facts = {"session_id": number, "via": "list", "day": "2026-01-01", "started_at": START}
            session.add(AnalyticsDialog(installation_id=portal, **facts, **line))


def test_events_that_were_folded_in_are_forgotten_after_sixty_days(both: House) -> None:
    portal = both.install()
    inbox(both, portal, {"old": 61, "young": 59})
    inbox(both, portal, {"unreadable": 100}, state="failed")
    inbox(both, portal, {"waiting": 100}, state="new")
    assert clean(both.services)["inbox"] == 1
    with both.services.sessions() as session:
        assert {row.dedup_key for row in session.query(InboxRow)} == {"young", "unreadable", "waiting"}


def test_of_old_plans_the_last_one_of_a_conversation_stays(both: House) -> None:
    portal = both.install()
    chat = conversation(both, portal, 1)
    with both.services.sessions.begin() as session:
        for age in (300, 200, 190):
            session.add(
                PlanRow(
                    conversation_id=chat, steps=[], effects={}, created_at=days(age), settled_at=days(age)
                )
            )
    assert clean(both.services)["plan"] == 2
    with both.services.sessions() as session:
        assert [row.settled_at for row in session.query(PlanRow)] == [days(190)]


def test_a_plan_in_flight_is_never_forgotten(home: House) -> None:
    chat = conversation(home, home.install(), 1)
    with home.services.sessions.begin() as session:
        session.add(PlanRow(conversation_id=chat, steps=[], effects={}, created_at=days(400)))
    assert clean(home.services)["plan"] == 0


def test_leases_of_the_dead_are_forgotten(home: House) -> None:
    with home.services.sessions.begin() as session:
        session.add_all(
            LeaseRow(name=name, holder="x", until=days(age)) for name, age in (("a", 2), ("b", 0))
        )
    assert clean(home.services)["lease"] == 1


def test_a_large_heap_is_worked_off_in_small_steps(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "STEP", 10)
    monkeypatch.setattr("app.web.cleaning.STEPS", 3)
    inbox(home, home.install(), {f"k{n}": 90 for n in range(45)})
    assert [clean(home.services)["inbox"] for _ in range(3)] == [30, 15, 0]


def test_a_removed_portal_is_erased_in_small_steps_and_others_stay(
    both: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "STEP", 4)
    gone, stays = both.install("gone", state="removed", purge_at=START), both.install("stays")
    for portal in (gone, stays):
        inbox(both, portal, {f"k{n}": 1 for n in range(10)})
        for number in range(10):
            conversation(both, portal, number, messages=3)
        dialogs(both, portal, 5)
    steps = 0
    while True:
        with both.services.sessions.begin() as session:
            rows, portals = cleaning.of_removed_portal(session, START)
        steps += 1
        assert rows <= 4
        if portals:
            break
    assert steps == 3 + 3 + 2 + 2 + 1
    with both.services.sessions() as session:
        assert session.query(Installation).count() == 1
        assert {row.installation_id for row in session.query(Conversation)} == {stays}
        assert (session.query(InboxRow).count(), session.query(Message).count()) == (10, 30)


def test_a_portal_that_was_installed_again_is_not_erased_further(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "STEP", 4)
    portal = home.install(state="removed", purge_at=START)
    inbox(home, portal, {f"k{n}": 1 for n in range(10)})
    with home.services.sessions.begin() as session:
        cleaning.of_removed_portal(session, START)
        session.get_one(Installation, portal).state = "active"
    assert purge(home.services) == 0
    with home.services.sessions() as session:
        assert session.query(InboxRow).count() == 6
