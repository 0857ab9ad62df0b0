"""The source of what is made: the portal's own one for the channel, unless the mapping says otherwise."""

from typing import Any

import pytest

from app.domain.crm import CrmFacts
from app.domain.plan import Step
from app.rules.decide import decide
from tests.rules.snapshots import PHONE, chat, chats, portal

SOURCES = {"CALL": "Звонок", "UIS_WHATSAPP": "Мессенджер", "7": "Чат на сайте"}


def made(facts: dict[str, Any], sources: dict[str, str] = SOURCES, **settings: Any) -> Step:
    decision = decide(chat(facts=PHONE | facts), chats(**settings), portal(sources=sources), CrmFacts())
    return decision.plan.steps[0]


@pytest.mark.parametrize(
    ("channel", "source"),
    [
        ({"channel_type": "whatsapp", "channel_name": "Номер 1"}, "UIS_WHATSAPP"),
        ({"channel_type": "comagic", "channel_name": " чат НА сайте "}, "7"),
        ({"channel_type": "telegram", "channel_name": "Телеграм"}, None),
        ({}, None),
    ],
)
def test_a_source_of_the_channel(channel: dict[str, str], source: str | None) -> None:
    assert made({"chat": channel}).params.get("extra", {}).get("sourceId") == source


def test_a_mapping_row_has_precedence() -> None:
    row = {"entity": "lead", "field": "sourceId", "constant": "CALL", "mode": "always"}
    step = made({"chat": {"channel_type": "whatsapp"}}, mapping=[row])
    assert step.params.get("extra", {}).get("sourceId") != "UIS_WHATSAPP"


def test_marks_are_one_line_and_not_endless() -> None:
    step = made({"traffic": {"utm_source": "a\nb" + "я" * 500, "utm_medium": ""}})
    assert step.params["extra"].keys() == {"utmSource"}
    assert len(step.params["extra"]["utmSource"]) <= 255
    assert "\n" not in step.params["extra"]["utmSource"]
