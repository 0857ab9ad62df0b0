"""Which steps ride in which batch."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.plan import Plan, StepState
from app.pipeline.crm_side import Order
from app.pipeline.waves import pack, ready_steps
from tests.pipeline.plans import comments, first_chat

PLANNED, DONE, FAILED = StepState.PLANNED, StepState.DONE, StepState.FAILED
REPAIR, SENT, UNKNOWN, IN_DOUBT = StepState.REPAIR, StepState.SENT, StepState.UNKNOWN, StepState.IN_DOUBT


def names(orders: Sequence[Order]) -> list[str]:
    return [order.step.name for order in orders]


@pytest.mark.parametrize(
    ("states", "ready"),
    [
        ({}, ["contact", "deal", "activity"]),
        ({"contact": DONE}, ["deal", "activity"]),
        ({"contact": DONE, "deal": DONE}, ["activity", "notify"]),
        ({"contact": DONE, "deal": DONE, "activity": SENT}, ["notify"]),
        ({"contact": UNKNOWN}, []),
        ({"contact": SENT, "deal": SENT}, []),
        ({"contact": DONE, "deal": REPAIR}, ["deal", "activity"]),
        ({"deal": REPAIR}, ["contact"]),
        ({"contact": FAILED}, []),
        ({"contact": DONE, "deal": IN_DOUBT}, []),
        (dict.fromkeys(("contact", "deal", "activity", "notify"), DONE), []),
    ],
)
def test_a_step_is_ready_when_what_it_links_to_is_made_or_rides_before_it(
    states: dict[str, StepState], ready: list[str]
) -> None:
    assert [step.name for step in ready_steps(first_chat(**states), 50)] == ready


@pytest.mark.parametrize("state", [FAILED, IN_DOUBT])
def test_what_depends_on_a_failed_step_fails_in_words(state: StepState) -> None:
    plan = first_chat(contact=state)
    assert ready_steps(plan, 50) == []
    assert [(step.state, step.problem) for step in plan.steps[1:]] == [
        (FAILED, "depends_on:contact"),
        (FAILED, "depends_on:deal"),
        (FAILED, "depends_on:deal"),
    ]


def test_links_reach_only_inside_a_batch_and_ids_that_are_known_stand_for_themselves() -> None:
    [[contact, deal, activity]] = pack({7: first_chat()}, 50)
    assert (contact.links, contact.known) == ({}, {})
    assert (deal.links, deal.known) == ({"contact": (contact.key, contact.step.kind)}, {})
    assert activity.links == {"deal": (deal.key, deal.step.kind)}
    [[deal]] = pack({7: first_chat(contact=DONE, activity=DONE, notify=DONE)}, 50)
    assert (deal.links, deal.known) == ({}, {"contact": 10})


def test_conversations_ride_together_and_chains_stay_whole() -> None:
    batches = pack({number: first_chat() for number in range(1, 6)}, 7)
    assert [len(batch) for batch in batches] == [6, 6, 3]
    assert [[order.conversation_id for order in batch] for batch in batches] == [
        [1, 1, 1, 2, 2, 2], [3, 3, 3, 4, 4, 4], [5, 5, 5],
    ]  # fmt: skip


def test_short_plans_fill_what_chains_leave_free() -> None:
    plans: dict[int, Plan] = {
        1: comments(1),
        2: comments(1),
        3: first_chat(),
        4: first_chat(),
        5: first_chat(),
    }
    batches = pack(plans, 7)
    assert [[order.conversation_id for order in batch] for batch in batches] == [
        [3, 3, 3, 4, 4, 4, 1], [5, 5, 5, 2],
    ]  # fmt: skip
    assert pack(plans, 7, most=1) == batches[:1]


def test_a_plan_that_is_too_long_for_a_batch_goes_on_in_the_next_wave() -> None:
    plan = comments(7)
    [first] = pack({1: plan}, 5)
    assert names(first) == ["c0", "c1", "c2", "c3", "c4"]
    for order in first:
        order.step.state = DONE
    assert [names(batch) for batch in pack({1: plan}, 5)] == [["c5", "c6"]]


@given(counts=st.lists(st.integers(0, 12), max_size=12), chains=st.integers(0, 5), size=st.integers(5, 50))
def test_batches_are_never_too_long_and_carry_every_ready_step_once(
    counts: list[int], chains: int, size: int
) -> None:
    plans: dict[int, Plan] = {number: comments(count) for number, count in enumerate(counts)}
    plans |= {100 + number: first_chat() for number in range(chains)}
    batches = pack(plans, size)
    assert all(0 < len(batch) <= size for batch in batches)
    riding = [(order.conversation_id, order.step.name) for batch in batches for order in batch]
    assert len(set(riding)) == len(riding)
    expected = {(number, step.name) for number, plan in plans.items() for step in ready_steps(plan, size)}
    assert set(riding) == expected
    for batch in batches:
        assert len({order.key for order in batch}) == len(batch)
        for place, order in enumerate(batch):
            before = {earlier.key for earlier in batch[:place]}
            assert {key for key, _ in order.links.values()} <= before
