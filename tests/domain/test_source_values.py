"""What a filter offers is what settings accept and what rules understand."""

from typing import Any

import pytest

from app.domain.settings.filters import DATES, NUMBERS, Condition
from app.domain.source_fields import SOURCE_FIELDS, SourceField
from app.domain.source_values import CHOICES, OFFERS, comparisons_of

FIELDS = list(SOURCE_FIELDS.values())


def sample(field: SourceField) -> Any:
    if field.type == "boolean":
        return True
    if field.type in NUMBERS:
        return 5
    return "2026-05-04" if field.type in DATES else "яндекс"


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: str(field.name))
def test_every_comparison_that_is_offered_is_accepted(field: SourceField) -> None:
    for cmp in comparisons_of(field.type):
        value = sample(field)
        given = {} if "empty" in cmp else {"value": [value] if cmp in ("in", "not_in") else value}
        assert Condition.model_validate({"field": field.name, "cmp": cmp, **given}).cmp == cmp


def test_values_are_offered_for_fields_that_exist() -> None:
    assert set(CHOICES) | set(OFFERS) <= set(SOURCE_FIELDS)
    assert not set(CHOICES) & set(OFFERS)


@pytest.mark.parametrize("name", CHOICES)
def test_no_value_is_offered_twice_and_each_has_words(name: str) -> None:
    values = [value for value, _, _ in CHOICES[name]]
    assert len(values) == len(set(values))
    assert all(ru and en for _, ru, en in CHOICES[name])


@pytest.mark.parametrize("name", OFFERS)
def test_a_number_is_offered_by_its_id_and_a_text_by_its_title(name: str) -> None:
    assert OFFERS[name].by == ("id" if SOURCE_FIELDS[name].type in NUMBERS else "title")
