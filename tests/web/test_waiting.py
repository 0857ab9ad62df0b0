"""How long the oldest event has waited is told whenever something waits."""

from datetime import timedelta

import pytest

from app.pipeline.accept import accept
from tests.web.house import House


def queue(home: House, installation: int, lang: str) -> tuple[str, str]:
    answer = home.call("GET", "/health", home.token(installation, lang=lang)).get_json()
    [check] = [check for check in answer["checks"] if check["name"] == "queue"]
    return check["state"], check["text"]


@pytest.mark.parametrize(
    ("waits", "state", "ru", "en"),
    [
        (0, "ok", "самое давнее 0 с.", "the oldest for 0 s."),
        (59, "ok", "самое давнее 59 с.", "the oldest for 59 s."),
        (300, "ok", "самое давнее 5 мин.", "the oldest for 5 min."),
        (660, "warning", "самое давнее 11 мин.", "the oldest for 11 min."),
    ],
)
def test_the_age_of_the_oldest_is_told(home: House, waits: int, state: str, ru: str, en: str) -> None:
    installation = home.install()
    accept(home.services, installation, source="uis", kind="message", dedup_key="one", body=b"{}")
    home.clock.advance(timedelta(seconds=waits).total_seconds())
    assert queue(home, installation, "ru") == (state, f"Событий ждёт: 1, {ru}")
    assert queue(home, installation, "en") == (state, f"Events waiting: 1, {en}")


def test_where_nothing_waits_there_is_no_age(home: House) -> None:
    assert queue(home, home.install(), "en") == ("ok", "Events waiting: 0")
