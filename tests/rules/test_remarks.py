"""Remarks: what of a draft will not work as it looks, told at its field, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from app.base.texts import catalogue
from app.domain.settings import Communication, parse
from app.rules.remarks import remarks
from tests.domain.documents import chats, condition, group
from tests.rules.portal import TYPES, info, view

USER = {"filter": None, "assign": {"kind": "user", "user_id": 7}}
OPERATOR = {"filter": None, "assign": {"kind": "operator"}}
SOME = group(condition("traffic.utm_source", "eq", "yandex"))
FIELDS = [info(kind) for kind in TYPES] + [info("string", name="utmSource", custom=False)]


def rule(**assign: Any) -> dict[str, Any]:
    return {"filter": SOME, "assign": assign}


def mapping(field: str, mode: str = "always", entity: str = "lead", **origin: Any) -> dict[str, Any]:
    return {"entity": entity, "field": field, "mode": mode, **origin}


def told(document: dict[str, Any], section: str = "chats", **portal: Any) -> dict[str, str]:
    model = parse(section, document)
    assert isinstance(model, Communication)
    return {one.field: one.code for one in remarks(model, replace(view(*FIELDS), **portal))}


def offline(**changes: Any) -> dict[str, Any]:
    made = chats(create__moment="received", **changes)
    del made["channels"]
    return made


def test_there_is_nothing_to_say_of_the_defaults() -> None:
    assert told(chats()) == {}
    assert told(offline(), "offline") == {}


# changes, {field: code}
CASES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"channels": {"mode": "selected", "ids": []}}, {"channels.ids": "remark_no_channels"}),
    (
        {"filter": group(SOME, group(condition("request.form_name", "empty")))},
        {"filter.items.1.items.0.field": "remark_not_of_chat"},
    ),
    (
        {"transcript__filter": group(condition("request.text", "empty"))},
        {"transcript.filter.items.0.field": "remark_not_of_chat"},
    ),
    ({"responsible__rules": [USER, OPERATOR]}, {"responsible.rules.1": "remark_never_reached"}),
    ({"responsible__rules": [OPERATOR, USER]}, {}),
    ({"responsible__rules": [rule(kind="user", user_id=7), USER]}, {}),
    (
        {"responsible__rules": [rule(kind="user", user_id=9)]},
        {"responsible.rules.0.assign.user_id": "remark_dismissed_rule"},
    ),
    (
        {"responsible__rules": [rule(kind="queue", user_ids=[7, 9, 11])]},
        {
            "responsible.rules.0.assign.user_ids.1": "remark_dismissed_queue",
            "responsible.rules.0.assign.user_ids.2": "remark_absent_queue",
        },
    ),
    ({"responsible__default_user_id": 11}, {"responsible.default_user_id": "remark_absent_default"}),
    ({"responsible__substitute_user_id": 11}, {"responsible.substitute_user_id": "remark_absent_substitute"}),
    (
        {"pipeline__rules": [{"filter": SOME, "category_id": 2, "stage_id": "C2:NEW"}]},
        {"pipeline.rules.0": "remark_rule_of_deals"},
    ),
    (
        {
            "create__entity": "deal",
            "pipeline__rules": [
                {"filter": None, "category_id": 2, "stage_id": "C2:NEW"},
                {"filter": SOME, "category_id": 0, "stage_id": "NEW"},
            ],
        },
        {"pipeline.rules.1": "remark_never_reached"},
    ),
    ({"titles__lead": "{{ visitor.nmae }}"}, {"titles.lead": "remark_template_unknown"}),
    ({"titles__lead": "{{ request.form_name }}"}, {"titles.lead": "remark_template_not_of_chat"}),
    ({"titles__lead": "{{ visitor.phones[0] }}{{ visitor.phones.size }}{{ visitor.phone }}"}, {}),
    ({"titles__lead": "{{ visitor.custom_properties.Цвет }}{% assign a = visitor %}{{ a.city }}"}, {}),
    ({"mapping": [mapping("ufCrm_string", source="visitor.city")]}, {}),
    ({"mapping": [mapping("ufCrm_integer", source="visitor.city")]}, {"mapping.0.source": "remark_may_not_fit"}),
    (
        {"mapping": [mapping("ufCrm_date", source="visitor.visits_count")]},
        {"mapping.0.source": "remark_never_fits"},
    ),
    ({"mapping": [mapping("ufCrm_text", source="request.text")]}, {"mapping.0.source": "remark_not_of_chat"}),
    ({"mapping": [mapping("ufCrm_file", constant="a.png")]}, {"mapping.0.field": "remark_is_file"}),
    ({"mapping": [mapping("assignedById", constant=7)]}, {"mapping.0.field": "remark_field_ours"}),
    ({"mapping": [mapping("ufCrm_gone", constant=7)]}, {}),
    ({"mapping": [mapping("ufCrm_date", constant="завтра")]}, {"mapping.0.constant": "remark_not_date"}),
    ({"mapping": [mapping("ufCrm_integer", constant=[1, 2])]}, {"mapping.0.constant": "remark_many_values"}),
    ({"mapping": [mapping("ufCrm_enumeration", constant="44")]}, {}),
    ({"mapping": [mapping("ufCrm_date", "append", constant="2026-05-04")]}, {"mapping.0.mode": "remark_cannot_append"}),
    ({"mapping": [mapping("utmSource", "append", constant="a")]}, {"mapping.0.mode": "remark_cannot_append"}),
    ({"mapping": [mapping("ufCrm_text", "append", constant="a")]}, {}),
    (
        {"mapping": [mapping("ufCrm_text", constant="a"), mapping("ufCrm_text", constant="b")]},
        {"mapping.0.field": "remark_overwritten"},
    ),
    ({"mapping": [mapping("ufCrm_text", constant="a"), mapping("ufCrm_text", "append", constant="b")]}, {}),
    ({"mapping": [mapping("text", entity="activity", source="tags")] * 2}, {}),
    ({"mapping": [mapping("colour", entity="activity", constant="a")]}, {"mapping.0.field": "remark_field_gone"}),
    (
        {"mapping": [mapping("deadline", entity="activity", constant="вчера")]},
        {"mapping.0.constant": "remark_not_date"},
    ),
    (
        {"mapping": [mapping("deadline", entity="activity", source="visitor.city")]},
        {"mapping.0.source": "remark_may_not_fit"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_what_will_not_work_is_said_at_its_field(changes: dict[str, Any], expected: dict[str, str]) -> None:
    assert told(chats(**changes), absent=frozenset({11})) == expected


def test_fields_of_chats_are_no_fields_of_requests() -> None:
    draft = offline(
        filter=group(condition("chat.status", "eq", "lost")), titles__lead="{{ chat.channel_name }}"
    )
    assert told(draft, "offline") == {
        "filter.items.0.field": "remark_not_of_request",
        "titles.lead": "remark_template_not_of_request",
    }


def test_nothing_is_said_of_fields_that_were_never_read() -> None:
    draft = chats(mapping=[mapping("ufCrm_date", source="visitor.visits_count")])
    assert told(draft, fields={}) == {}


def test_every_refusal_of_a_conversion_has_words_of_its_own() -> None:
    codes = {key.removeprefix("why.mapping_") for key in catalogue("en") if key.startswith("why.mapping_")}
    # Only known when a real value or the entity is at hand.
    later = {
        "current_unknown",
        "fields_unread",
        "refused",
        "template_failed",
        "text_cut",
        "text_full",
        "updated",
    }
    known = {key.removeprefix("settings.remark_") for key in catalogue("en")}
    assert codes - later - {"too_many_lines"} <= known
