"""The hint "suits, may suit, never suits" tells the truth: what is promised is what the conversion does."""

from typing import Any

import pytest

from app.domain.source_table import FieldType
from app.rules.fields.compat import SOURCES, accepts, fit
from app.rules.fields.mapping import mapped
from tests.rules.portal import TYPES, info, rule, view

SAMPLES: dict[FieldType, list[Any]] = {
    "string": ["Привет", "Красный", "12", "да", "RUB", "04.05.2026", "shop.example", "D_1", "Ответственный Первый"],
    "text": ["Две\nстроки", "12", "нет"],
    "phone": ["79161234567", "1"],
    "email": ["a@b.example"],
    "url": ["https://shop.example/a?b=c", "https://пример.рф/"],
    "number": [12, 7, 44, 1, 10**12],
    "money": [1500.5, 7],
    "date": ["2026-05-04"],
    "datetime": ["2026-05-04T09:00:00+03:00"],
    "boolean": [True, False],
    "list": [["a", "b"], ["Красный"], ["12"], ["https://a.example"], ["2026-05-04"], ["да"], ["D_1"], ["rub"]],
}  # fmt: skip


def filled(value: Any, kind: str, *, multiple: bool = False) -> bool:
    """Whether the value arrives in a field of this type, whole."""
    field = info(kind, multiple=multiple)
    made = mapped(
        [rule(field.name, source="visitor.city")], "lead", {"visitor": {"city": value}}, view(field), {}
    )
    return field.name in made.values and not made.problems


@pytest.mark.parametrize("kind", [*TYPES, "string_formatted", "something_new"])
def test_what_is_promised_is_what_the_conversion_does(kind: str) -> None:
    for source, promise in accepts(kind).items():
        arrived = [filled(value, kind) for value in SAMPLES[source]]
        if promise == "yes":
            assert all(arrived), (kind, source, SAMPLES[source])
        if promise == "no":
            assert not any(arrived), (kind, source, SAMPLES[source])


def test_every_type_says_something_of_every_source() -> None:
    assert all(set(accepts(kind)) == set(SOURCES) for kind in TYPES)


def test_a_list_fits_a_multiple_field_as_its_elements_do() -> None:
    assert fit("list", info("url")) == "maybe"
    assert fit("list", info("string", multiple=True)) == "yes"
    assert filled(["a", "b"], "string", multiple=True)
    assert fit("list", info("crm_multifield", multiple=True)) == "no"
