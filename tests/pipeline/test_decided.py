"""Decisions are saved with the first intent; when nothing can be sent, they are saved all the same."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.base.clock import ManualClock
from app.domain.plan import Outcome, Plan, StepState
from app.pipeline.crm_side import Order
from app.storage.models import PlanRow
from tests.support.stage import Stage, stage

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
PAUSE_S = 3.0


def states(here: Stage) -> list[list[StepState]]:
    """States of the steps of every plan."""
    with here.services.sessions() as session:
        plans = session.scalars(select(PlanRow).order_by(PlanRow.id)).all()
        return [[step.state for step in Plan.from_json(plan.steps).steps] for plan in plans]


def test_a_plan_that_finds_no_room_in_the_budget_is_kept_and_nobody_is_asked_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage(database_url, clock=ManualClock(NOW)) as here:
        here.save("chats", titles={"lead": "Chat"}, notify=False)
        here.chat_started(1)
        here.drain()
        crm = here.road.crm_of(here.installation_id)
        with monkeypatch.context() as full:
            full.setattr(crm, "reserve", lambda _: False)
            here.pass_time(PAUSE_S)
        assert here.items(1) == []
        assert [set(plan) for plan in states(here)] == [{StepState.PLANNED}]
        asked = len(here.rest())
        here.pass_time(2.0)
        assert len(here.items(1)) == 1
        assert here.rest()[asked:] == ["batch"]


def test_the_intent_is_in_the_database_before_anything_is_sent(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[list[StepState]]] = []
    with stage(database_url, clock=ManualClock(NOW)) as here:
        here.save("chats", titles={"lead": "Chat"}, notify=False)
        crm = here.road.crm_of(here.installation_id)
        send = crm.send

        def looked(batch: Sequence[Order]) -> Sequence[Outcome]:
            seen.append(states(here))
            return send(batch)

        monkeypatch.setattr(crm, "send", looked)
        for chat in (1, 2):
            here.chat_started(chat, phone=f"7916000000{chat}")
        here.drain()
        here.pass_time(PAUSE_S)
        assert len(here.items(1)) == 2
    assert {state for plan in seen[0] for state in plan} == {StepState.SENT}
    assert len(seen[0]) == 2
