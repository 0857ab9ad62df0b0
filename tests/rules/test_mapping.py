"""Mapping: every type of field, every mode, good values and bad ones: the right value or a reported reason."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.base.texts import catalogue
from app.domain.settings.mapping import MappingRule
from app.rules.fields.mapping import fingerprint, mapped, wished
from tests.rules.portal import TYPES, info, rule, view

MODES = ("always", "if_empty", "append")
# type, value, what is sent
GOOD: list[tuple[str, Any, Any]] = [
    ("string", "Привет\nмир", "Привет\nмир"), ("string", 12, "12"), ("string", ["a", "b"], "a, b"),
    ("string", True, "Y"), ("text", "a\x00\u202eb", "ab"), ("string", "полслова\ud83d", "полслова"),
    ("char", "да", "Y"), ("boolean", " Да ", "Y"), ("boolean", "нет", "N"), ("boolean", 1, "Y"), ("boolean", 0, "N"),
    ("boolean", False, "N"), ("boolean", "TRUE", "Y"), ("boolean", "n", "N"),
    ("integer", 7, 7), ("integer", "1 234", 1234), ("integer", "12,0", 12), ("integer", -3, -3), ("integer", 5.0, 5),
    ("integer", 2**31 - 1, 2**31 - 1),
    ("double", "1 234,5", 1234.5), ("double", "1,234.5", 1234.5), ("double", "1.234,5", 1234.5), ("double", 3, 3.0),
    ("double", "-0,25", -0.25), ("double", "1\u00a0000", 1000.0),
    ("money", "1234.5|RUB", "1234.5|RUB"), ("money", "100 usd", "100|USD"), ("money", "1 000 ₽", "1000|RUB"),
    ("money", 1500, "1500|RUB"), ("money", "1500,90", "1500.9|RUB"), ("money", "$20", "20|USD"),
    ("money", "300 руб.", "300|RUB"), ("money", 0.1, "0.1|RUB"), ("money", 1000000, "1000000|RUB"),
    ("date", "2026-05-04", "2026-05-04"), ("date", "04.05.2026", "2026-05-04"),
    ("date", "2026-05-04T22:00:00Z", "2026-05-05"), ("date", date(2026, 5, 4), "2026-05-04"),
    ("date", datetime(2026, 5, 4, 22, tzinfo=UTC), "2026-05-05"), ("date", "2026-05-04 10:00:00", "2026-05-04"),
    ("datetime", "2026-05-04T09:00:00.001Z", "2026-05-04T12:00:00+03:00"),
    ("datetime", "2026-05-04 09:00:00", "2026-05-04T09:00:00+03:00"),
    ("datetime", "04.05.2026 09:30", "2026-05-04T09:30:00+03:00"),
    ("datetime", datetime(2026, 5, 4, 9, tzinfo=UTC), "2026-05-04T12:00:00+03:00"),
    ("enumeration", "красный", 44), ("enumeration", " СИНИЙ ", 45), ("enumeration", 45, 45), ("enumeration", "44", 44),
    ("crm_status", "Синий", "45"), ("crm_status", "44", "44"),
    ("crm_currency", "rub", "RUB"),
    ("user", 7, 7), ("user", "7", 7), ("user", 367852, 7), ("user", "ответственный  первый", 7),
    ("employee", "Оператор Чата", 7),
    ("url", "https://a.example/x?y=1", "https://a.example/x?y=1"), ("url", "shop.example/a", "https://shop.example/a"),
    ("url", "http://пример.рф/", "http://пример.рф/"),
    ("crm", "D_1", "D_1"), ("crm", "T80_6", "T80_6"),
    ("crm_contact", "12", 12), ("crm_company", 3, 3), ("crm_lead", 4, 4), ("crm_deal", "5", 5), ("crm_quote", 6, 6),
    ("crm_entity", 7, 7), ("crm_category", 1, 1), ("iblock_element", 8, 8), ("iblock_section", 9, 9), ("hlblock", 2, 2),
    ("address", "Город, улица", "Город, улица"), ("location", 12, "12"), ("video", "https://a", "https://a"),
]  # fmt: skip
# type, value, why it is left out
BAD: list[tuple[str, Any, str]] = [
    ("string", float("nan"), "not_text"),
    ("boolean", "может быть", "not_boolean"), ("boolean", 2, "not_boolean"), ("char", [1, 0], "many_values"),
    ("integer", "много", "not_number"), ("integer", "1.5", "not_whole"), ("integer", 9_000_000_001, "out_of_range"),
    ("integer", [1, 2], "many_values"),
    ("double", "NaN", "not_number"), ("double", float("inf"), "not_number"), ("double", "1e400", "out_of_range"),
    ("double", "12 шт.", "not_number"), ("double", "1.2.3", "not_number"),
    ("money", "дорого", "not_money"), ("money", "1.2.3 USD", "not_number"), ("money", [1, 2], "many_values"),
    ("date", "вчера", "not_date"), ("date", "2026-13-40", "not_date"), ("date", 1777885200, "not_date"),
    ("datetime", "31.02.2026", "not_date"), ("datetime", True, "not_date"),
    ("datetime", "0001-01-01T00:00:00+23:59", "not_date"),
    ("enumeration", "зелёный", "no_such_item"), ("enumeration", 46, "no_such_item"),
    ("enumeration", ["красный", "синий"], "many_values"), ("crm_status", "нет такого", "no_such_item"),
    ("crm_currency", "рубль", "not_currency"),
    ("user", 8, "no_such_user"), ("user", "Никто", "no_such_user"), ("user", 9, "user_dismissed"),
    ("user", "тёзка", "users_alike"), ("employee", "Оператор Без Пары", "no_such_user"),
    ("user", 10**20, "out_of_range"),
    ("url", "javascript:alert(1)", "not_url"), ("url", "ftp://a.example", "not_url"),
    ("url", "просто текст", "not_url"),
    ("url", "https://user@a.example", "not_url"), ("url", 12, "not_url"), ("url", "https://[", "not_url"),
    ("crm", "12", "not_binding"), ("crm", "D_0", "not_binding"),
    ("crm_contact", 0, "not_id"), ("crm_company", -1, "not_id"), ("crm_deal", "сделка", "not_number"),
    ("crm_lead", True, "not_id"),
    ("file", "a.png", "is_file"), ("diskfile", 12, "is_file"), ("crm_multifield", "+7", "is_communication"),
    ("resourcebooking", "x", "type_unsupported"), ("video", True, "type_unknown"),
]  # fmt: skip


def facts(value: Any) -> dict[str, Any]:
    """The value as a fact, in a field that takes anything."""
    return {"visitor": {"city": value}}


def source(kind: str, mode: str = "always") -> MappingRule:
    return rule(f"ufCrm_{kind}", mode, source="visitor.city")


@pytest.mark.parametrize(("kind", "value", "sent"), GOOD)
def test_a_good_value_is_converted(kind: str, value: Any, sent: Any) -> None:
    for mode in MODES:
        made = mapped([source(kind, mode)], "lead", facts(value), view(info(kind)), {})
        assert (made.values, made.problems) == ({f"ufCrm_{kind}": sent}, []), mode


@pytest.mark.parametrize(("kind", "value", "why"), BAD)
def test_a_bad_value_is_left_out_and_reported(kind: str, value: Any, why: str) -> None:
    for mode in MODES:
        made = mapped([source(kind, mode)], "lead", facts(value), view(info(kind)), {})
        assert made.values == {}
        [problem] = made.problems
        assert (problem.code, problem.params["field"]) == (f"mapping_{why}", f"ufCrm_{kind}")
        assert f"why.{problem.code}" in catalogue("ru")


def test_every_type_is_in_the_tables() -> None:
    assert {kind for kind, *_ in [*GOOD, *BAD]} >= set(TYPES)


@pytest.mark.parametrize("kind", ["string", "integer", "enumeration", "date", "user", "url", "crm"])
def test_a_multiple_field_takes_what_fits(kind: str) -> None:
    good = [value for name, value, _ in GOOD if name == kind and not isinstance(value, list)]
    bad = [value for name, value, _ in BAD if name == kind and not isinstance(value, list)]
    made = mapped([source(kind)], "lead", facts([*good, *bad]), view(info(kind, multiple=True)), {})
    assert isinstance(made.values[f"ufCrm_{kind}"], list)
    assert len(made.problems) == len(bad)
    alone = mapped([source(kind)], "lead", facts(good[0]), view(info(kind, multiple=True)), {})
    assert len(alone.values[f"ufCrm_{kind}"]) == 1


# type, multiple, held, value, mode, what is written (... for nothing), reason
MODE_TABLE: list[tuple[str, bool, Any, Any, str, Any, str | None]] = [
    ("string", False, "old", "new", "always", "new", None),
    ("string", False, "new", "new", "always", ..., None),
    ("string", False, "old", "new", "if_empty", ..., None),
    ("string", False, "", "new", "if_empty", "new", None),
    ("string", False, None, "new", "if_empty", "new", None),
    ("string", False, False, "new", "if_empty", "new", None),
    ("string", False, "old", "new", "append", "old\nnew", None),
    ("text", False, "old\nnew", "new", "append", ..., None),
    ("text", False, "x" * 60_000, "new", "append", ..., "text_full"),
    ("integer", False, "7", 7, "always", ..., None),
    ("integer", False, 7, 8, "append", ..., "cannot_append"),
    ("integer", False, None, 8, "append", 8, None),
    ("double", False, 0, 8, "if_empty", 8.0, None),
    ("money", False, "0|RUB", 8, "if_empty", "8|RUB", None),
    ("money", False, "5|RUB", 8, "if_empty", ..., None),
    ("boolean", False, "N", "да", "if_empty", ..., None),
    ("boolean", False, False, "да", "if_empty", ..., None),
    ("boolean", False, "N", "да", "append", ..., "cannot_append"),
    ("enumeration", False, 44, "синий", "always", 45, None),
    ("enumeration", False, "45", "синий", "always", ..., None),
    ("enumeration", True, ["44"], ["синий", "красный"], "append", ["44", 45], None),
    ("enumeration", True, [44], ["синий"], "always", [45], None),
    ("enumeration", True, [44], ["синий"], "if_empty", ..., None),
    ("enumeration", True, [], ["синий"], "if_empty", [45], None),
    ("enumeration", True, False, ["синий"], "append", [45], None),
    ("string", True, ["a"], ["a", "b"], "append", ["a", "b"], None),
    ("string", True, ["a", "b"], ["a"], "append", ..., None),
    ("user", False, 0, 7, "if_empty", 7, None),
    ("date", False, "2026-05-04", "04.05.2026", "always", ..., None),
]


@pytest.mark.parametrize(("kind", "multiple", "held", "value", "mode", "written", "why"), MODE_TABLE)
def test_modes_respect_what_is_there(
    kind: str, multiple: bool, held: Any, value: Any, mode: str, written: Any, why: str | None
) -> None:
    name = f"ufCrm_{kind}"
    made = mapped(
        [source(kind, mode)], "lead", facts(value), view(info(kind, multiple=multiple)), {name: held}
    )
    assert made.values == ({} if written is ... else {name: written})
    assert [problem.code for problem in made.problems] == ([f"mapping_{why}"] if why else [])


def test_what_the_crm_holds_may_be_unknown() -> None:
    rows = [source("string", mode) for mode in ("if_empty", "append")]
    made = mapped(rows, "lead", facts("new"), view(info("string")), None)
    assert (made.values, {p.code for p in made.problems}) == ({}, {"mapping_current_unknown"})
    assert mapped([source("string")], "lead", facts("new"), view(info("string")), None).values == {
        "ufCrm_string": "new"
    }


def test_rows_of_one_field_build_on_each_other() -> None:
    rows = [rule("ufCrm_text", constant="a"), rule("ufCrm_text", "append", constant="b")]
    assert mapped(rows, "lead", {}, view(info("text")), {}).values == {"ufCrm_text": "a\nb"}
    rows = [source("text", "if_empty"), rule("ufCrm_text", "if_empty", constant="нет данных")]
    assert mapped(rows, "lead", {}, view(info("text")), {}).values == {"ufCrm_text": "нет данных"}
    assert mapped(rows, "lead", facts("Казань"), view(info("text")), {}).values == {"ufCrm_text": "Казань"}


def test_names_are_checked_before_they_are_sent() -> None:
    known = view(
        info("string"), info("string", name="createdTime", read_only=True), info("string", name="stageId")
    )
    rows = [rule(name, constant="x") for name in ("utmSourse", "createdTime", "stageId")]
    made = mapped(rows, "lead", {}, known, {})
    assert [p.code for p in made.problems] == [
        "mapping_field_gone",
        "mapping_read_only",
        "mapping_field_ours",
    ]
    unread = mapped(rows[:1], "lead", {}, view(read=False), {})
    assert (unread.values, unread.problems[0].code) == ({}, "mapping_fields_unread")


def test_an_empty_fact_changes_nothing() -> None:
    nothing: tuple[Any, ...] = (None, "", "  ", [], {})
    for value in nothing:
        made = mapped([source("string")], "lead", facts(value), view(info("string")), {"ufCrm_string": "old"})
        assert (made.values, made.problems) == ({}, [])


def test_a_standard_text_is_one_line_of_255() -> None:
    known = view(info("string", name="utmSource", custom=False), info("text", name="comments", custom=False))
    made = mapped([rule("utmSource", source="visitor.city")], "lead", facts("a\n" + "б" * 300), known, {})
    assert len(made.values["utmSource"]) == 255
    assert "\n" not in made.values["utmSource"]
    assert [p.code for p in made.problems] == ["mapping_text_cut"]
    made = mapped([rule("comments", source="visitor.city")], "lead", facts("[b]x[/b] <i>"), known, {})
    assert not any(tag in made.values["comments"] for tag in ("[b]", "[/b]", "<i>"))


def test_an_amount_brings_its_currency_along() -> None:
    known = view(
        info("double", name="opportunity", custom=False),
        info("crm_currency", name="currencyId", custom=False),
    )
    rows = [rule("opportunity", constant="1 500 USD")]
    assert mapped(rows, "lead", {}, known, {}).values == {"opportunity": 1500.0, "currencyId": "USD"}


def test_a_template_that_fails_is_reported() -> None:
    made = mapped(
        [rule("ufCrm_string", template="{{ visitor.city | divided_by: 0 }}")],
        "lead",
        facts("5"),
        view(info("string")),
        {},
    )
    assert (made.values, [p.code for p in made.problems]) == ({}, ["mapping_template_failed"])


def test_a_fingerprint_tells_other_values_and_modes_apart() -> None:
    known = view(info("string"))
    marks = [
        fingerprint(wished([source("string", mode)], "lead", facts(value), known))
        for mode, value in (("always", "a"), ("always", "b"), ("if_empty", "a"))
    ]
    assert len(set(marks)) == 3
    assert marks[0] == fingerprint(wished([source("string")], "lead", facts("a"), known))


PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and objects of these, however deep."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )


ANY = nested(PLAIN | st.floats() | st.dates() | st.datetimes() | st.decimals())
HELD = nested(PLAIN)


@settings(max_examples=1_000, deadline=None)
@given(st.sampled_from(TYPES), st.booleans(), st.sampled_from(MODES), ANY, HELD)
def test_no_value_is_ever_an_exception(kind: str, multiple: bool, mode: str, value: Any, held: Any) -> None:
    field = info(kind, multiple=multiple)
    for current in (None, {}, {field.name: held}):
        made = mapped([source(kind, mode)], "lead", facts(value), view(field), current)
        json.dumps(made.values, allow_nan=False)
        known = catalogue("en")
        assert all(f"why.{problem.code}" in known for problem in made.problems)
        if multiple and made.values:
            assert isinstance(made.values[field.name], list)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(TYPES),
    st.integers() | st.floats(allow_nan=False) | st.booleans() | st.text("абв0123.-:/", min_size=1),
)
def test_a_value_is_written_or_a_reason_given(kind: str, value: Any) -> None:
    made = mapped([source(kind)], "lead", facts(value), view(info(kind)), {})
    assert bool(made.values) != bool(made.problems)
