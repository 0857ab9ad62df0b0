"""Settings documents: what is taken, what is refused, and where the error is named."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.base.texts import catalogue
from app.domain.settings import SECTIONS, SettingsError, defaults, document, parse
from tests.domain.documents import chats, condition, errors, group

SETTINGS = Path(__file__).parents[2] / "app" / "domain" / "settings"


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_defaults_are_a_document_that_can_be_saved(section: str, lang: str) -> None:
    for simple in (False, True):
        made = defaults(section, simple_crm=simple, lang=lang)
        assert document(parse(section, made)) == made
        assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize("section", SECTIONS)
def test_what_is_saved_is_what_is_read(section: str) -> None:
    for value in SAVED[section]:
        assert document(parse(section, copy.deepcopy(value))) == value


def test_a_portal_without_leads_starts_without_them() -> None:
    made = defaults("offline", simple_crm=True)
    assert made["create"]["entity"] == "deal"
    assert "lead" not in made["transcript"]["to"]


def test_an_english_portal_starts_with_english_titles() -> None:
    assert defaults("chats", lang="en")["titles"]["lead"] == 'Chat: {{ visitor.name | default: "Guest" }}'
    assert defaults("chats")["titles"]["lead"] == 'Чат: {{ visitor.name | default: "Гость" }}'


NESTED = group(
    condition("traffic.utm_source", "eq", "yandex"),
    group(condition("tags", "in", ["VIP", "опт"]), condition("visitor.city", "empty"), op="or"),
    group(op="or"),
    condition("visitor.custom_properties.Тариф", "not_empty", None),
)

SAVED: dict[str, list[dict[str, Any]]] = {
    "main": [{"enabled": False}],
    "chats": [
        chats(
            filter=NESTED,
            channels={"mode": "selected", "ids": [740805]},
            pipeline={
                "default": {"category_id": None, "stage_id": "NEW"},
                "rules": [{"filter": NESTED, "category_id": 2, "stage_id": "C2:NEW"}],
            },
            responsible={
                "rules": [
                    {"filter": None, "assign": {"kind": "user", "user_id": 7}},
                    {"filter": NESTED, "assign": {"kind": "operator"}},
                    {"filter": None, "assign": {"kind": "crm_responsible"}},
                    {"filter": None, "assign": {"kind": "queue", "user_ids": [7, 9]}},
                ],
                "default_user_id": 1,
                "substitute_user_id": None,
            },
            mapping=[
                {
                    "source": "traffic.utm_source",
                    "entity": "lead",
                    "field": "utmSource",
                    "mode": "always",
                },
                {"constant": 1.5, "entity": "deal", "field": "ufCrm_1234567890", "mode": "if_empty"},
                {"constant": ["a", 2], "entity": "contact", "field": "ufCrm_1", "mode": "append"},
                {
                    "template": "{{ chat.id }}",
                    "source": None,
                    "entity": "activity",
                    "field": "line",
                    "mode": "always",
                },
            ],
        )
    ],
    "offline": [{**defaults("offline"), "filter": NESTED}],
    "open_lines": [
        {
            "enabled": True,
            "lines": [{"channel_id": 740805, "line_id": 3}],
            "default_employee_id": 367852,
            "signature": False,
        }
    ],
    "open_lines_analytics": [
        {
            "enabled": True,
            "events": ["ONCRMDEALADD"],
            "employee_id": 367852,
            "employee_mode": "fallback",
            "idle_minutes": 60,
            "traffic_type": "source",
            "default": {"source_id": 11, "site_id": 5},
            "messengers": [{"connector": "telegrambot", "source_id": 12, "site_id": 5}],
        },
        {
            "enabled": True,
            "events": [],
            "employee_id": 1,
            "employee_mode": "always",
            "idle_minutes": 5,
            "traffic_type": "campaign",
            "default": {"campaign_id": 9},
            "messengers": [{"connector": "viber", "campaign_id": 9}],
        },
    ],
    "workplace": [
        {
            "enabled": True,
            "mode": "uis",
            "url": "https://workplace.example/chats",
            "visibility": "department",
            "remind_minutes": 15,
        }
    ],
}


def test_all_errors_come_at_once() -> None:
    wrong = chats(notify=1, extra=1, filter=group(condition("nope", "eq", 1)), titles__lead="{{")
    wrong["responsible"]["default_user_id"] = None
    assert set(errors("chats", wrong)) == {
        "notify",
        "extra",
        "filter.items.0.field",
        "titles.lead",
        "responsible.default_user_id",
    }


@pytest.mark.parametrize(
    ("on_first", "on_repeat", "enabled", "refused"),
    [
        (True, False, True, True),
        (False, True, True, True),
        (False, False, True, False),
        (True, True, False, False),
    ],
)
def test_a_responsible_is_wanted_as_soon_as_something_is_created(
    on_first: bool, on_repeat: bool, enabled: bool, refused: bool
) -> None:
    value = chats(enabled=enabled, create__on_first=on_first, create__on_repeat=on_repeat)
    value["responsible"]["default_user_id"] = None
    if refused:
        assert errors("chats", value) == {"responsible.default_user_id": "default_user_required"}
    else:
        parse("chats", value)


@pytest.mark.parametrize(
    ("template", "line", "column"),
    [
        ("Чат\n {{ visitor.name }}{{ a b }}", 2, 25),
        ("Чат\n {{ visitor.name | }}", 2, 2),
        ("{{ visitor.name | shout }}", 1, 19),
        ("Чат {% if tags %}VIP", 1, 21),
    ],
)
def test_the_place_of_a_template_error_is_told(template: str, line: int, column: int) -> None:
    with pytest.raises(SettingsError) as caught:
        parse("chats", chats(titles__lead=template))
    params = caught.value.errors[0].params
    assert (params["line"], params["column"]) == (line, column)


@pytest.mark.parametrize("depth", [200, 100_000])
def test_a_bottomless_filter_is_refused_in_words(depth: int) -> None:
    bottomless: dict[str, Any] = group()
    place = bottomless
    for _ in range(depth):
        place["items"].append(group())
        place = place["items"][0]
    assert errors("chats", chats(filter=bottomless)) == {"filter": "too_deep"}
    while bottomless["items"]:  # taken apart by hand: the interpreter's own clean-up recurses
        bottomless = bottomless["items"].pop()


def test_every_error_has_a_text_in_both_languages() -> None:
    source = "".join(path.read_text("utf-8") for path in SETTINGS.glob("*.py"))
    codes = set(re.findall(r'refuse\(\s*"(\w+)"', source))
    codes |= set(re.findall(r'FieldError\([^,()]+(?:\[[^]]*\])?, "(\w+)"', source))
    codes |= set(re.findall(r'": \("(\w+)", \(', source)) | set(re.findall(r', "(type_\w+)"', source))
    assert len(codes) > 30
    for lang in ("ru", "en"):
        assert {f"settings.{code}" for code in codes} - set(catalogue(lang)) == set()
