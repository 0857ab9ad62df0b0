"""The command line of the engineers: what it shows, what it changes, and that it shows no personal data unasked."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result

from app.domain.plan import Plan, Step, StepKind, StepState
from app.storage.models import Conversation, InboxRow, Installation, MailWork, OutboxRow, PlanRow, PortalWork
from app.web.portals import Portals
from tests.web.house import START, House

SECRET = "+79161234567"


def run(home: House, *arguments: str) -> Result:
    return home.app.test_cli_runner().invoke(args=list(arguments))


def said(home: House, *arguments: str) -> str:
    result = run(home, *arguments)
    assert result.exit_code == 0, result.output
    return str(result.output)


def event(home: House, portal: int, key: str, **values: Any) -> int:
    row = InboxRow(
        installation_id=portal, source="uis", kind="message", dedup_key=key, body=f'{{"phone": "{SECRET}"}}'.encode(),
        received_at=START,
    )  # fmt: skip
    for name, value in values.items():
        setattr(row, name, value)
    with home.services.sessions.begin() as session:
        session.add(row)
    return row.id


def failed(home: House, portal: int, number: int, problem: str) -> int:
    """A conversation whose deal was refused."""
    step = Step(name="deal", kind=StepKind.CREATE_DEAL, params={"title": SECRET}, state=StepState.FAILED)
    step.problem = "100: no such stage"
    row = Conversation(
        installation_id=portal, kind="chat", source_id=number, account="4735", state="failed", problem=problem,
        facts={"visitor": {"phone_number": SECRET}}, ledger={}, created_at=START, updated_at=START,
    )  # fmt: skip
    with home.services.sessions.begin() as session:
        session.add(row)
        session.flush()
        steps = Plan(steps=[step]).to_json()
        session.add(PlanRow(conversation_id=row.id, steps=steps, effects={}, created_at=START))
    return row.id


def test_portals_are_listed_those_that_wait_longest_first(both: House) -> None:
    first, second = both.install("first"), both.install("second", state="parked", problem="overload")
    with both.services.sessions.begin() as session:
        session.get_one(PortalWork, second).due_at = START
        session.get_one(PortalWork, first).due_at = START + timedelta(minutes=1)
    lines = said(both, "portals", "list").splitlines()
    assert [line.split()[1] for line in lines[1:]] == ["https://second.example", "https://first.example"]
    assert "overload" in lines[1]
    assert len(said(both, "portals", "list", "--state", "active").splitlines()) == 2


def test_a_portal_is_shown_with_what_waits(home: House) -> None:
    portal = home.install()
    event(home, portal, "a")
    told = said(home, "portals", "show", str(portal))
    assert "events waiting: 1" in " ".join(told.split())
    assert SECRET not in told
    assert run(home, "portals", "show", "99").exit_code == 1


def test_requests_of_a_portal_are_shown_masked(both: House) -> None:
    portals, portal = Portals(both.services), both.install()
    log = portals.client(portal).log
    log.add(START - timedelta(hours=5), "old", 200, 0.1, None, {}, {"result": True})
    log.add(START, "crm.item.get", 400, 0.25, "NOT_FOUND", {"id": 5, "PHONE": SECRET}, None)
    log.add(
        START,
        "crm.item.list",
        200,
        0.1,
        None,
        {"start": 50},
        {"result": [{"ID": "7"}], "total": 51, "next": 50},
    )
    commands = {"a": "crm.item.add?fields[title]=***&entityTypeId=2", "b": "no.such"}
    answer = {"result": {"result": {"a": {"item": {"id": 9}}}, "result_error": {"b": {"error": "NO_METHOD"}}}}
    log.add(START, "batch", 200, 0.1, None, {"cmd": commands}, answer)
    portals.flush_logs()
    told = said(both, "portals", "requests", str(portal))
    assert SECRET not in told and "old" not in told
    assert [line.split("  ")[1:] for line in told.splitlines() if not line.startswith(" ")] == [
        ["crm.item.get", "http 400", "250 ms", "NOT_FOUND", "id=5&PHONE=***"],
        ["crm.item.list", "http 200", "100 ms", "ok", "start=50", "-> list of 1 ids=7 total=51 next=50"],
        ["batch", "http 200", "100 ms", "ok"],
    ]
    assert (
        "    crm.item.add  ok  fields[title]=***&entityTypeId=2  -> map ids=9\n    no.such  NO_METHOD\n"
        in told
    )
    failed = said(both, "portals", "requests", str(portal), "--since", "6", "--failed")
    assert "crm.item.get" in failed and "no.such" in failed
    assert "crm.item.list" not in failed and "old" not in failed
    assert "old" in said(both, "portals", "requests", str(portal), "--since", "6")
    assert run(both, "portals", "requests", "99").exit_code == 1


def test_a_portal_parked_by_hand_stays_so_until_it_is_unparked(home: House) -> None:
    portal = home.install()
    said(home, "portals", "park", str(portal))
    assert run(home, "portals", "park", str(portal)).exit_code == 1
    with home.services.sessions() as session:
        row = session.get_one(Installation, portal)
        assert (row.state, row.problem, row.parked_until) == ("parked", "by_hand", None)
    said(home, "portals", "unpark", str(portal))
    with home.services.sessions() as session:
        assert session.get_one(Installation, portal).state == "active"
        assert session.get_one(PortalWork, portal).due_at == START
    assert run(home, "portals", "unpark", str(portal)).exit_code == 1


def test_only_a_removed_portal_is_purged_and_only_when_that_is_confirmed(home: House) -> None:
    active, removed = home.install("active"), home.install("removed", state="removed")
    assert run(home, "portals", "purge", "--yes", str(active)).exit_code == 1
    assert run(home, "portals", "purge", str(removed)).exit_code == 1
    said(home, "portals", "purge", "--yes", str(removed))
    with home.services.sessions() as session:
        assert session.get_one(Installation, removed).purge_at == START
        assert session.get_one(Installation, active).purge_at is None


def test_events_are_listed_and_shown_without_their_bodies_unless_asked(home: House) -> None:
    portal = home.install()
    broken = event(home, portal, "broken", state="failed", problem="not JSON")
    event(home, portal, "new")
    told = said(home, "inbox", "list")
    assert "not JSON" in told
    assert len(told.splitlines()) == 2
    assert len(said(home, "inbox", "list", "--state", "new", "--portal", str(portal)).splitlines()) == 2
    assert SECRET not in said(home, "inbox", "show", str(broken))
    assert SECRET in said(home, "inbox", "show", "--body", str(broken))


def test_events_are_parked_and_replayed(home: House) -> None:
    portal = home.install()
    waiting, done = event(home, portal, "waiting"), event(home, portal, "done", state="done")
    assert said(home, "inbox", "park", str(waiting), str(done)) == "1 parked\n"
    assert said(home, "inbox", "replay", str(waiting), str(done)) == "2 will be folded in\n"
    with home.services.sessions() as session:
        assert {row.state for row in session.query(InboxRow)} == {"new"}
        assert session.get_one(PortalWork, portal).due_at == START


def test_old_events_are_erased_others_stay(home: House) -> None:
    portal = home.install()
    old = START - timedelta(days=8)
    event(home, portal, "old", state="done", received_at=old)
    event(home, portal, "unreadable", state="failed", received_at=old)
    event(home, portal, "young", state="done")
    assert said(home, "inbox", "purge", "--days", "7") == "1 erased\n"
    with home.services.sessions() as session:
        assert {row.dedup_key for row in session.query(InboxRow)} == {"unreadable", "young"}


def test_a_conversation_is_shown_with_its_steps_and_nothing_of_the_client(home: House) -> None:
    portal = home.install()
    entry = failed(home, portal, 1, "deal: 100: no such stage")
    assert "no such stage" in said(home, "journal", "list", "--state", "failed", "--portal", str(portal))
    told = said(home, "journal", "show", str(entry))
    assert "deal" in told
    assert SECRET not in told


@pytest.mark.parametrize("by", ["number", "problem"])
def test_failed_conversations_are_tried_again(home: House, by: str) -> None:
    portal = home.install()
    entry = failed(home, portal, 1, "deal: 100: no such stage")
    other = failed(home, portal, 2, "contact: 7: no rights")
    what = [str(entry)] if by == "number" else ["--problem", "deal:"]
    assert said(home, "journal", "retry", "--portal", str(portal), *what) == "1 will be tried again\n"
    with home.services.sessions() as session:
        assert session.get_one(Conversation, entry).state == "waiting"
        assert session.get_one(Conversation, other).state == "failed"
    assert run(home, "journal", "retry", "--portal", str(portal)).exit_code == 2


def letter(home: House, portal: int, conversation: int | None, **values: Any) -> int:
    """A letter to a client, which was refused unless it is said otherwise."""
    made: dict[str, Any] = {
        "exit": "uis", "thread": "c1", "kind": "message", "key": f"{portal}:{conversation}:{len(values)}:{values}",
        "body": {"text": SECRET}, "state": "failed", "problem": "uis_refused", "created_at": START, "attempts": 0,
    }  # fmt: skip
    with home.services.sessions.begin() as session:
        row = OutboxRow(installation_id=portal, conversation_id=conversation, **(made | values))
        session.add(row)
        session.flush()
        return row.id


def letter_states(home: House) -> dict[int, str]:
    with home.services.sessions() as session:
        return {row.id: row.state for row in session.query(OutboxRow)}


def test_a_conversation_is_shown_with_its_letters_and_nothing_that_they_say(home: House) -> None:
    portal = home.install()
    entry = failed(home, portal, 1, "deal: 100: no such stage")
    assert "letters" not in said(home, "journal", "show", str(entry))
    shown = letter(home, portal, entry, attempts=3, created_at=START - timedelta(minutes=90))
    told = said(home, "journal", "show", str(entry))
    assert f"{shown} uis message failed 3 1:30:00 uis_refused" in " ".join(told.split())
    assert SECRET not in told


def test_failed_letters_are_sent_again_with_their_conversation_and_doubts_are_not(home: House) -> None:
    portal = home.install()
    entry = failed(home, portal, 1, "deal: 100: no such stage")
    refused = letter(home, portal, entry)
    doubted = letter(home, portal, entry, state="in_doubt")
    taken = letter(home, portal, entry, problem="taken_back")
    told = said(home, "journal", "retry", "--portal", str(portal), str(entry))
    assert told == "1 will be tried again\n1 letters will be sent again\n"
    assert letter_states(home) == {refused: "waiting", doubted: "in_doubt", taken: "failed"}
    with home.services.sessions() as session:
        assert session.get_one(MailWork, portal).due_at == START


def test_problems_are_counted_over_all_portals_the_most_frequent_first(home: House) -> None:
    first, second = home.install("first"), home.install("second")
    failed(home, first, 1, f"lead: CORE: {SECRET} is no stage")
    failed(home, second, 2, "lead: CORE: another text")
    failed(home, first, 3, "contact: 7: no rights")
    letter(home, first, None, problem=f'uis_refused {{"words": "{SECRET}"}}')
    told = said(home, "journal", "problems")
    assert [line.split() for line in told.splitlines()[1:]] == [
        ["conversation", "2", "2", "lead:", "CORE"],
        ["conversation", "1", "1", "contact:", "7"],
        ["letter", "1", "1", "uis_refused"],
    ]


def test_one_problem_is_tried_again_at_all_portals(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.commands.retrying.STEP", 2)
    portals = [home.install("first"), home.install("second")]
    same = [failed(home, portal, number, "lead: CORE: x") for portal in portals for number in range(5)]
    other = failed(home, portals[0], 9, "contact: 7: no rights")
    told = said(home, "journal", "retry", "--all-portals", "--problem", "lead: CORE")
    assert told == "10 will be tried again\n"
    with home.services.sessions() as session:
        assert {session.get_one(Conversation, entry).state for entry in same} == {"waiting"}
        assert session.get_one(Conversation, other).state == "failed"
        assert [session.get_one(PortalWork, portal).due_at for portal in portals] == [START, START]


def test_letters_with_a_problem_are_sent_again_at_all_portals(home: House) -> None:
    first, second = home.install("first"), home.install("second")
    same = [letter(home, first, None), letter(home, second, None)]
    other = letter(home, second, None, problem="no_window")
    told = said(home, "journal", "retry", "--all-portals", "--problem", "uis_refused")
    assert told == "0 will be tried again\n2 letters will be sent again\n"
    assert letter_states(home) == {**dict.fromkeys(same, "waiting"), other: "failed"}


@pytest.mark.parametrize(
    "wrong",
    [["--all-portals"], ["--all-portals", "5"], ["--problem", "x"], ["--all-portals", "--portal", "1", "5"]],
)
def test_what_is_to_be_tried_again_must_be_named(home: House, wrong: list[str]) -> None:
    assert run(home, "journal", "retry", *wrong).exit_code == 2


def test_keys_are_counted(home: House) -> None:
    assert "chain.access_token: 0 newest, 0 older" in said(home, "keys", "list")
