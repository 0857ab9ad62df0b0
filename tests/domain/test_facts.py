"""Facts and the fields that name them."""

import re
from typing import Any

import pytest

from app.domain.facts import fact
from app.domain.source_fields import (
    SOURCE_FIELDS,
    needs_report,
    report_fields,
    source_field,
)

GROUPS = {"visitor", "chat", "request", "traffic", "campaign", "site", "employee"}


@pytest.mark.parametrize(
    ("facts", "name", "value"),
    [
        ({"visitor": {"city": "Москва"}}, "visitor.city", "Москва"),
        ({"visitor": {"city": "  "}}, "visitor.city", None),
        ({"visitor": None}, "visitor.city", None),
        ({}, "tags", None),
        ({"tags": ["", None]}, "tags", None),
        ({"tags": [{"tag_id": 1, "tag_name": "VIP"}, "опт"]}, "tags", ["VIP", "опт"]),
        ({"segments": [{"segment_id": 1, "segment_name": "A"}]}, "segments", ["A"]),
        ({"chat": {"is_transfer": False, "duration": 0}}, "chat.is_transfer", False),
        ({"chat": {"is_transfer": False, "duration": 0}}, "chat.duration", 0),
        ({"visitor": {"phone": "+7916"}}, "visitor.phone_number", "+7916"),
        ({"visitor": {"phone_number": "+7916"}}, "visitor.phone", "+7916"),
        ({"visitor": {"custom_properties": {"a": "b", "c": ""}}}, "visitor.custom_properties", ["a: b"]),
        ({"visitor": {"custom_properties": {"a.x": "b"}}}, "visitor.custom_properties.a.x", "b"),
        (
            {"visitor": {"custom_properties": [{"property_name": "a", "property_value": "b"}]}},
            "visitor.custom_properties.a",
            "b",
        ),
        (
            {"visitor": {"custom_properties": [{"property_name": "a", "property_value": "b"}]}},
            "visitor.custom_properties",
            ["a: b"],
        ),
        ({"visitor": {"custom_properties": []}}, "visitor.custom_properties.a", None),
    ],
)
def test_a_fact_is_found_by_its_name(facts: dict[str, Any], name: str, value: Any) -> None:
    assert fact(facts, name) == value


def test_the_names_of_the_contract_are_there() -> None:
    contract = (
        "visitor.city chat.channel_name traffic.utm_source campaign.name site.domain_name employee.full_name"
    )
    for name in [*contract.split(), "request.form_name", "tags", "segments"]:
        assert name in SOURCE_FIELDS


def test_every_field_has_a_group_and_two_titles() -> None:
    for name, field in SOURCE_FIELDS.items():
        assert name == field.name
        assert name in ("tags", "segments") or name.partition(".")[0] in GROUPS
        assert field.title_ru
        assert field.title_en
        assert not re.search("[а-яё]", field.title_en, re.IGNORECASE)
    for titles in ("title_ru", "title_en"):
        assert len({getattr(field, titles) for field in SOURCE_FIELDS.values()}) == len(SOURCE_FIELDS)


def test_a_custom_property_is_a_field_of_its_own() -> None:
    found = source_field("visitor.custom_properties.Тариф")
    assert found is not None
    assert found.type == "string"
    assert "Тариф" in found.title_ru
    assert source_field("visitor.custom_properties.") is None
    assert source_field("visitor.nothing") is None


@pytest.mark.parametrize(
    ("names", "needed"),
    [
        (["visitor.phone", "chat.channel_name", "employee.full_name"], False),
        (["visitor.name", "visitor.email"], False),
        (["visitor.name", "traffic.utm_source"], True),
        (["visitor.custom_properties.Тариф"], True),
        (["unknown"], False),
        ([], False),
    ],
)
def test_it_is_known_which_fields_need_the_report(names: list[str], needed: bool) -> None:
    assert needs_report(names) is needed


def test_a_report_is_asked_for_what_it_has() -> None:
    chats, requests = report_fields("chat"), report_fields("request")
    assert len(chats) == len(set(chats))
    assert len(requests) == len(set(requests))
    assert {"chat_channel_name", "utm_source", "employee_full_name", "tags"} <= set(chats)
    assert {"visitor_name", "visitor_email", "form_name", "process_time"} <= set(requests)
    assert not {"visitor_name", "visitor_email", "text", "form_name"} & set(chats)
    assert not {"chat_channel_name", "duration", "employee_raiting"} & set(requests)
