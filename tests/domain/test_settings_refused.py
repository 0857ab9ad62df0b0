"""What a settings document may not say, and how the error names the place."""

from typing import Any

import pytest

from tests.domain.documents import chats, condition, errors, group

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (chats(extra=1), "extra", "unknown_key"),
    (chats(create__colour="red"), "create.colour", "unknown_key"),
    (chats(notify=1), "notify", "type_boolean"),
    (chats(notify="true"), "notify", "type_boolean"),
    (chats(responsible__default_user_id="7"), "responsible.default_user_id", "type_integer"),
    (chats(responsible__default_user_id=True), "responsible.default_user_id", "type_integer"),
    (chats(responsible__default_user_id=7.0), "responsible.default_user_id", "type_integer"),
    (chats(responsible__default_user_id=0), "responsible.default_user_id", "too_small"),
    (chats(responsible__default_user_id=2**63), "responsible.default_user_id", "too_large"),
    (chats(responsible__default_user_id=None), "responsible.default_user_id", "default_user_required"),
    (chats(create__moment="received"), "create.moment", "not_allowed"),
    (chats(create__entity="contact"), "create.entity", "not_allowed"),
    (chats(channels__ids=[740805, 740805]), "channels.ids.1", "duplicate"),
    (chats(filter={}), "filter.op", "required"),
    (chats(filter=[]), "filter", "type_object"),
    (chats(filter=group("x")), "filter.items.0", "type_object"),
    (chats(filter=group(condition("nope", "eq", "x"))), "filter.items.0.field", "unknown_source_field"),
    (chats(filter=group(condition("tags", "like", "x"))), "filter.items.0.cmp", "not_allowed"),
    (chats(filter=group(condition("tags", "gt", "x"))), "filter.items.0.cmp", "comparison_of_text"),
    (chats(filter=group(condition("visitor.city", "eq"))), "filter.items.0.value", "type_string"),
    (chats(filter=group(condition("visitor.city", "eq", None))), "filter.items.0.value", "type_string"),
    (chats(filter=group(condition("visitor.city", "in", "x"))), "filter.items.0.value", "type_list"),
    (chats(filter=group(condition("visitor.city", "in", []))), "filter.items.0.value", "empty_value"),
    (chats(filter=group(condition("visitor.city", "in", ["x", 1]))), "filter.items.0.value.1", "type_string"),
    (
        chats(filter=group(condition("visitor.city", "empty", "x"))),
        "filter.items.0.value",
        "value_not_wanted",
    ),
    (chats(filter=group(condition("chat.duration", "gt", "7"))), "filter.items.0.value", "type_number"),
    (chats(filter=group(condition("chat.duration", "gt", True))), "filter.items.0.value", "type_number"),
    (
        chats(filter=group(condition("chat.duration", "lt", float("nan")))),
        "filter.items.0.value",
        "type_number",
    ),
    (chats(filter=group(condition("chat.date_time", "gt", "soon"))), "filter.items.0.value", "type_date"),
    (chats(filter=group(condition("chat.is_transfer", "eq", 1))), "filter.items.0.value", "type_boolean"),
    (
        chats(filter=group(condition("chat.is_transfer", "contains", "x"))),
        "filter.items.0.cmp",
        "comparison_of_boolean",
    ),
    (chats(filter=group(condition("tags", "eq", "a\0b"))), "filter.items.0.value", "forbidden_character"),
    (
        chats(filter=group({"field": "tags", "cmp": "empty", "not": True})),
        "filter.items.0.not",
        "unknown_key",
    ),
    (
        chats(filter=group(group(group(condition("nope", "empty"))))),
        "filter.items.0.items.0.items.0.field",
        "unknown_source_field",
    ),
    (
        chats(responsible__rules=[{"filter": None, "assign": {"kind": "boss"}}]),
        "responsible.rules.0.assign.kind",
        "not_allowed",
    ),
    (
        chats(responsible__rules=[{"filter": None, "assign": {"kind": "queue", "user_ids": []}}]),
        "responsible.rules.0.assign.user_ids",
        "empty_value",
    ),
    (
        chats(responsible__rules=[{"filter": None, "assign": {"kind": "operator", "user_id": 7}}]),
        "responsible.rules.0.assign.user_id",
        "unknown_key",
    ),
    (chats(responsible__rules=[{"filter": None}]), "responsible.rules.0.assign", "required"),
    (chats(titles__lead="{{ visitor.name"), "titles.lead", "template"),
    (chats(titles__deal="{{ visitor.name | shout }}"), "titles.deal", "template"),
    (chats(titles__contact="{% include 'x' %}"), "titles.contact", "template"),
    (chats(titles__activity="x" * 2001), "titles.activity", "too_long"),
    (chats(titles__activity="\ud800"), "titles.activity", "type_string"),
    (chats(transcript__to=["lead", "lead"]), "transcript.to.1", "duplicate"),
    (chats(transcript__to=["invoice"]), "transcript.to.0", "not_allowed"),
    (chats(mapping=[{"entity": "lead", "field": "x"}]), "mapping.0.source", "one_of"),
    (
        chats(mapping=[{"entity": "lead", "field": "x", "source": "tags", "constant": "x"}]),
        "mapping.0.constant",
        "one_of",
    ),
    (
        chats(mapping=[{"entity": "lead", "field": "x", "source": "nope"}]),
        "mapping.0.source",
        "unknown_source_field",
    ),
    (chats(mapping=[{"entity": "lead", "field": "", "source": "tags"}]), "mapping.0.field", "empty_value"),
    (chats(mapping=[{"entity": "lead", "field": "x", "template": "{%"}]), "mapping.0.template", "template"),
    (chats(pipeline__default={"stage_id": "NEW"}), "pipeline.default.category_id", "required"),
]


@pytest.mark.parametrize(("value", "field", "code"), REFUSED)
def test_a_wrong_document_is_refused_with_the_field_named(value: Any, field: str, code: str) -> None:
    assert errors("chats", value).get(field) == code


OTHERS: list[tuple[str, Any, str, str]] = [
    ("main", [], "", "type_object"),
    ("main", None, "", "type_object"),
    ("main", {"enabled": "yes"}, "enabled", "type_boolean"),
    ("offline", {"channels": {"mode": "all", "ids": []}}, "channels", "unknown_key"),
    ("offline", {"create": {"moment": "start"}}, "create.moment", "not_allowed"),
    ("offline", {"enabled": True}, "responsible.default_user_id", "default_user_required"),
    (
        "open_lines",
        {"lines": [{"channel_id": 1, "line_id": 1}, {"channel_id": 1, "line_id": 2}]},
        "lines.1.channel_id",
        "duplicate",
    ),
    ("open_lines_analytics", {"default": {"campaign_id": 9}}, "default.campaign_id", "other_traffic_type"),
    ("open_lines_analytics", {"default": {"source_id": 9}}, "default.site_id", "required"),
    (
        "open_lines_analytics",
        {"traffic_type": "campaign", "default": {"source_id": 11, "site_id": 5}},
        "default.campaign_id",
        "required",
    ),
    (
        "open_lines_analytics",
        {"messengers": [{"connector": "viber", "campaign_id": 9}]},
        "messengers.0.source_id",
        "required",
    ),
    ("open_lines_analytics", {"enabled": True}, "default", "required"),
    ("open_lines_analytics", {"events": ["ONCRMLEADDELETE"]}, "events.0", "not_allowed"),
    ("workplace", {"url": "http://example.com"}, "url", "url"),
    ("workplace", {"url": "javascript:alert(1)"}, "url", "url"),
    ("workplace", {"url": "https://user@example.com"}, "url", "url"),
    ("workplace", {"url": "https://[broken"}, "url", "url"),
    ("workplace", {"url": "https://good.example;script-src/x"}, "url", "url"),
    ("workplace", {"url": "https://good.example'/x"}, "url", "url"),
    ("workplace", {"url": "https://{phone}.example/"}, "url", "url_host_placeholder"),
    ("workplace", {"url": "https://good.example:{phone}/"}, "url", "url_host_placeholder"),
    ("workplace", {"url": "https://good.example/?who={login}"}, "url", "url_placeholder"),
    ("workplace", {"url": "https://good.example/?who={phone"}, "url", "url_placeholder"),
    ("workplace", {"url": "https://good.example/?who={{phone}}"}, "url", "url_placeholder"),
    ("workplace", {"remind_minutes": -1}, "remind_minutes", "too_small"),
]


@pytest.mark.parametrize(("section", "value", "field", "code"), OTHERS)
def test_other_sections_name_the_field_too(section: str, value: Any, field: str, code: str) -> None:
    assert errors(section, value).get(field) == code
