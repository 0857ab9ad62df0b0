"""Bad input gets 4xx in words and changes nothing."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from app.storage.database import Base
from tests.web.house import House

DEEP = "[" * 50_000
HUGE = json.dumps({"revision": 0, "settings": {"enabled": True, "more": "x" * 2_000_000}})


def rows(home: House) -> dict[str, int]:
    """How many rows every table has."""
    with home.services.sessions() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.parametrize("path", ["/settings/main", "/settings/chats", "/employees/1"])
@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [
        ("{", "application/json", 400),
        ("", "application/json", 400),
        ("[]", "application/json", 400),
        ("null", "application/json", 400),
        ('"text"', "application/json", 400),
        ("1e999", "application/json", 400),
        (DEEP, "application/json", 400),
        ("\xff\xfe", "application/json", 400),
        (HUGE, "application/json", 413),
        ("a=1", "application/x-www-form-urlencoded", 415),
        ("{}", "text/plain", 415),
        ("<x/>", "application/xml", 415),
        ("{}", "application/json", 422),
        ('{"revision": 0, "settings": null, "user_id": "7"}', "application/json", 422),
        ('{"revision": 99999999999999999999, "settings": {}, "user_id": 99999999999999}', "application/json", 422),
        ('{"revision": NaN, "settings": {"enabled": NaN}, "user_id": NaN}', "application/json", 422),
        ('{"revision": 0, "settings": {"\\ud800": 1}, "user_id": "\\ud800"}', "application/json", 422),
        ('{"revision": 0, "settings": {"\\u0000": 1}, "user_id": 0}', "application/json", 422),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read(home: House, path: str, body: str, type_: str, status: int) -> None:
    token = home.token(home.install())
    before = rows(home)
    raw = body.encode("latin-1") if body.startswith("\xff") else body.encode()
    answer = home.call("PUT", path, token, data=raw, content_type=type_)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.json
    assert answer.json is not None
    assert answer.json["title"]
    assert rows(home) == before


@pytest.mark.parametrize(
    ("method", "path", "body", "fields"),
    [
        ("POST", "/uis/login", {"project": "uis2", "login": "a\u0000b", "password": "x"}, {"login"}),
        ("POST", "/uis/login", {"project": 2, "login": None}, {"project", "login", "password"}),
        ("POST", "/uis/connection", {"ticket": "t", "channels": ["1"], "answering": "uis"}, {"channels.0"}),
        ("POST", "/uis/connection", {"ticket": "t", "channels": [0], "answering": "uis"}, {"channels.0"}),
        ("DELETE", "/uis/connection", {"ticket": 1}, {"ticket"}),
        ("DELETE", "/uis/connection", {}, {"ticket"}),
        ("POST", "/journal/retry", {"ids": "all"}, {"ids"}),
        ("POST", "/journal/retry", {"ids": [2**70]}, {"ids.0"}),
        ("POST", "/journal/retry", {}, set()),
        ("POST", "/health/repair", {"name": ""}, {"name"}),
        ("POST", "/session", {"access_token": "", "session": 5}, {"access_token", "session"}),
    ],
)
def test_wrong_fields_are_named(home: House, method: str, path: str, body: Any, fields: set[str]) -> None:
    answer = home.call(method, path, home.token(home.install()), body)
    assert answer.status_code == 422, answer.json
    assert answer.json is not None
    assert {error["field"] for error in answer.json["errors"]} == fields
    assert all(error["message"] for error in answer.json["errors"])


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "next=0", "next=x", f"next={2**64}", "state=lost", "kind=mail",
              "q=" + "x" * 101, "q=%00"],
)  # fmt: skip
def test_wrong_questions_to_the_journal_are_refused(home: House, query: str) -> None:
    answer = home.call("GET", f"/journal?{query}", home.token(home.install()))
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/journal/0", 404),
        ("GET", f"/journal/{2**80}", 404),
        ("GET", "/journal/-1", 404),
        ("PUT", "/journal", 405),
        ("DELETE", "/settings/main", 405),
        ("POST", "/me", 405),
    ],
)
def test_wrong_addresses_and_methods_answer_in_words(
    home: House, method: str, path: str, status: int
) -> None:
    answer = home.call(method, path, home.token(home.install()), {})
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json is not None
    assert answer.json["title"] and answer.json["status"] == status


def test_an_error_of_ours_is_a_problem_too_and_tells_nothing(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("app.web.synchronize.progress", broken)
    answer = home.call("GET", "/sync", home.token(home.install()))
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "secret" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/api/me", "/healthz", "/readyz", "/metrics", "/nothing", "/connect", "/bitrix/install"]
)
def test_every_answer_carries_the_headers_of_caution(home: House, path: str) -> None:
    headers = home.client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"]
    assert "X-Frame-Options" not in headers
