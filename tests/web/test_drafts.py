"""What the editors ask the server about a draft: remarks, values that were seen, fields and their types."""

from typing import Any

import pytest

from app.storage.queries import directory
from tests.domain.documents import chats, condition, group
from tests.web.house import House
from tests.web.test_rehearsal import talk


def keep(home: House, installation: int, name: str, *rows: dict[str, Any]) -> None:
    with home.services.sessions.begin() as session:
        directory.put(session, installation, name, list(rows), home.clock.now())


def remarks(home: House, token: str, draft: dict[str, Any]) -> list[dict[str, str]]:
    answer = home.call("POST", "/settings/chats/remarks", token, {"settings": draft})
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    found: list[dict[str, str]] = answer.json["items"]
    return found


def test_what_the_portal_has_lost_is_told_with_what_happens(both: House) -> None:
    installation = both.install()
    token = both.token(installation)
    keep(both, installation, "stages", {"id": "NEW", "entity": "lead", "category_id": None, "title": "Новый"})
    keep(
        both,
        installation,
        "users",
        {"id": 1, "title": "Анна Смирнова", "last_name": "Смирнова", "active": True},
    )
    draft = chats(
        pipeline__default={"category_id": None, "stage_id": "GONE"}, responsible__default_user_id=99
    )
    stage, user = remarks(both, token, draft)
    assert (stage["kind"], stage["field"]) == ("lost", "pipeline.default.stage_id")
    assert "GONE" in stage["message"]
    assert "общей воронки" in stage["message"]
    assert (user["kind"], user["field"]) == ("lost", "responsible.default_user_id")


def test_hints_stand_at_their_fields_in_the_language_of_the_reader(home: House) -> None:
    installation = home.install()
    draft = chats(filter=group(condition("request.form_name", "empty")))
    found = remarks(home, home.token(installation, lang="en"), draft)
    assert found == [
        {
            "kind": "hint",
            "field": "filter.items.0.field",
            "message": "Chats do not have this field: it is always empty",
        }
    ]


def test_a_draft_that_cannot_be_read_has_no_remarks(home: House) -> None:
    assert remarks(home, home.token(home.install()), {"enabled": "maybe"}) == []


def test_a_constant_is_tried_on_the_real_field(home: House) -> None:
    installation = home.install()
    keep(
        home,
        installation,
        "fields_lead",
        {"name": "ufCrm_1", "type": "date", "title": "День", "custom": True},
    )
    row = {"entity": "lead", "field": "ufCrm_1", "mode": "always", "constant": "вчера"}
    found = remarks(home, home.token(installation), chats(mapping=[row]))
    assert [one["message"] for one in found] == ["«вчера» не дата"]


def test_values_that_were_seen_come_commonest_first(both: House) -> None:
    installation = both.install()
    for number, city in enumerate(["Казань", "Москва", "Казань", None]):
        talk(both, installation, number + 1, **({"city": city} if city else {}))
    talk(both, installation, 9, kind="offline", city="Пермь")
    token = both.token(installation)
    told = both.call("GET", "/settings/chats/seen?field=visitor.city", token).json
    assert told == {"items": [{"value": "Казань", "count": 2}, {"value": "Москва", "count": 1}]}
    told = both.call("GET", "/settings/offline/seen?field=visitor.city", token).json
    assert told == {"items": [{"value": "Пермь", "count": 1}]}


def test_an_unknown_field_was_never_seen(home: House) -> None:
    answer = home.call("GET", "/settings/chats/seen?field=visitor.nmae", home.token(home.install()))
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"][0]["field"] == "field"


@pytest.mark.parametrize("path", ["/settings/chats/seen?field=visitor.city", "/settings/chats/remarks"])
def test_drafts_and_values_of_clients_are_for_administrators(home: House, path: str) -> None:
    token = home.token(home.install(), admin=False)
    method, body = ("GET", None) if "seen" in path else ("POST", {"settings": chats()})
    assert home.call(method, path, token, body).status_code == 403


def test_fields_come_with_what_may_be_written_into_them(home: House) -> None:
    installation = home.install()
    keep(
        home, installation, "fields_deal",
        {"name": "ufCrm_7", "type": "enumeration", "title": "Цвет", "custom": True, "multiple": True,
         "items": [{"id": "44", "title": "Красный"}]},
        {"name": "createdTime", "type": "datetime", "title": "Создана", "read_only": True},
        {"name": "stageId", "type": "crm_status", "title": "Стадия"},
    )  # fmt: skip
    rows = home.call("GET", "/directory/fields", home.token(installation)).json
    assert rows is not None
    found = {(row["entity"], row["name"]): row for row in rows}
    colour = found["deal", "ufCrm_7"]
    assert (colour["refusal"], colour["appendable"]) == (None, True)
    assert colour["items"] == [{"id": "44", "title": "Красный"}]
    assert found["deal", "createdTime"]["refusal"] == "Портал не даёт менять это поле"
    assert found["deal", "stageId"]["refusal"] == "Значение этого поля определяют другие настройки"
    assert {name for entity, name in found if entity == "activity"} == {"text", "deadline", "badgeCode"}
    assert found["activity", "text"]["refusal"] is None


def test_types_of_fields_are_named_and_say_what_suits_them(home: House) -> None:
    rows = home.call("GET", "/directory/field_types", home.token(home.install(), lang="en")).json
    assert rows is not None
    types = {row["id"]: row for row in rows}
    assert types["double"]["title"] == "Number"
    assert types["double"]["accepts"]["date"] == "no"
    assert all(row["title"] != row["id"] for row in rows)
