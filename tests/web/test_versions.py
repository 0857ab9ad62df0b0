"""Versions of settings over the API: read, compare, go back, carry into another portal."""

from typing import Any

from app.domain.settings import defaults
from app.storage.queries import directory
from tests.domain.documents import chats
from tests.web.house import House
from tests.web.test_settings import OPEN_LINES, fields

USERS = [
    {"id": 1, "title": "Администратор Первый", "active": True, "last_name": "Первый"},
    {"id": 7, "title": "Ответственный Второй", "active": True, "last_name": "Второй"},
]
STAGES = [
    {"id": "NEW", "title": "Новый", "entity": "lead", "category_id": None},
    {"id": "NEW", "title": "Новая", "entity": "deal", "category_id": 0},
    {"id": "C2:NEW", "title": "Заявка", "entity": "deal", "category_id": 2},
]
FIELDS = [{"name": "utmSource"}, {"name": "ufCrm_1"}]


def portal(
    home: House, member: str = "portal-one", users: Any = USERS, stages: Any = STAGES, **more: Any
) -> int:
    """A portal whose directories were read."""
    installation = home.install(member, **more)
    with home.services.sessions.begin() as session:
        for name, rows in (("users", users), ("stages", stages), ("fields_deal", FIELDS[: len(users)])):
            directory.put(session, installation, name, rows, home.clock.now())
    return installation


def save(home: House, token: str, revision: int, document: Any, section: str = "chats") -> None:
    answer = home.call("PUT", f"/settings/{section}", token, {"revision": revision, "settings": document})
    assert answer.status_code == 200, answer.json


def told(home: House, method: str, path: str, token: str, json: Any = None) -> Any:
    answer = home.call(method, path, token, json)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_an_old_version_is_read_and_comes_back_as_a_new_one(both: House) -> None:
    token = both.token(both.install())
    save(both, token, 0, chats(notify=False))
    save(both, token, 1, chats())
    assert told(both, "GET", "/settings/chats/versions/1", token)["settings"]["notify"] is False
    back = told(both, "POST", "/settings/chats/versions/1/restore", token, {"revision": 2})
    assert back == {"revision": 3, "settings": chats(notify=False)}
    assert told(both, "GET", "/settings/chats", token) == back
    late = both.call("POST", "/settings/chats/versions/2/restore", token, {"revision": 2})
    assert (late.status_code, (late.json or {})["current"]) == (409, back)
    defaulted = told(both, "POST", "/settings/chats/versions/0/restore", token, {"revision": 3})
    assert defaulted == {"revision": 4, "settings": defaults("chats")}


def test_a_version_that_contradicts_what_is_in_force_does_not_come_back(home: House) -> None:
    token = home.token(home.install())
    save(home, token, 0, chats())
    quiet = chats(create__on_first=False, create__on_repeat=False, notify=False, transcript__to=[])
    save(home, token, 1, quiet)
    save(home, token, 0, OPEN_LINES, "open_lines")
    refused = home.call("POST", "/settings/chats/versions/1/restore", token, {"revision": 2})
    assert {"create.on_first", "notify"} <= fields(refused).keys()
    assert told(home, "GET", "/settings/chats", token)["revision"] == 2


def test_what_never_was_is_not_found(home: House) -> None:
    token = home.token(home.install())
    for path in ("/versions/1", "/versions/99999999999999999999", "/compare?from=0&to=5"):
        assert home.call("GET", f"/settings/main{path}", token).status_code == 404, path
    gone = home.call("POST", "/settings/main/versions/5/restore", token, {"revision": 0})
    assert gone.status_code == 404


def test_versions_are_compared_key_by_key(home: House) -> None:
    token = home.token(home.install())
    rule = {"filter": None, "assign": {"kind": "user", "user_id": 7}}
    save(home, token, 0, chats())
    save(home, token, 1, chats(create__entity="deal", responsible__rules=[rule], transcript__to=["lead"]))
    found = told(home, "GET", "/settings/chats/compare?from=1&to=2", token)
    assert (found["from"], found["to"]) == (1, 2)
    assert found["changes"] == [
        {"path": "create.entity", "kind": "changed", "from": "lead", "to": "deal"},
        {"path": "responsible.rules.0", "kind": "added", "from": None, "to": rule},
        {"path": "transcript.to.1", "kind": "removed", "from": "deal", "to": None},
        {"path": "transcript.to.2", "kind": "removed", "from": "contact", "to": None},
    ]
    same = told(home, "GET", "/settings/chats/compare?from=2&to=2", token)
    assert same["changes"] == []


def rich() -> dict[str, Any]:
    """Settings that name much of a portal."""
    return chats(
        create__entity="deal",
        pipeline__default={"category_id": 2, "stage_id": "C2:NEW"},
        pipeline__rules=[{"filter": None, "category_id": 0, "stage_id": "NEW"}],
        responsible={
            "rules": [
                {"filter": None, "assign": {"kind": "user", "user_id": 7}},
                {"filter": None, "assign": {"kind": "queue", "user_ids": [7, 1]}},
                {"filter": None, "assign": {"kind": "queue", "user_ids": [7]}},
            ],
            "default_user_id": 7,
            "substitute_user_id": 7,
        },
        mapping=[
            {"source": "traffic.utm_source", "entity": "deal", "field": "utmSource", "mode": "always"},
            {"constant": "x", "entity": "deal", "field": "ufCrm_1", "mode": "always"},
        ],
    )


def test_an_export_is_taken_by_a_portal_that_has_everything(both: House) -> None:
    there = both.token(portal(both))
    save(both, there, 0, rich())
    document = told(both, "GET", "/settings/chats/export", there)
    assert document["names"]["users"]["7"] == "Ответственный Второй"
    here = both.token(portal(both, "portal-two"))
    taken = told(both, "POST", "/settings/chats/import", here, {"document": document, "revision": 0})
    assert taken == {"revision": 1, "settings": rich(), "report": []}


def test_what_the_other_portal_lacks_is_named_and_left_out_only_when_told_so(both: House) -> None:
    there = both.token(portal(both))
    save(both, there, 0, rich())
    document = told(both, "GET", "/settings/chats/export", there)
    here = both.token(portal(both, "portal-two", users=USERS[:1], stages=STAGES[:2]))
    body = {"document": document, "revision": 0}
    refused = both.call("POST", "/settings/chats/import", here, body)
    lacks = fields(refused)
    assert lacks.keys() == {
        "pipeline.default.category_id", "responsible.rules.0.assign.user_id",
        "responsible.rules.1.assign.user_ids.0", "responsible.rules.2.assign.user_ids.0",
        "responsible.default_user_id", "responsible.substitute_user_id", "mapping.1.field",
    }  # fmt: skip
    assert "Ответственный Второй" in lacks["responsible.default_user_id"]
    assert told(both, "GET", "/settings/chats", here)["revision"] == 0
    taken = told(both, "POST", "/settings/chats/import", here, body | {"force": True})
    assert {row["field"] for row in taken["report"]} == lacks.keys()
    left = taken["settings"]
    assert left["pipeline"] == {
        "default": {"category_id": 0, "stage_id": "NEW"},
        "rules": [{"filter": None, "category_id": 0, "stage_id": "NEW"}],
    }
    assert left["responsible"] == {
        "rules": [{"filter": None, "assign": {"kind": "queue", "user_ids": [1]}}],
        "default_user_id": 1,
        "substitute_user_id": None,
    }
    assert [row["field"] for row in left["mapping"]] == ["utmSource"]


def test_settings_with_leads_come_into_a_portal_without_them(home: House) -> None:
    there = home.token(portal(home))
    save(
        home,
        there,
        0,
        chats(mapping=[{"constant": "x", "entity": "lead", "field": "title", "mode": "always"}]),
    )
    document = told(home, "GET", "/settings/chats/export", there)
    here = home.token(portal(home, "portal-two", stages=STAGES[1:], crm_mode="simple"))
    body = {"document": document, "revision": 0}
    refused = fields(home.call("POST", "/settings/chats/import", here, body))
    assert refused.keys() == {"create.entity", "transcript.to.0", "mapping.0.entity"}
    left = told(home, "POST", "/settings/chats/import", here, body | {"force": True})["settings"]
    assert left["create"]["entity"] == "deal"
    assert left["transcript"]["to"] == ["deal", "contact"]
    assert left["mapping"] == []


def test_contradictions_refuse_an_import_even_by_force(home: House) -> None:
    there = home.token(portal(home))
    save(home, there, 0, chats())
    document = told(home, "GET", "/settings/chats/export", there)
    here = home.token(portal(home, "portal-two"))
    save(home, here, 0, OPEN_LINES, "open_lines")
    body = {"document": document, "revision": 0, "force": True}
    assert "create.on_first" in fields(home.call("POST", "/settings/chats/import", here, body))
    assert told(home, "GET", "/settings/chats", here)["revision"] == 0


def test_what_is_no_export_is_refused_with_its_fields(home: House) -> None:
    token = home.token(home.install())
    export = told(home, "GET", "/settings/main/export", token)
    for change, field in (
        ({"format": "other"}, "document.format"),
        ({"section": "chats"}, "document.section"),
        ({"version": 2}, "document.version"),
        ({"settings": None}, "document.settings"),
        ({"settings": {"enabled": 1}}, "enabled"),
    ):
        body = {"document": export | change, "revision": 0}
        assert fields(home.call("POST", "/settings/main/import", token, body)).keys() == {field}
    late = home.call("POST", "/settings/main/import", token, {"document": export, "revision": 4})
    assert late.status_code == 409


def test_another_portals_versions_are_not_reached(home: House) -> None:
    first, second = home.install(), home.install("portal-two")
    save(home, home.token(first), 0, {"enabled": False}, "main")
    assert home.call("GET", "/settings/main/versions/1", home.token(second)).status_code == 404
    employee = home.token(first, admin=False)
    assert home.call("GET", "/settings/main/versions/1", employee).status_code == 403
    assert home.call("GET", "/settings/main/export", employee).status_code == 403
