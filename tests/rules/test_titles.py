"""Titles: templates of administrators, facts of strangers."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.templates import problem_of
from app.rules.titles import MAX_TITLE, TitleError, fill, render, render_or_default, template_fields

FACTS: dict[str, Any] = {
    "visitor": {
        "name": "Клиент",
        "phone": "+79161234567",
        "custom_properties": {"Тариф": "Бизнес", "Скидка": ""},
    },
    "chat": {"id": 7, "date_time": datetime(2025, 3, 21, 5, 0, tzinfo=UTC), "is_transfer": False},
    "traffic": {"utm_source": "yandex", "utm_medium": ""},
    "tags": [{"tag_id": 1, "tag_name": "VIP"}, {"tag_id": 2, "tag_name": "опт"}],
}


@pytest.mark.parametrize(
    ("template", "title"),
    [
        ('Чат: {{ visitor.name | default: "Гость" }}', "Чат: Клиент"),
        ('{{ visitor.email | default: "Гость" }}', "Гость"),
        ('{{ traffic.utm_medium | default: "-" }}', "-"),
        ("{{ visitor.phone }} {{ visitor.phone_number }}", "+79161234567 +79161234567"),
        ("{{ tags | join: ', ' }}", "VIP, опт"),
        ("{% for tag in tags %}[{{ tag }}]{% endfor %}", "[VIP][опт]"),
        ("{% if tags contains 'VIP' %}!{% endif %}{{ chat.id }}", "!7"),
        ("{{ chat.date_time | date: '%d.%m.%Y %H:%M' }}", "21.03.2025 05:00"),
        ("{{ 'now' | date: '%Y' }}", "now"),
        ("{{ visitor.custom_properties.Тариф }}", "Бизнес"),
        ("{{ visitor.custom_properties['Тариф'] | upcase }}", "БИЗНЕС"),
        ("  a \n\t b ", "a b"),
        ("{{ nobody.knows.this }}", ""),
    ],
)
def test_a_template_is_filled_with_facts(template: str, title: str) -> None:
    assert problem_of(template) is None
    assert render(template, FACTS) == title


@pytest.mark.parametrize(
    "text", ["{{ chat.id }}", "{% for i in (1..9) %}x{% endfor %}", "<b>{{</b>", "{{ 'a' | upcase }}", "%}{%"]
)
def test_what_a_client_wrote_is_never_a_template(text: str) -> None:
    assert render("{{ visitor.name }}", {"visitor": {"name": text}}) == text


def test_a_title_is_one_line_of_bounded_length() -> None:
    name = "строка\r\nдве\u202e\x00\x07\u2028три\ud800 " + "я" * 300
    title = render("{{ visitor.name }}", {"visitor": {"name": name}})
    assert title.startswith("строка две три яяя")
    assert len(title) == MAX_TITLE
    assert title.endswith("…")


EXPLOSIONS = [
    "{% for i in (1..99999999999) %}x{% endfor %}",
    "{% for i in (1..900) %}{% for j in (1..900) %}{% endfor %}{% endfor %}",
    "{% assign x = 'aaaaaaaaaa' %}{% for i in (1..40) %}{% assign x = x | append: x %}{% endfor %}{{ x }}",
    "{% assign x = 9 %}{% for i in (1..60) %}{% assign x = x | times: x %}{% endfor %}{{ x }}",
    "{% assign x = visitor.name %}{{ x | replace: 'a', x | replace: 'a', x | replace: 'a', x }}",
    "{{ (1..99999999999) | join: ',' }}",
    "{{ (1..99999999) | reverse | first }}",
    "{% assign t = tags %}{% for i in (1..60) %}{% assign t = t | concat: t %}{% endfor %}{{ t | size }}",
    "{% capture x %}{% for i in (1..999) %}{{ visitor.name }}{% endfor %}{% endcapture %}{{ x }}",
    "{{ 1 | divided_by: 0 }}",
    "{{ tags | sort: 5 | sum | times: 'x' | date }}" + "{{ 1 | modulo: 0 }}",
]


@pytest.mark.parametrize("template", EXPLOSIONS)
def test_a_template_that_goes_too_far_is_stopped(template: str) -> None:
    facts = {"visitor": {"name": "a" * 100_000}, "tags": ["a", "b"]}
    began = time.process_time()
    with pytest.raises(TitleError):
        render(template, facts)
    # Far above what it takes and far below what it would take unstopped: a guard, not a measure of speed.
    assert time.process_time() - began < 20
    title, problem = render_or_default(template, "Чат\n7", facts)
    assert title == "Чат 7"
    assert problem


def test_files_cannot_be_read() -> None:
    for tag in ("include", "render"):
        found = problem_of(f"{{% {tag} '/etc/passwd' %}}")
        assert found is not None
        assert tag in found.reason


def test_a_blank_title_falls_back_without_a_problem() -> None:
    assert render_or_default("{{ visitor.email }} ", "Чат 7", FACTS) == ("Чат 7", None)
    assert render_or_default("{{ chat.id }}", "Чат", FACTS) == ("7", None)


def test_a_default_is_text_and_no_template() -> None:
    assert render_or_default("", "{{ chat.id }}", FACTS) == ("{{ chat.id }}", None)


def test_a_mapped_value_keeps_its_lines() -> None:
    assert fill("a\n{{ chat.id }}\n", FACTS) == "a\n7\n"


@pytest.mark.parametrize(
    ("template", "fields"),
    [
        ("Чат: {{ visitor.name | default: chat.id }}", {"visitor.name", "chat.id"}),
        ("{% if tags contains 'VIP' %}{{ traffic.utm_source }}{% endif %}", {"tags", "traffic.utm_source"}),
        ("{% for tag in tags %}{{ tag.name }}{% endfor %}", {"tags"}),
        ("{{ visitor.phone }}", {"visitor.phone_number"}),
        ("{{ visitor['city'] }}", {"visitor.city"}),
        ("{{ visitor.custom_properties.Тариф }}", {"visitor.custom_properties.Тариф"}),
        ("{% assign x = site.id %}{{ x }}", {"site.id"}),
        ("{{ nope.nope }} plain", set()),
        ("{{ broken", set()),
    ],
)
def test_the_fields_of_a_template_are_known(template: str, fields: set[str]) -> None:
    assert template_fields(template) == fields


def test_a_computed_name_may_be_any_of_its_group() -> None:
    assert template_fields("{{ site[chat.status] }}") == {"site.id", "site.domain_name", "chat.status"}


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_a_title_or_a_named_problem(template: str, name: str) -> None:
    title, problem = render_or_default(template, "Чат", {"visitor": {"name": name}})
    assert len(title) <= MAX_TITLE
    assert title or problem is None
    assert "\n" not in title
    problem_of(template)
