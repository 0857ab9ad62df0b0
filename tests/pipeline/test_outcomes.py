"""What an outcome does to a step, and what settled steps do to their conversation."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.plan import Done, Failed, Outcome, Plan, Retry, Step, StepKind, StepState, Unknown
from app.pipeline import backoff
from app.pipeline.outcomes import record, settle
from app.storage.models import Conversation, PlanRow
from tests.pipeline.plans import first_chat

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
DAY = 86_400.0


def step(
    kind: StepKind = StepKind.CREATE_DEAL, state: StepState = StepState.SENT, result: int | None = None
) -> Step:
    return Step(name="deal", kind=kind, params={}, state=state, result=result)


@pytest.mark.parametrize(
    ("outcome", "state", "result", "pause", "attempts"),
    [
        (Done(7), StepState.DONE, 7, 0.0, 0),
        (Done(7, linked=False), StepState.REPAIR, 7, 0.0, 0),
        (Failed("CODE: words"), StepState.FAILED, None, 0.0, 0),
        (Unknown("time-out"), StepState.UNKNOWN, None, 0.0, 0),
        (Retry(60.0, "OPERATION_TIME_LIMIT", counts=False), StepState.PLANNED, None, 60.0, 0),
        (Retry(0.0, "busy"), StepState.PLANNED, None, 2.0, 1),
        (Retry(10.0, "busy"), StepState.PLANNED, None, 10.0, 1),
    ],
)
def test_outcomes_of_a_step_that_was_sent(
    outcome: Outcome, state: StepState, result: int | None, pause: float, attempts: int
) -> None:
    sent = step()
    assert record(sent, outcome) == pause
    assert (sent.state, sent.result, sent.attempts) == (state, result, attempts)
    assert (sent.problem is None) is isinstance(outcome, Done)


@pytest.mark.parametrize(
    ("kind", "state", "result"),
    [
        (StepKind.CREATE_DEAL, StepState.DONE, 7),
        (StepKind.ADD_ACTIVITY, StepState.PLANNED, None),
        (StepKind.ADD_COMMENT, StepState.PLANNED, None),
    ],
)
def test_a_repair_ties_an_item_and_makes_an_entry_anew(
    kind: StepKind, state: StepState, result: int | None
) -> None:
    wrong = step(kind, StepState.REPAIR, result=7)
    record(wrong, Done(7))
    assert (wrong.state, wrong.result) == (state, result)


def test_a_repair_that_is_put_off_stays_a_repair() -> None:
    wrong = step(state=StepState.REPAIR, result=7)
    record(wrong, Retry(1.0, "QUERY_LIMIT_EXCEEDED", counts=False))
    assert (wrong.state, wrong.result) == (StepState.REPAIR, 7)


def test_attempts_last_about_a_day_and_then_a_person_decides() -> None:
    tried, waited = step(), 0.0
    while tried.state != StepState.FAILED:
        waited += record(tried, Retry(0.0, "busy"))
    assert tried.attempts == len(backoff.STEPS_S) + 1
    assert DAY < waited < 1.5 * DAY


@pytest.mark.parametrize(("attempts", "pause"), [(0, None), (1, 2.0), (4, 300.0), (9, 36_000.0), (10, None)])
def test_the_pause_grows(attempts: int, pause: float | None) -> None:
    assert backoff.after(attempts) == pause


def settled(
    plan: Plan, pause: float = 0.0, *, news: bool = False, look_again: float | None = None
) -> Conversation:
    row = Conversation(state="waiting", ledger={}, changed=3 + news, decided=3, attempts=1, problem="old")
    effects = {"decided": True, "entities": {"deal": {"$step": "deal"}}, "activity_id": {"$step": "activity"}}
    more = {"$look_again": look_again} if look_again else {}
    settle(row, PlanRow(effects=effects | more, steps=[]), plan, NOW, pause, 90.0)
    return row


ALL = ("contact", "deal", "activity", "notify")


def test_a_plan_that_ended_fills_the_ledger_and_the_conversation_rests() -> None:
    row = settled(first_chat(**dict.fromkeys(ALL, StepState.DONE)))
    assert (row.state, row.due_at, row.problem) == ("done", None, None)
    assert row.ledger == {"decided": True, "entities": {"deal": 20}, "activity_id": 30}


def test_what_came_in_meanwhile_is_due_at_once() -> None:
    row = settled(first_chat(**dict.fromkeys(ALL, StepState.DONE)), news=True)
    assert (row.state, row.due_at) == ("waiting", NOW)


def test_a_look_that_was_asked_for_is_due_then() -> None:
    then = NOW + timedelta(seconds=30)
    row = settled(first_chat(**dict.fromkeys(ALL, StepState.DONE)), look_again=then.timestamp())
    assert (row.state, row.due_at) == ("done", then)


def test_an_open_plan_is_due_after_its_pause() -> None:
    row = settled(first_chat(contact=StepState.DONE), pause=60.0)
    assert (row.state, row.due_at, row.ledger) == ("waiting", NOW + timedelta(seconds=60), {})


def test_an_unknown_step_is_due_when_the_portal_must_have_ended() -> None:
    plan = first_chat(contact=StepState.UNKNOWN)
    plan.steps[0].sent_at, plan.steps[0].problem = NOW.timestamp() - 10, "time-out"
    row = settled(plan)
    assert (row.due_at, row.problem) == (NOW + timedelta(seconds=80), "time-out")


def test_a_failed_plan_names_its_cause_and_not_what_depends_on_it() -> None:
    plan = first_chat(**dict.fromkeys(ALL, StepState.FAILED))
    for failed in plan.steps:
        failed.problem = "CODE: words" if failed.name == "contact" else "depends_on:contact"
    row = settled(plan)
    assert (row.state, row.problem, row.due_at) == ("failed", "contact: CODE: words", None)
    assert row.ledger == {}


def test_a_step_in_doubt_is_shown_as_such() -> None:
    row = settled(first_chat(**dict.fromkeys(ALL, StepState.IN_DOUBT)))
    assert row.state == "in_doubt"
