"""Where what is created begins, and what is done when the portal no longer has the place."""

from typing import Any

import pytest

from app.domain.crm import CrmFacts
from app.rules.decide import decide
from tests.rules.snapshots import chat, chats, portal

STAGES = frozenset({("lead", None, "NEW"), ("lead", None, "HOT"), ("deal", 0, "NEW"), ("deal", 2, "C2:NEW")})
OTHERS = frozenset({("lead", None, "FIRST"), ("deal", 0, "FIRST")})


def rule(category: int | None, stage: str) -> dict[str, Any]:
    return {"filter": None, "category_id": category, "stage_id": stage}


def begun(
    entity: str, default: dict[str, Any], *rules: dict[str, Any], stages: Any = STAGES
) -> tuple[tuple[int | None, str | None], list[str]]:
    """((category, stage), codes of the explanation)."""
    pipeline = {"default": {"category_id": default["category_id"], "stage_id": default["stage_id"]}}
    settings = chats(create={"entity": entity}, pipeline=pipeline | {"rules": list(rules)})
    decision = decide(chat(), settings, portal(stages=stages), CrmFacts())
    params = decision.plan.step(entity).params
    codes = [reason.code for reason in decision.explanation if reason.code.startswith("pipeline")]
    return (params.get("category_id"), params["stage_id"]), codes


@pytest.mark.parametrize(
    ("entity", "default", "rules", "place", "codes"),
    [
        ("deal", rule(0, "NEW"), [rule(2, "C2:NEW")], (2, "C2:NEW"), ["pipeline_rule"]),
        ("deal", rule(0, "NEW"), [rule(3, "C3:NEW")], (0, "NEW"), ["pipeline_rule_gone", "pipeline_default"]),
        (
            "deal", rule(0, "NEW"), [rule(3, "C3:NEW"), rule(2, "C2:NEW")], (2, "C2:NEW"),
            ["pipeline_rule_gone", "pipeline_rule"],
        ),
        ("deal", rule(3, "C3:NEW"), [], (0, "NEW"), ["pipeline_default_gone"]),
        ("deal", rule(None, "NEW"), [], (0, "NEW"), ["pipeline_default"]),
        ("lead", rule(None, "HOT"), [], (None, "HOT"), ["pipeline_default"]),
        ("lead", rule(0, "HOT"), [rule(2, "C2:NEW")], (None, "HOT"), ["pipeline_default"]),
        ("lead", rule(None, "COLD"), [], (None, "NEW"), ["pipeline_default_gone"]),
    ],
)  # fmt: skip
def test_a_place_that_is_gone_is_passed_over_and_told(
    entity: str, default: Any, rules: Any, place: Any, codes: list[str]
) -> None:
    assert begun(entity, default, *rules) == (place, codes)


@pytest.mark.parametrize("entity", ["lead", "deal"])
def test_with_nothing_left_of_what_is_known_the_portal_chooses(entity: str) -> None:
    (_, stage), codes = begun(entity, rule(None, "NEW"), stages=OTHERS)
    assert (stage, codes) == (None, ["pipeline_default_gone"])


def test_without_a_directory_the_settings_are_believed() -> None:
    assert begun("deal", rule(7, "C7:NEW"), stages=None) == ((7, "C7:NEW"), ["pipeline_default"])
