"""A broken template is explained in the reader's language, whatever is broken about it."""

import re

import pytest

from app.domain.templates import problem_of
from app.web.liquid_words import in_words

BROKEN = [
    "{{ a", "{{ a | uper }}", "{{ a }", "{% if a %}x", "{% iff a %}", "{% endif %}", "{{ }}", "{{ a.b. }}", "{{ 'a }}",
    "{% for x in %}{% endfor %}", "{% if a == %}{% endif %}", "{{ a b }}", "{% include 'a' %}", "{% assign %}",
    "{{ a | default 'x' }}", "{% if %}{% endif %}", "{{ a | }}", "{{ [ }}", "{% comment %}",
]  # fmt: skip


@pytest.mark.parametrize("template", BROKEN)
def test_no_english_is_left_in_a_russian_reason(template: str) -> None:
    problem = problem_of(template)
    assert problem is not None
    words = in_words(problem.reason, "ru")
    without_code = re.sub(r"«[^»]*»", "", words)
    assert not re.search(r"[A-Za-z]", without_code), words
    assert "{name}" not in words


def test_an_unknown_reason_stays_as_it_is() -> None:
    assert in_words("something new went wrong", "ru") == "something new went wrong"
