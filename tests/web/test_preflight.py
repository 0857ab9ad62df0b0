"""Pre-flight over the API: what would go wrong is told before a client writes, and silence when nothing would."""

from typing import Any

from app.storage.models import Employee
from app.storage.queries import directory
from tests.domain.documents import chats
from tests.web.house import House

SCOPES = "crm,placement,im,user,imopenlines,imconnector"
USERS = [{"id": 1, "title": "Администратор Первый", "active": True, "last_name": "Первый"}]
ENGINE = {"name": "ufCrm_1", "entity": "lead", "title": "Тип двигателя", "required": True, "read_only": False}


def portal(home: House, *, scope: str = SCOPES, **lists: Any) -> str:
    """A portal with these directories whose chats make leads; the administrator's session."""
    installation = home.install(scope=scope)
    with home.services.sessions.begin() as session:
        for name, rows in ({"users": USERS} | lists).items():
            directory.put(session, installation, name, rows, home.clock.now())
    token = home.token(installation)
    home.call("PUT", "/settings/chats", token, {"revision": 0, "settings": chats()})
    return token


def told(home: House, token: str, name: str) -> tuple[str, str] | None:
    answer = home.call("GET", "/health", token).json
    assert answer is not None
    return next(((row["state"], row["text"]) for row in answer["checks"] if row["name"] == name), None)


def test_where_nothing_is_wrong_nothing_is_said(home: House) -> None:
    token = portal(home, fields_lead=[ENGINE | {"required": False}, {"name": "title", "required": True}])
    for name in ("scopes", "required_fields", "pairs", "last_names", "test_chat"):
        assert told(home, token, name) is None, name


def test_required_fields_that_nobody_fills_in_are_named(both: House) -> None:
    token = portal(both, fields_lead=[ENGINE], fields_deal=[ENGINE | {"name": "ufCrm_2", "entity": "deal"}])
    found = told(both, token, "required_fields")
    assert found is not None
    assert found[0] == "broken"
    assert "лид: Тип двигателя." in found[1]
    row = {"constant": "Бензин", "entity": "lead", "field": "ufCrm_1", "mode": "always"}
    saved = both.call("PUT", "/settings/chats", token, {"revision": 1, "settings": chats(mapping=[row])})
    assert saved.status_code == 200, saved.json
    assert told(both, token, "required_fields") is None


def test_missing_scopes_are_told_by_what_they_break(home: House) -> None:
    assert (told(home, portal(home, scope="crm,im,user"), "scopes") or ("",))[0] == "broken"


def test_scopes_of_open_lines_are_a_warning(home: House) -> None:
    found = told(home, portal(home, scope="crm,placement,im,user"), "scopes")
    assert found == ("warning", "Для открытых линий не хватает прав: imconnector, imopenlines")


def test_people_who_cannot_take_part_are_named(home: House) -> None:
    nameless = {"id": 9, "title": "Ольга", "active": True, "last_name": " "}
    token = portal(home, users=[*USERS, nameless, nameless | {"id": 10, "active": False}])
    with home.services.sessions.begin() as session:
        for number in range(1, 6):
            session.add(
                Employee(installation_id=1, uis_id=number, full_name=f"Оператор {number}", active=number < 5)
            )
    assert told(home, token, "last_names") == (
        "warning", "Пользователи Битрикс24 без фамилии не могут участвовать (1): Ольга",
    )  # fmt: skip
    pairs = told(home, token, "pairs")
    assert pairs is not None
    assert pairs[1].endswith("(4): Оператор 1, Оператор 2, Оператор 3 и ещё 1")


def test_a_test_chat_that_did_not_clean_up_is_told(home: House) -> None:
    kept = {
        "state": "running",
        "number": 5,
        "remove": True,
        "cleaned": False,
        "started_at": "2026-01-12T09:00:00+00:00",
    }
    token = portal(home, test_chat=[kept])
    assert told(home, token, "test_chat") is None
    home.clock.advance(301)
    assert (told(home, token, "test_chat") or ("",))[0] == "warning"
