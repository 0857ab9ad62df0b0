"""People of both sides: who cannot take part and what depends on them, and whose authorizations are kept."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.settings import defaults
from app.storage.models import Chain, Employee
from app.storage.queries import absences, directory, settings
from tests.web.house import START, House

USERS: list[dict[str, Any]] = [
    {"id": 1, "title": "Анна Смирнова", "last_name": "Смирнова", "active": True},
    {"id": 7, "title": "Иван", "last_name": " ", "active": True},
    {"id": 9, "title": "Ольга Ким", "last_name": "Ким", "active": False},
    {"id": 11, "title": "Прежний Сотрудник", "last_name": "Сотрудник", "active": False},
    {"id": 12, "title": "Пётр Отпускной", "last_name": "Отпускной", "active": True},
]


def people(home: House, installation: int, **responsible: Any) -> None:
    """The directory of the portal, and settings that name some of it."""
    wish = defaults("chats") | {"enabled": True}
    wish["responsible"] |= {"default_user_id": 1} | responsible
    with home.services.sessions.begin() as session:
        directory.put(session, installation, "users", USERS, START)
        absences.keep(session, installation, {12: START.date(), 1: START.date() - timedelta(days=1)}, START)
        settings.save(
            session,
            installation_id=installation,
            section="chats",
            revision=0,
            document=wish,
            author_id=1,
            now=START,
        )


def chain(home: House, installation: int, user_id: int, **values: Any) -> None:
    """A kept authorization."""
    made = {
        "is_admin": True, "access_token": "sealed", "refresh_token": "sealed", "refresh_hash": str(user_id),
        "expires_at": START, "refreshed_at": START, "seen_at": START,
    }  # fmt: skip
    with home.services.sessions.begin() as session:
        session.add(Chain(installation_id=installation, user_id=user_id, **(made | values)))


def test_who_cannot_take_part_is_told_with_what_depends_on_them(home: House) -> None:
    installation = home.install()
    rules = [
        {"filter": None, "assign": {"kind": "queue", "user_ids": [9, 12]}},
        {"filter": None, "assign": {"kind": "user", "user_id": 9}},
    ]
    people(home, installation, rules=rules, substitute_user_id=9)
    with home.services.sessions.begin() as session:
        session.add(
            Employee(
                installation_id=installation, uis_id=5, full_name="Оператор", user_id=9, joined_by="hand"
            )
        )
    told = home.call("GET", "/employees/attention", home.token(installation)).json
    assert told is not None
    found = {row["user_id"]: row for row in told}
    assert {number: row["problem"] for number, row in found.items()} == {
        7: "no_last_name", 9: "dismissed", 12: "absent",
    }  # fmt: skip
    assert found[9]["used_in"] == [
        "Чаты: правило ответственного № 1", "Чаты: правило ответственного № 2", "Чаты: замещающий",
        "Пара сотрудника UIS «Оператор»",
    ]  # fmt: skip
    assert found[7]["url"] == "https://portal-one.example/company/personal/user/7/"


def test_the_first_authorization_is_used_and_the_others_wait(home: House) -> None:
    installation = home.install()
    people(home, installation)
    chain(home, installation, 9, seen_at=START + timedelta(days=1))
    chain(home, installation, 1, is_installer=True)
    chain(home, installation, 12, state="dead", problem="invalid_grant")
    token = home.token(installation)
    told = home.call("GET", "/access", token).json
    assert told is not None
    assert [(row["name"], row["role"], row["installer"]) for row in told["items"]] == [
        ("Анна Смирнова", "used", True), ("Ольга Ким", "reserve", False), ("Пётр Отпускной", "over", False),
    ]  # fmt: skip
    assert told["succeeded"] is False
    assert tokens(home, token) == ("ok", "Доступ к порталу действует, администраторов в запасе: 2")


@pytest.mark.parametrize("lost", [{"state": "dead"}, {"is_admin": False}])
def test_a_succession_is_told_with_both_names(home: House, lost: dict[str, Any]) -> None:
    installation = home.install()
    people(home, installation)
    chain(home, installation, 1, is_installer=True, **lost)
    chain(home, installation, 9)
    token = home.token(installation)
    told = home.call("GET", "/access", token).json
    assert told is not None and told["succeeded"] is True
    assert told["items"][0]["name"] == "Ольга Ким" and told["items"][0]["role"] == "used"
    state, words = tokens(home, token)
    assert state == "warning" and "«Анна Смирнова»" in words and "«Ольга Ким»" in words


def tokens(home: House, token: str) -> tuple[str, str]:
    """What health says of the authorizations."""
    told = home.call("GET", "/health", token).json
    assert told is not None
    return next((check["state"], check["text"]) for check in told["checks"] if check["name"] == "tokens")


@pytest.mark.parametrize("path", ["/access", "/employees/attention", "/journal/backlog", "/journal/problems"])
def test_only_administrators_read_it(home: House, path: str) -> None:
    installation = home.install()
    assert home.call("GET", path, home.token(installation, admin=False)).status_code == 403
