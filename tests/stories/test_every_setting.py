"""Every setting of Chats and of Offline requests: set on the page, saved, and there again after a reload."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Come
from tests.stories.editors import Editors
from tests.stories.every_key import untouched
from tests.stories.person import Person
from tests.stories.stage import Stage

# Everything is set by hand, in three dozen steps of a real browser.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
CASES = [(section, lang) for section in ("chats", "offline") for lang in ("ru", "en")]
FIRST_FIELD = {"chats": "chat.channel_type", "offline": "request.form_type"}
FIRST_VALUE = {"chats": "WhatsApp", "offline": "DataAPI"}
STORED_VALUE = {"chats": "whatsapp", "offline": "DataAPI"}
LATE = {"chats": "end", "offline": "processed"}


def is_(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "cmp": "eq", "value": value}


def set_follow(hands: Editors, section: str) -> dict[str, Any]:
    """Channels, filter, contacts; what is stored of them."""
    stored: dict[str, Any] = {}
    if section == "chats":
        hands.card("channels.mode", "communication.channels.selected")
        hands.pick("channels.ids", "WhatsApp")
        stored["channels"] = {"mode": "selected", "ids": [740805]}
    hands.begin("filter")
    hands.condition("filter.items.0", FIRST_FIELD[section])
    hands.pick("filter.items.0.value", FIRST_VALUE[section])
    hands.more("filter", "editors.filter.addGroup")
    hands.condition("filter.items.1.items.0", "visitor.city", "contains")
    hands.box("filter.items.1.items.0.value").locator("input").fill("Моск")
    hands.condition("filter.items.1.items.1", "visitor.visits_count", "gt", "number")
    hands.box("filter.items.1.items.1.value").locator("input").fill("2")
    hands.switch("without_contacts")
    inner = [
        {"field": "visitor.city", "cmp": "contains", "value": "Моск"},
        {"field": "visitor.visits_count", "cmp": "gt", "value": 2},
    ]
    first = is_(FIRST_FIELD[section], STORED_VALUE[section])
    stored["filter"] = {"op": "and", "items": [first, {"op": "or", "items": inner}]}
    return stored | {"without_contacts": True}


def set_creation(hands: Editors, section: str) -> dict[str, Any]:
    hands.switch("create.on_first")
    hands.switch("create.into_open")
    hands.card("create.what", "communication.create.what.crm.title")
    hands.card("create.entity", "communication.create.entity.deal.title")
    hands.card("create.moment", f"communication.create.moment.{LATE[section]}.title")
    return {
        "create": {
            "on_first": False, "on_repeat": True, "what": "crm", "entity": "deal", "moment": LATE[section],
            "into_open": False,
        }
    }  # fmt: skip


def set_responsible(hands: Editors) -> dict[str, Any]:
    """A rule for a person, one for a queue, the default, who stands in, and the notification."""
    words = hands.words
    for number in range(2):
        hands.block("responsible").get_by_role(
            "button", name=words("communication.responsible.add"), exact=True
        ).click()
        hands.condition(f"responsible.rules.{number}.filter.items.0", "visitor.city")
        hands.type_into_list(f"responsible.rules.{number}.filter.items.0.value", ["Казань", "Самара"][number])
    hands.user("responsible.rules.0.assign.user_id", "Иван Петров")
    kind = hands.box("responsible.rules.1.assign.kind")
    kind.locator("button").click()
    hands.option(words("communication.assign.queue.title")).click()
    for name in ("Ольга Ким", "Иван Петров"):
        hands.frame.locator('[data-rule="responsible.rules.1"]').get_by_role(
            "button", name=words("editors.people.add")
        ).click()
        hands.option(name).click()
    hands.user("responsible.default_user_id", "Анна Смирнова")
    hands.user("responsible.substitute_user_id", "Ольга Ким")
    hands.switch("notify")
    rules = [
        {
            "filter": {"op": "and", "items": [is_("visitor.city", "Казань")]},
            "assign": {"kind": "user", "user_id": 7},
        },
        {
            "filter": {"op": "and", "items": [is_("visitor.city", "Самара")]},
            "assign": {"kind": "queue", "user_ids": [9, 7]},
        },
    ]
    return {
        "responsible": {"rules": rules, "default_user_id": 1, "substitute_user_id": 9}, "notify": False,
    }  # fmt: skip


def set_pipelines(hands: Editors) -> dict[str, Any]:
    hands.pick("pipeline.default.category_id", "Опт")
    hands.pick("pipeline.default.stage_id", "Подготовка документов")
    hands.block("pipeline").get_by_role(
        "button", name=hands.words("communication.pipeline.add"), exact=True
    ).click()
    hands.condition("pipeline.rules.0.filter.items.0", "visitor.device")
    device = {"ru": "Телефон", "en": "Phone"}[hands.words.lang]
    hands.pick("pipeline.rules.0.filter.items.0.value", device)
    hands.pick("pipeline.rules.0.category_id", "Общая")
    hands.pick("pipeline.rules.0.stage_id", "В работе")
    rule = {
        "filter": {"op": "and", "items": [is_("visitor.device", "mobile")]}, "category_id": 0, "stage_id": "EXECUTING",
    }  # fmt: skip
    return {"pipeline": {"default": {"category_id": 2, "stage_id": "C2:PREPARATION"}, "rules": [rule]}}


def set_first_titles(hands: Editors) -> dict[str, str]:
    """Names of a lead and an activity, while the settings are to make them."""
    titles = {"lead": "Лид {{ visitor.city }}", "activity": "Дело {{ visitor.city }}"}
    for kind, text in titles.items():
        hands.box(f"titles.{kind}").locator("input").first.fill(text)
    return titles


def set_titles(hands: Editors, before: dict[str, str]) -> dict[str, Any]:
    hands.box("titles.contact").locator("input").first.fill("Клиент {{ visitor.city }}")
    line = hands.box("titles.deal").locator("input").first
    line.fill("Новая: ")
    hands.box("titles.deal").get_by_role("button", name=hands.words("editors.template.insert")).click()
    hands.option({"ru": "имя", "en": "name"}[hands.words.lang]).click()
    expect(line).to_have_value("Новая: {{ visitor.name }}")
    expect(line).to_be_focused()
    return {"titles": before | {"contact": "Клиент {{ visitor.city }}", "deal": "Новая: {{ visitor.name }}"}}


def set_mapping(hands: Editors) -> dict[str, Any]:
    """A field of UIS, a value of a list, and a template; "always", "if empty" and "append"."""
    add = hands.block("mapping").get_by_role("button", name=hands.words("editors.mapping.add"), exact=True)
    add.click()
    hands.pick("mapping.0.field", "UTM Source", searched=True)
    hands.pick("mapping.0.source", "utm_source", searched=True)
    add.click()
    hands.pick("mapping.1.entity", hands.words("editors.entities.contact"))
    hands.pick(
        "mapping.1.field", {"ru": "Источник", "en": "Source"}[hands.words.lang], searched=True, whole=True
    )
    origin(hands, 1, "constant")
    hands.pick("mapping.1.constant", "Веб-сайт")
    hands.pick("mapping.1.mode", hands.words("editors.mapping.mode.if_empty"))
    add.click()
    hands.pick("mapping.2.field", {"ru": "Комментарий", "en": "Comment"}[hands.words.lang], searched=True)
    origin(hands, 2, "template")
    hands.box("mapping.2.template").locator("input").first.fill("Город: {{ visitor.city }}")
    hands.pick("mapping.2.mode", hands.words("editors.mapping.mode.append"))
    return {
        "mapping": [
            {"entity": "deal", "field": "utmSource", "mode": "always", "source": "traffic.utm_source"},
            {"entity": "contact", "field": "sourceId", "mode": "if_empty", "constant": "WEB"},
            {
                "entity": "deal",
                "field": "comments",
                "mode": "append",
                "template": "Город: {{ visitor.city }}",
            },
        ]
    }


def origin(hands: Editors, row: int, name: str) -> None:
    """Where the value of a row comes from."""
    line = hands.frame.locator(f'[data-line="mapping.{row}"]')
    line.get_by_role("combobox", name=hands.words("editors.mapping.from")).click()
    hands.frame.get_by_role("option", name=hands.words(f"editors.mapping.origin.{name}"), exact=True).click()


def set_transcript(hands: Editors) -> dict[str, Any]:
    for target in ("lead", "company"):
        hands.tick("transcript.to", f"editors.entities.{target}")
    hands.card("transcript.moment", f"{moment_words(hands.person)}.live.title")
    hands.begin("transcript.filter")
    hands.condition("transcript.filter.items.0", "tags", "empty", "list")
    hands.switch("transcript.files")
    return {
        "transcript": {
            "to": ["deal", "contact", "company"], "moment": "live", "files": False,
            "filter": {"op": "and", "items": [{"field": "tags", "cmp": "empty"}]},
        }
    }  # fmt: skip


def moment_words(person: Person) -> str:
    section = (
        "offline" if person.frame.locator('[data-field="channels.mode"]').count() == 0 else "communication"
    )
    return f"{section}.transcript.moment"


def shown_again(person: Person, hands: Editors, section: str) -> None:
    """After a reload the page shows what was saved."""
    person.open(section)
    person.sees(person.words(f"{section}.toggle.on"))
    expect(person.button("save.save")).to_be_disabled()
    sentence = hands.block("follow").get_by_test_id("sentence")
    expect(sentence).to_contain_text("Моск")
    expect(sentence).to_contain_text(FIRST_VALUE[section])
    expect(person.frame.locator('[data-rule="responsible.rules.1"]')).to_contain_text(
        "Ольга Ким, Иван Петров"
    )
    expect(person.frame.locator('[data-rule="pipeline.rules.0"]')).to_contain_text("В работе")
    expect(person.field("pipeline.default.category_id")).to_contain_text("Опт")
    expect(person.field("mapping.1.constant")).to_contain_text("Веб-сайт")
    expect(person.field("titles.deal").locator("input").first).to_have_value("Новая: {{ visitor.name }}")
    expect(person.button("save.save")).to_be_disabled()
    for block in ("follow", "responsible", "mapping", "transcript"):
        hands.block(block).scroll_into_view_if_needed()
        person.picture(f"{section}-{block}", top=False)


@pytest.mark.parametrize(("section", "lang"), CASES)
def test_every_setting_is_there_after_a_reload(come: Come, stage: Stage, section: str, lang: str) -> None:
    # Fields of the CRM are read in the language of the portal.
    stage.portal.language = lang
    api = stage.connect()
    before = stage.settings(api, section)
    person = come(lang)
    hands = Editors(person)
    person.open(section)
    person.picture(f"{section}-off")
    person.frame.get_by_role("switch", name=person.words(f"{section}.toggle.title"), exact=True).click()
    person.sees(person.words(f"{section}.toggle.on"))
    wish = before | {"enabled": True}
    titles = before["titles"] | set_first_titles(hands)
    wish |= set_follow(hands, section)
    wish |= set_creation(hands, section)
    wish |= set_responsible(hands)
    wish |= set_pipelines(hands)
    wish |= set_titles(hands, titles)
    wish |= set_mapping(hands)
    wish |= set_transcript(hands)
    expect(person.frame.get_by_role("img", name=person.words("tabs.unsaved"))).to_be_visible()
    person.saves()
    assert stage.settings(api, section) == wish
    person.picture(f"{section}-filled")

    shown_again(person, hands, section)
    # Last, because with both off the page hides what is of no use then.
    hands.switch("create.on_repeat")
    person.saves()
    wish["create"]["on_repeat"] = False
    assert stage.settings(api, section) == wish
    assert not untouched(section, before, wish), "this story does not set them"
    person.open(section)
    expect(person.field("create.on_repeat").get_by_role("switch")).not_to_be_checked()
