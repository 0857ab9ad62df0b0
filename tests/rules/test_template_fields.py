"""A template is given only the fields that it uses: it comes out as if it had been given all of them."""

from typing import Any

import pytest

from app.domain.source_fields import ALIASES, SOURCE_FIELDS
from app.domain.templates import parse
from app.rules import titles

FACTS: dict[str, Any] = {
    "visitor": {
        "name": "Гость", "phone_number": "79", "phones": ["1", "2"], "city": "Казань",
        "custom_properties": {"Любимый цвет": "красный", "b": "2"},
    },
    "traffic": {"utm_source": "city"}, "tags": ["a", "b"], "chat": {"channel_name": "c"},
    "segments": [{"segment_name": "s"}],
}  # fmt: skip


@pytest.mark.parametrize(
    "template",
    [
        "{{ visitor.name }}",
        "{{ visitor.phone }}{{ visitor.phone_number }}",
        "{% for t in tags %}{{ t }},{% endfor %}",
        "{{ visitor['name'] }}",
        "{% assign v = visitor %}{{ v.city }}",
        "{% assign k = 'city' %}{{ visitor[k] }}",
        "{{ visitor[traffic.utm_source] }}",
        "{{ visitor.custom_properties.b }}",
        "{{ visitor.custom_properties['Любимый цвет'] }}",
        "{% for p in visitor.custom_properties %}{{ p[0] }}{{ p[1] }}{% endfor %}",
        "{% if traffic.utm_source == 'city' %}{{ chat.channel_name }}{% endif %}",
        "{{ visitor.phones[0] }}{{ visitor.phones.size }}{{ visitor.phones | join: '-' }}",
        "{{ tags | join: visitor.city }}",
        "{{ ['visitor'].name }}",
        "{% assign root = 'visitor' %}{{ [root].city }}",
        "{{ tags.first }}{{ tags[0] }}",
        "{{ visitor.email | default: visitor.city }}",
        "{% case traffic.utm_source %}{% when 'city' %}{{ visitor.name }}{% endcase %}",
        "{% capture x %}{{ visitor.name }}{% endcapture %}{{ x }}",
        "{% unless visitor.email %}{{ segments | join }}{% endunless %}",
        "{% assign name = traffic.utm_source %}{{ name }}{{ visitor.name }}",
        "{% cycle visitor.name, visitor.city %}",
        "{% liquid echo visitor.city %}",
    ],
)
def test_a_template_misses_nothing(template: str) -> None:
    everything = titles._context(FACTS, (*SOURCE_FIELDS, *ALIASES))
    made = titles.fill(template, FACTS)
    assert made == parse(template).render(**everything)
    assert made.strip()
