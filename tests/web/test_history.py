"""The import of history over the API: begun, followed, refused in words."""

from typing import Any

from app.uis.reports.poll import poll_due
from tests.web.house import House
from tests.web.world import Living


def test_a_rehearsal_is_begun_and_followed(alive: Living) -> None:
    token = alive.installed()
    alive.connected(token)
    alive.work()
    assert alive.call("GET", "/history", token)["state"] == "never"
    alive.world.uis.offline_request(phone="79160000001", text="Перезвоните", form_name="Доставка")
    # The application's clock stands, that of the world goes on.
    assert alive.call("POST", "/history", token, {"days": 365, "rehearse": True}) == {"state": "running"}
    shown: dict[str, Any] = alive.call("GET", "/history", token)
    assert (shown["state"], shown["percent"], shown["rehearse"]) == ("running", 0, True)
    for _ in range(100):
        poll_due(alive.home.services)
    shown = alive.call("GET", "/history", token)
    assert (shown["state"], shown["percent"], shown["problem"]) == ("done", 100, None)


def test_without_uis_it_is_refused_in_words(home: House) -> None:
    token = home.token(home.install())
    answer = home.call("POST", "/history", token, {"days": 7})
    assert answer.status_code == 404
    assert answer.json is not None and answer.json["detail"] == "UIS не подключён"


def test_it_is_for_administrators(home: House) -> None:
    token = home.token(home.install(), admin=False)
    answers = [home.call("GET", "/history", token), home.call("POST", "/history", token, {"days": 7})]
    assert [answer.status_code for answer in answers] == [403, 403]


def test_days_are_checked(home: House) -> None:
    token = home.token(home.install())
    wishes: list[Any] = [{"days": 0}, {"days": 366}, {"days": "7"}, {}, {"days": 7, "rehearse": 1}]
    assert [home.call("POST", "/history", token, wish).status_code for wish in wishes] == [422] * 5
