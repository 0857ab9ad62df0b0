"""Whether a conversation is to be worked on now."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.domain.conversation import Ledger, Reason
from app.domain.decision import Ask, Follow, Skip, Wait
from app.rules.consider import consider
from tests.rules.snapshots import at, chat, chats, portal, said

PLAIN = {"titles": dict.fromkeys(("lead", "deal", "contact", "activity"), "Обращение")}
DECIDED = Ledger(decided=True)


@pytest.mark.parametrize(
    ("changes", "settings", "now", "until"),
    [
        ({}, {}, at(0), at(3)),
        ({}, {"create": {"moment": "end"}}, at(99), None),
        ({"started_at": None}, PLAIN, at(0), at(3)),
        ({"closed_at": at(10)}, PLAIN, at(11), at(13)),
        ({"closed_at": at(10)}, PLAIN | {"create": {"moment": "end"}}, at(11), at(13)),
        ({"initiator": "autoinvite", "messages": (said(1, "autoinvite"),)}, PLAIN, at(99), None),
        ({"ledger": DECIDED, "closed_at": at(10)}, {}, at(11), at(13)),
    ],
)
def test_too_early(
    changes: dict[str, Any], settings: dict[str, Any], now: datetime, until: datetime | None
) -> None:
    assert consider(chat(**changes), chats(**settings), portal(), now) == Wait(until)


@pytest.mark.parametrize(
    ("changes", "settings", "now"),
    [
        ({}, {}, at(3)),
        ({}, PLAIN, at(0)),
        ({"started_at": None}, PLAIN, at(3)),
        ({"closed_at": at(10)}, {"create": {"moment": "end"}}, at(13)),
        ({"initiator": "autoinvite", "messages": (said(1),)}, PLAIN, at(0)),
        (
            {"initiator": "autoinvite", "closed_at": at(10), "close_reason": "closed_by_timeout"},
            PLAIN,
            at(13),
        ),
        ({"facts": {}}, PLAIN | {"without_contacts": True}, at(0)),
    ],
)
def test_it_is_asked_about(changes: dict[str, Any], settings: dict[str, Any], now: datetime) -> None:
    verdict = consider(chat(**changes), chats(**settings), portal(), now)
    assert isinstance(verdict, Ask)
    assert "visitor:9" in verdict.keys


@pytest.mark.parametrize(
    ("changes", "settings", "code"),
    [
        ({}, {"enabled": False}, "section_off"),
        ({}, {"channels": {"mode": "selected", "ids": [1]}}, "channel_not_followed"),
        ({"channel_id": None}, {"channels": {"mode": "selected", "ids": [1]}}, "channel_not_followed"),
        ({"closed_at": at(1), "close_reason": "invite_rejected"}, {}, "invite_rejected"),
        ({"facts": {}}, {}, "no_contacts"),
        ({"facts": {"visitor": {"name": "Без номера"}}}, {}, "no_contacts"),
    ],
)
def test_it_is_not_transferred(changes: dict[str, Any], settings: dict[str, Any], code: str) -> None:
    verdict = consider(chat(**changes), chats(**settings), portal(), at(99))
    assert isinstance(verdict, Skip)
    assert verdict.reason.code == code


BY_EMPLOYEE = {"op": "and", "items": [{"field": "employee.id", "cmp": "eq", "value": 7}]}


@pytest.mark.parametrize(
    "settings",
    [
        {"responsible": {"default_user_id": 1, "rules": [{"filter": None, "assign": {"kind": "operator"}}]}},
        {"filter": BY_EMPLOYEE},
    ],
    ids=["the operator is responsible", "the filter speaks of the operator"],
)
def test_an_operator_whom_the_settings_need_is_waited_for_as_long_as_callbacks_come(
    settings: dict[str, Any],
) -> None:
    """DESIGN, "Moments": at the start a decision waits for what the settings in force need, at most three seconds."""
    own = PLAIN | settings
    assert consider(chat(operator_id=None), chats(**own), portal(), at(0)) == Wait(at(3))
    assert not isinstance(consider(chat(operator_id=None), chats(**own), portal(), at(3)), Wait)


def test_what_was_decided_is_followed_whatever_is_known_now() -> None:
    assert consider(chat(ledger=DECIDED, facts={}), chats(), portal(), at(5)) == Follow()


def test_what_was_set_aside_is_taken_up_again_by_the_client_alone() -> None:
    aside = portal(set_aside_at=at(60))
    later = consider(chat(messages=(said(1),)), chats(), aside, at(120))
    assert later == Skip(Reason(code="set_aside"))
    wrote = replace(said(2), at=at(90))
    assert isinstance(consider(chat(messages=(said(1), wrote)), chats(), aside, at(120)), Ask)
    assert isinstance(consider(chat(first_seen_at=at(61)), chats(), aside, at(120)), Ask)
