"""Who may call what: anonymous, employees, administrators, other portals, sessions of the past."""

import re
from typing import Any

import pytest

from app.storage.models import Conversation, Installation, SettingsVersion
from app.web.api.spec import document
from app.web.journal.why import problem_code
from tests.web.house import START, House

OPEN = {("GET", "/openapi.json"), ("POST", "/session")}
ADMIN_READS = {"/access", "/employees/attention", "/history"}
OF_ADMINS = re.compile(r"^/journal|/(versions(/.*)?|compare|export|seen)$")


def calls(home: House) -> list[tuple[str, str]]:
    """Every call that the description names."""
    with home.app.app_context():
        paths = document()["paths"]
    found = [
        (method.upper(), path.removeprefix("/api")) for path, all_of in paths.items() for method in all_of
    ]
    return [call for call in found if call not in OPEN]


def at(path: str) -> str:
    return re.sub(r"\{[a-z_]+\}", "1", path)


def test_the_description_names_every_address_of_the_api(home: House) -> None:
    known = {str(rule) for rule in home.app.url_map.iter_rules() if str(rule).startswith("/api/")}
    with home.app.app_context():
        described = set(document()["paths"])
    assert {rule.replace("<int:", "{").replace(">", "}") for rule in known} - described == {
        "/api/openapi.json"
    }


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer forged", "Basic dXNlcjpwYXNz", "Bearer a.b.c", "bearer \u00ff"],
)
def test_nobody_comes_in_without_a_session(home: House, authorization: str | None) -> None:
    home.install()
    for method, path in calls(home):
        headers = {"Authorization": authorization} if authorization is not None else {}
        answer = home.client.open(f"/api{at(path)}", method=method, json={}, headers=headers)
        assert answer.status_code == 401, (method, path)
        assert answer.mimetype == "application/problem+json"


def test_an_employee_reads_settings_and_changes_nothing(home: House) -> None:
    token = home.token(home.install(), admin=False)
    for method, path in calls(home):
        if path.startswith("/workplace"):
            continue  # whose calls have a table of their own: test_desk_rights
        answer = home.call(method, at(path), token, json={} if method != "GET" else None)
        closed = method != "GET" or path in ADMIN_READS or OF_ADMINS.search(path) is not None
        assert answer.status_code == (403 if closed else 200), (method, path, answer.json)
        if closed:
            assert answer.json is not None
            assert answer.json["title"] == "Изменять может только администратор портала"


def test_a_session_that_is_over_says_so(home: House) -> None:
    token = home.token(home.install())
    home.clock.advance(601)
    answer = home.call("GET", "/me", token)
    assert (answer.status_code, answer.json and answer.json["code"]) == (401, "session_expired")


@pytest.mark.parametrize(
    "change",
    [{"generation": 2}, {"state": "removed"}, {"state": "disabled"}],
    ids=["anew", "removed", "disabled"],
)
def test_a_session_ends_with_its_installation(home: House, change: dict[str, Any]) -> None:
    installation = home.install()
    token = home.token(installation)
    with home.services.sessions.begin() as session:
        row = session.get_one(Installation, installation)
        for name, value in change.items():
            setattr(row, name, value)
    answer = home.call("GET", "/me", token)
    assert (answer.status_code, answer.json and answer.json["code"]) == (401, "session_of_the_past")


def test_one_portal_never_sees_anything_of_another(home: House) -> None:
    mine, foreign = home.install("mine"), home.install("foreign")
    with home.services.sessions.begin() as session:
        session.add(
            Conversation(
                installation_id=foreign, kind="chat", source_id=77, account="1", facts={}, ledger={},
                state="failed", problem="lead: E", created_at=START, updated_at=START,
            )
        )  # fmt: skip
    home.call("PUT", "/settings/main", home.token(foreign), {"revision": 0, "settings": {"enabled": False}})
    token = home.token(mine)
    assert home.call("GET", "/journal", token).json == {"items": [], "next": None}
    assert home.call("GET", "/journal/1", token).status_code == 404
    assert home.call("POST", "/journal/retry", token, {"ids": [1]}).json == {"count": 0}
    assert home.call("POST", "/journal/retry", token, {"problem": problem_code("lead: E")}).json == {
        "count": 0
    }
    assert home.call("POST", "/journal/set_aside", token).json == {"count": 0}
    assert home.call("GET", "/settings/main", token).json == {"revision": 0, "settings": {"enabled": True}}
    with home.services.sessions() as session:
        row = session.get_one(Conversation, 1)
        assert (row.state, session.query(SettingsVersion).count()) == ("failed", 1)


def test_a_session_signed_with_another_key_is_worth_nothing(home: House) -> None:
    home.install()
    forged = home.token(1)[:-3] + "abc"
    assert home.call("GET", "/me", forged).status_code == 401
