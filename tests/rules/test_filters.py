"""Filters: what holds, against a table and against a second, plain evaluation."""

import os
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.settings.filters import Condition, Group, fields_of
from app.rules.filters import explain, holds, matches

FACTS: dict[str, Any] = {
    "visitor": {"city": " Москва ", "phone": "+79161234567", "custom_properties": {"Тариф": "Бизнес"}},
    "chat": {
        "duration": "75",
        "messages_count": 12,
        "is_transfer": False,
        "date_time": datetime(2025, 3, 21, 5, 0, tzinfo=UTC),
        "sale_cost": 1000.5,
    },
    "traffic": {"utm_source": "Yandex", "utm_medium": "  "},
    "tags": [{"tag_id": 1, "tag_name": "VIP"}, {"tag_id": 2, "tag_name": "Опт"}],
    "segments": [],
}

HELD = [
    ("traffic.utm_source", "eq", "  yandex "),
    ("traffic.utm_source", "ne", "google"),
    ("traffic.utm_source", "contains", "AND"),
    ("traffic.utm_source", "not_contains", "goo"),
    ("traffic.utm_source", "starts", "yan"),
    ("traffic.utm_source", "ends", "DEX"),
    ("traffic.utm_source", "in", ["google", "YANDEX"]),
    ("traffic.utm_source", "not_in", ["google", "vk"]),
    ("visitor.city", "eq", "москва"),
    ("visitor.phone", "starts", "+7916"),
    ("visitor.phone_number", "eq", "+79161234567"),
    ("visitor.custom_properties.Тариф", "eq", "бизнес"),
    ("visitor.custom_properties", "contains", "тариф: биз"),
    ("traffic.utm_medium", "empty", None),
    ("segments", "empty", None),
    ("visitor.country", "empty", None),
    ("tags", "not_empty", None),
    ("visitor.country", "ne", "Россия"),
    ("visitor.country", "not_in", ["Россия"]),
    ("visitor.country", "not_contains", "Рос"),
    ("tags", "eq", "опт"),
    ("tags", "in", ["нет", "vip"]),
    ("tags", "contains", "VI"),
    ("tags", "ne", "розница"),
    ("chat.duration", "gt", 9),
    ("chat.duration", "eq", 75.0),
    ("chat.duration", "starts", "7"),
    ("chat.messages_count", "lt", 100),
    ("chat.messages_count", "in", [1, 12]),
    ("chat.sale_cost", "gt", 1000),
    ("chat.is_transfer", "eq", False),
    ("chat.is_transfer", "not_empty", None),
    ("chat.date_time", "eq", "2025-03-21"),
    ("chat.date_time", "gt", "2025-03-20"),
    ("chat.date_time", "lt", "2025-03-22T00:00:00"),
    ("chat.date_time", "eq", "2025-03-21T08:00:00+03:00"),
    ("chat.date_time", "lt", "2025-03-21 05:00:01"),
]

FAILED = [
    ("traffic.utm_source", "eq", "yan"),
    ("visitor.country", "eq", ""),
    ("visitor.country", "contains", ""),
    ("visitor.country", "in", ["Россия"]),
    ("chat.sale_date", "gt", "2025-01-01"),
    ("tags", "ne", "vip"),
    ("tags", "not_in", ["vip"]),
    ("tags", "not_contains", "vi"),
    ("tags", "empty", None),
    ("chat.duration", "gt", 75),
    ("chat.duration", "lt", 9),
    ("chat.is_transfer", "eq", True),
    ("chat.date_time", "gt", "2025-03-21"),
    ("chat.date_time", "lt", "2025-03-21"),
    ("chat.date_time", "gt", "2025-03-21T08:00:00+03:00"),
]


def condition(field: str, cmp: str, value: Any = None) -> Condition:
    return Condition.model_validate({"field": field, "cmp": cmp, "value": value})


@pytest.mark.parametrize(("field", "cmp", "value"), HELD)
def test_a_condition_holds(field: str, cmp: str, value: Any) -> None:
    assert holds(condition(field, cmp, value), FACTS)


@pytest.mark.parametrize(("field", "cmp", "value"), FAILED)
def test_a_condition_does_not_hold(field: str, cmp: str, value: Any) -> None:
    assert not holds(condition(field, cmp, value), FACTS)


@pytest.mark.parametrize("value", ["not a number", "NaN", "inf", True, "9" * 50, [1, 2]])
def test_a_value_that_is_no_number_is_neither_greater_nor_less_nor_equal(value: Any) -> None:
    facts = {"chat": {"duration": value}}
    wanted = (
        [("gt", -1), ("lt", 10**60), ("eq", 1)] if not isinstance(value, list) else [("gt", 2), ("lt", 1)]
    )
    assert not any(holds(condition("chat.duration", cmp, number), facts) for cmp, number in wanted)


@pytest.mark.parametrize(
    "value", [date(2025, 3, 21), "2025-03-21", "2025-03-21 10:00:00", datetime(2025, 3, 21, 1, tzinfo=UTC)]
)
def test_a_moment_is_read_in_every_form(value: Any) -> None:
    assert holds(condition("chat.date_time", "eq", "2025-03-21"), {"chat": {"date_time": value}})
    assert not holds(condition("chat.date_time", "eq", "2025-03-21"), {"chat": {"date_time": "soon"}})


def test_an_empty_group_and_no_filter_are_true() -> None:
    for op in ("and", "or"):
        assert matches(Group.model_validate({"op": op, "items": []}), {})
    assert matches(None, {})
    assert explain(None, {}) == []


def test_an_explanation_names_every_condition_in_order() -> None:
    held, failed = HELD[0], FAILED[0]
    group = Group.model_validate(
        {
            "op": "and",
            "items": [_json(failed), {"op": "or", "items": [_json(held), _json(failed)]}, _json(held)],
        }
    )
    told = explain(group, FACTS)
    assert [(one.cmp, one.value, was) for one, was in told] == [
        ("eq", "yan", False),
        ("eq", "  yandex ", True),
        ("eq", "yan", False),
        ("eq", "  yandex ", True),
    ]
    assert fields_of(group) == {"traffic.utm_source"}


def _json(row: tuple[str, str, Any]) -> dict[str, Any]:
    return {"field": row[0], "cmp": row[1], "value": row[2]}


NEGATIONS = {"ne": "eq", "not_in": "in", "not_contains": "contains", "not_empty": "empty"}
WORDS = ["", " ", "a", "B", "ab", " Ab ", "ба", "Б", "b c"]
TEXT_FIELDS = ["traffic.utm_source", "visitor.city", "tags"]
ONE = st.sampled_from(WORDS)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    cmp = draw(st.sampled_from(["eq", "contains", "starts", "ends", "in", "empty", *NEGATIONS]))
    values = {
        "in": st.lists(ONE, min_size=1, max_size=3),
        "not_in": st.lists(ONE, min_size=1, max_size=3),
        "empty": st.none(),
        "not_empty": st.none(),
    }
    return _json((draw(st.sampled_from(TEXT_FIELDS)), cmp, draw(values.get(cmp, ONE))))


def groups() -> st.SearchStrategy[dict[str, Any]]:
    def of(items: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries(
            {"op": st.sampled_from(["and", "or"]), "items": st.lists(items, max_size=4)}
        )

    return of(st.recursive(conditions(), of, max_leaves=12))


FLAT = st.fixed_dictionaries(
    {
        "traffic.utm_source": st.none() | ONE,
        "visitor.city": st.none() | ONE,
        "tags": st.lists(ONE, max_size=3),
    }
)


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    return {
        "traffic": {"utm_source": flat["traffic.utm_source"]},
        "visitor": {"city": flat["visitor.city"]},
        "tags": flat["tags"],
    }


def plainly(item: dict[str, Any], flat: dict[str, Any]) -> bool:
    """The same meaning, written down a second time."""
    if "op" in item:
        held = [plainly(one, flat) for one in item["items"]]
        return not held or (False not in held if item["op"] == "and" else True in held)
    if item["cmp"] in NEGATIONS:
        return not plainly({**item, "cmp": NEGATIONS[item["cmp"]]}, flat)
    value = flat[item["field"]]
    words = [word.strip().lower() for word in (value if isinstance(value, list) else [value]) if word]
    words = [word for word in words if word]
    if item["cmp"] == "empty":
        return words == []
    wanted = [one.strip().lower() for one in (item["value"] if item["cmp"] == "in" else [item["value"]])]
    tests = {
        "eq": str.__eq__,
        "in": str.__eq__,
        "contains": str.__contains__,
        "starts": str.startswith,
        "ends": str.endswith,
    }
    return any(tests[item["cmp"]](word, one) for word in words for one in wanted)


CASES = 10_000 if os.environ.get("CI") else 500
"""All of them where a minute does not matter."""


@pytest.mark.timeout(900)  # 10,000 cases in CI, and the machine may be busy
@settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(groups(), FLAT)
def test_two_evaluations_agree(group: dict[str, Any], flat: dict[str, Any]) -> None:
    assert matches(Group.model_validate(group), nested(flat)) == plainly(group, flat)


@given(conditions(), FLAT, st.sampled_from(sorted(NEGATIONS)))
def test_a_negation_is_exactly_the_contrary(one: dict[str, Any], flat: dict[str, Any], cmp: str) -> None:
    value = {"not_in": ["a", "B"], "not_empty": None}.get(cmp, "a")
    negative = condition(one["field"], cmp, value)
    positive = condition(one["field"], NEGATIONS[cmp], value)
    assert holds(negative, nested(flat)) != holds(positive, nested(flat))
