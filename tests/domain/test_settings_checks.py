"""Sections against each other, and settings against the portal."""

from typing import Any

import pytest

from app.domain.settings import (
    FieldError,
    PortalDirectory,
    Section,
    UserInfo,
    checked_against,
    contradictions,
    defaults,
    parse,
    without,
)
from tests.domain.documents import chats

OFF = {
    "create__on_first": False,
    "create__on_repeat": False,
    "notify": False,
    "transcript__to": [],
    "mapping": [],
}
KEYS = ["create.on_first", "create.on_repeat", "notify", "transcript.to"]


def sections(chat: dict[str, Any], *, open_lines: bool) -> dict[str, Section]:
    return {"chats": parse("chats", chat), "open_lines": parse("open_lines", {"enabled": open_lines})}


def test_chats_saved_beside_open_lines_have_their_keys_named() -> None:
    found = contradictions(sections(chats(), open_lines=True), "chats")
    assert [error.field for error in found] == KEYS


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("create__on_first", True, "create.on_first"),
        ("create__on_repeat", True, "create.on_repeat"),
        ("notify", True, "notify"),
        ("transcript__to", ["lead"], "transcript.to"),
        ("mapping", [{"entity": "lead", "field": "x", "source": "tags"}], "mapping"),
    ],
)
def test_each_key_alone_is_a_contradiction(path: str, value: Any, field: str) -> None:
    both = sections(chats(**{**OFF, path: value}), open_lines=True)
    assert contradictions(both, "chats") == [FieldError(field, "chats_with_open_lines")]
    (error,) = contradictions(both, "open_lines")
    assert (error.field, error.params) == ("enabled", {"keys": field})


@pytest.mark.parametrize("saved", ["chats", "open_lines"])
def test_what_is_off_contradicts_nothing(saved: str) -> None:
    assert contradictions(sections(chats(**OFF), open_lines=True), saved) == []
    assert contradictions(sections(chats(), open_lines=False), saved) == []
    assert contradictions(sections(chats(enabled=False), open_lines=True), saved) == []


def test_a_third_section_is_not_blamed() -> None:
    assert contradictions(sections(chats(), open_lines=True), "main") == []
    assert contradictions({}, "chats") == []


PORTAL = PortalDirectory(
    crm_mode="classic",
    users={
        1: UserInfo(1, "Администратор Портала", True, "Портала"),
        2: UserInfo(2, "Уволенный Оператор", False, "Оператор"),
        3: UserInfo(3, "Безфамильный", True, " "),
    },
    stages=frozenset(
        {
            ("lead", None, "NEW"),
            ("lead", None, "L1"),
            ("deal", 0, "NEW"),
            ("deal", 2, "C2:NEW"),
            ("deal", 2, "C2:WON"),
        }
    ),
    channels=frozenset({740805}),
    lines=frozenset({3}),
    employees=frozenset({367852}),
)


def places(
    settings: dict[str, Any], portal: PortalDirectory = PORTAL, section: str = "chats"
) -> dict[str, str]:
    return {error.field: error.code for error in checked_against(portal, parse(section, settings))}


def stage(category_id: int | None, stage_id: str) -> dict[str, Any]:
    return {"category_id": category_id, "stage_id": stage_id}


@pytest.mark.parametrize(
    ("entity", "category_id", "stage_id", "errors"),
    [
        ("lead", None, "NEW", {}),
        ("lead", None, "L1", {}),
        ("lead", 0, "L1", {}),
        ("lead", 0, "NEW", {}),
        ("lead", 2, "C2:NEW", {}),
        ("lead", None, "C2:NEW", {"pipeline.default.stage_id": "unknown_stage"}),
        ("deal", None, "NEW", {}),
        ("deal", 0, "NEW", {}),
        ("deal", 2, "C2:WON", {}),
        ("deal", 2, "NEW", {"pipeline.default.stage_id": "unknown_stage"}),
        ("deal", 0, "L1", {"pipeline.default.stage_id": "unknown_stage"}),
        ("deal", 5, "C5:NEW", {"pipeline.default.category_id": "unknown_category"}),
    ],
)
def test_a_stage_must_exist(
    entity: str, category_id: int | None, stage_id: str, errors: dict[str, str]
) -> None:
    assert places(chats(create__entity=entity, pipeline__default=stage(category_id, stage_id))) == errors


def test_stages_of_rules_are_checked_too() -> None:
    rules = [{"filter": None, **stage(2, "C2:NEW")}, {"filter": None, **stage(2, "C2:GONE")}]
    assert places(chats(create__entity="deal", pipeline__rules=rules)) == {
        "pipeline.rules.1.stage_id": "unknown_stage"
    }


def test_users_must_exist_and_have_a_last_name() -> None:
    rules = [
        {"filter": None, "assign": {"kind": "user", "user_id": 9}},
        {"filter": None, "assign": {"kind": "operator"}},
        {"filter": None, "assign": {"kind": "queue", "user_ids": [1, 3, 8]}},
        {"filter": None, "assign": {"kind": "user", "user_id": 2}},
    ]
    responsible = {"rules": rules, "default_user_id": 7, "substitute_user_id": 2}
    assert places(chats(responsible=responsible)) == {
        "responsible.rules.0.assign.user_id": "unknown_user",
        "responsible.rules.2.assign.user_ids.1": "user_without_last_name",
        "responsible.rules.2.assign.user_ids.2": "unknown_user",
        "responsible.default_user_id": "unknown_user",
        "responsible.substitute_user_id": "user_dismissed",
    }


def test_channels_are_checked_when_they_are_chosen() -> None:
    chosen = {"mode": "selected", "ids": [740805, 1]}
    assert places(chats(channels=chosen)) == {"channels.ids.1": "unknown_channel"}
    assert places(chats(channels={**chosen, "mode": "all"})) == {}


def test_simple_crm_has_no_leads() -> None:
    simple = PortalDirectory(crm_mode="simple", stages=PORTAL.stages)
    mapping = [{"entity": entity, "field": "x", "source": "tags"} for entity in ("deal", "lead")]
    assert places(chats(mapping=mapping), simple) == {
        "create.entity": "no_leads",
        "transcript.to.0": "no_leads",
        "mapping.1.entity": "no_leads",
    }
    for section in ("chats", "offline"):
        assert places(defaults(section, simple_crm=True), simple, section) == {}


def test_what_is_not_known_yet_refuses_nothing() -> None:
    wild = chats(
        channels={"mode": "selected", "ids": [1]},
        responsible__default_user_id=999,
        pipeline__default=stage(77, "C77:NEW"),
    )
    assert places(wild, PortalDirectory()) == {}


def test_other_sections_name_nothing_of_the_portal() -> None:
    assert places({"enabled": True}, section="main") == {}


def test_lines_channels_and_employees_must_exist_while_open_lines_are_on() -> None:
    joined = {
        "enabled": True,
        "lines": [
            {"channel_id": 740805, "line_id": 3},
            {"channel_id": 740806, "line_id": 3},
            {"channel_id": 740807, "line_id": 4},
        ],
        "default_employee_id": 5,
    }
    wrong = {
        "lines.1.channel_id": "unknown_channel",
        "lines.2.channel_id": "unknown_channel",
        "lines.2.line_id": "unknown_line",
        "default_employee_id": "unknown_employee",
    }
    assert places(joined, section="open_lines") == wrong
    assert places(joined | {"enabled": False}, section="open_lines") == {}
    assert places(joined, PortalDirectory(), "open_lines") == {}
    known = {"lines": [{"channel_id": 740805, "line_id": 3}], "default_employee_id": 367852}
    assert places(joined | known, section="open_lines") == {}


def test_lines_that_are_brought_along_go_where_the_portal_lacks_them() -> None:
    document = {
        "enabled": True, "signature": True, "default_employee_id": 5,
        "lines": [{"channel_id": 740805, "line_id": 3}, {"channel_id": 740806, "line_id": 9}],
    }  # fmt: skip
    lacking = checked_against(PORTAL, parse("open_lines", document))
    assert without(document, lacking, PORTAL, 1) == document | {
        "default_employee_id": None,
        "lines": [{"channel_id": 740805, "line_id": 3}],
    }
