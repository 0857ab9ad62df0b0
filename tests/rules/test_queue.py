"""Queues: strict rotation, places that are kept, one queue per rule."""

from typing import Any

import pytest

from app.domain.crm import CrmFacts, Kind
from app.domain.settings.assign import ResponsibleRule
from app.rules.decide import decide
from app.rules.queue import Turn, next_turn, queue_key
from tests.rules.snapshots import chat, chats, entity, portal


@pytest.mark.parametrize(
    ("last", "away", "expected"),
    [
        (None, set(), (0, 1)),
        ((0, 1), set(), (1, 2)),
        ((2, 3), set(), (0, 1)),
        ((0, 1), {2}, (2, 3)),
        ((2, 3), {1, 2}, (2, 3)),
        ((1, 9), set(), (1, 2)),  # the last user left the list: who moved up is next
        ((7, 9), set(), (1, 2)),
        (None, {1, 2, 3}, None),
    ],
)
def test_whose_turn_it_is(last: Turn | None, away: set[int], expected: Turn | None) -> None:
    assert next_turn([1, 2, 3], last, lambda user: user not in away) == expected


def test_one_who_was_away_is_back_in_the_same_place() -> None:
    turn, seen = None, []
    for away in ({2}, {2}, set(), set(), set()):
        turn = next_turn([1, 2, 3], turn, lambda user, away=away: user not in away)  # type: ignore[misc]
        assert turn is not None
        seen.append(turn[1])
    assert seen == [1, 3, 1, 2, 3]


def rule(user_ids: list[int], value: str | None = None) -> dict[str, Any]:
    condition = {"field": "visitor.city", "cmp": "eq", "value": value}
    chosen = {"op": "and", "items": [condition]} if value else None
    return {"filter": chosen, "assign": {"kind": "queue", "user_ids": user_ids}}


def keys(*rules: dict[str, Any]) -> list[str]:
    parsed = [ResponsibleRule.model_validate(one) for one in rules]
    return [queue_key("chat", parsed, number) for number in range(len(parsed))]


def test_a_queue_is_known_by_its_filter() -> None:
    moscow, perm = keys(rule([1], "Москва"), rule([1], "Пермь"))
    assert moscow != perm
    assert keys(rule([1, 7], "Пермь"), rule([7], "Москва")) == [perm, moscow]
    assert len(set(keys(rule([1]), rule([1])))) == 2
    assert len(moscow) <= 64


SETTINGS = chats(responsible={"rules": [rule([1, 7])]})


def test_a_decision_says_which_turn_it_takes_and_takes_none_by_itself() -> None:
    view = portal()
    decision = decide(chat(), SETTINGS, view, CrmFacts())
    assert list(decision.turns.values()) == [(0, 1)]
    assert view.turns == {}
    again = decide(chat(), SETTINGS, portal(turns=decision.turns), CrmFacts())
    assert again.effects["responsible_id"] == 7


def test_what_goes_into_an_open_lead_takes_no_turn() -> None:
    settings = chats(responsible={"rules": [rule([1, 7])]}, create={"what": "crm"})
    crm = CrmFacts(leads=(entity(Kind.LEAD, 5, contact_id=3),))
    assert decide(chat(), settings, portal(), crm).turns == {}


def test_absent_ones_have_a_substitute_and_are_passed_over_in_a_queue() -> None:
    fixed = [{"filter": None, "assign": {"kind": "user", "user_id": 7}}]
    away = portal(absent=frozenset({7}))
    settings = chats(responsible={"rules": [*fixed, rule([1])], "substitute_user_id": 9})
    assert decide(chat(), settings, away, CrmFacts()).effects["responsible_id"] == 9
    settings = chats(responsible={"rules": [*fixed, rule([7, 1])], "substitute_user_id": None})
    decision = decide(chat(), settings, away, CrmFacts())
    assert decision.effects["responsible_id"] == 1
    assert "responsible_absent" in [reason.code for reason in decision.explanation]
