"""Who is away: said by an administrator, over by itself, and the substitute is responsible meanwhile."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.pipeline.view import load
from app.storage.queries import directory
from tests.web.house import House

USERS = [
    {"id": 7, "title": "Ответственный Второй", "active": True, "last_name": "Второй"},
    {"id": 8, "title": "Ответственный Третий", "active": True, "last_name": "Третий"},
]


@pytest.fixture
def token(both: House) -> str:
    number = both.install()
    with both.services.sessions.begin() as session:
        directory.put(session, number, "users", USERS, both.clock.now())
    return both.token(number)


def away(home: House, token: str, user_id: int, until: Any) -> Any:
    return home.call("PUT", f"/users/{user_id}/absence", token, {"until": until})


def absent(home: House, at: datetime) -> frozenset[int]:
    with home.services.sessions() as session:
        portal = load(session, 1, 3.0, at)
    assert portal is not None
    return portal.view.absent


def test_an_absence_holds_to_the_end_of_its_last_day_in_the_portal(both: House, token: str) -> None:
    assert away(both, token, 7, "2026-05-05").json == {"user_id": 7, "until": "2026-05-05"}
    evening = datetime(2026, 5, 5, 20, 59, tzinfo=UTC)  # 23:59 in Moscow
    assert absent(both, evening) == {7}
    assert absent(both, datetime(2026, 5, 5, 21, 0, tzinfo=UTC)) == frozenset()
    users = both.call("GET", "/directory/users", token).json
    assert [(row["id"], row["absent_until"]) for row in users or []] == [(7, "2026-05-05"), (8, None)]


def test_who_is_back_is_back_and_the_others_stay_away(both: House, token: str) -> None:
    away(both, token, 7, "2026-05-05")
    away(both, token, 8, "2026-05-05")
    away(both, token, 7, None)
    assert absent(both, datetime(2026, 5, 4, tzinfo=UTC)) == {8}


def test_a_day_that_is_none_and_a_user_who_is_none_are_refused(both: House, token: str) -> None:
    for until in ("2026-02-30", "tomorrow", 5, ""):
        answer = away(both, token, 7, until)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "until"), until
    assert away(both, token, 99, "2026-05-05").status_code == 404
    assert absent(both, datetime(2026, 5, 4, tzinfo=UTC)) == frozenset()


def test_employees_send_nobody_away(both: House, token: str) -> None:
    assert away(both, both.token(1, admin=False), 7, "2026-05-05").status_code == 403
