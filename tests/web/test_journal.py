"""The journal: pages, filters, explanations in words, retries that change nothing twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.storage.models import Conversation, PlanRow
from app.storage.queries import search_words
from tests.web.house import START, House
from tests.web.journal import add, fail


def ids(home: House, token: str, query: str = "") -> list[int]:
    answer = home.call("GET", f"/journal{query}", token)
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    return [item["id"] for item in answer.json["items"]]


def test_pages_follow_each_other_without_gaps(both: House) -> None:
    installation = both.install()
    token = both.token(installation)
    made = [add(both, installation, number) for number in range(1, 8)]
    seen, query = [], "?limit=3"
    for _ in range(3):
        answer = both.call("GET", f"/journal{query}", token)
        assert answer.json is not None
        seen += [item["id"] for item in answer.json["items"]]
        query = f"?limit=3&next={answer.json['next']}"
    assert seen == made[::-1]
    assert answer.json is not None and answer.json["next"] is None


def test_filters_find_what_they_say(both: House) -> None:
    installation = both.install()
    token = both.token(installation)
    done, failed = add(both, installation, 1), fail(both, installation, 2)
    waiting = add(both, installation, 3, state="waiting", kind="offline", facts={"visitor": {"name": "Иной"}})
    assert ids(both, token, "?state=failed") == [failed]
    assert ids(both, token, "?state=failed&state=waiting") == [waiting, failed]
    assert ids(both, token, "?kind=offline") == [waiting]
    assert ids(both, token, "?q=79160000001") == [done]
    assert ids(both, token, "?q=8 (916) 000-00-02") == [failed]
    assert ids(both, token, "?q=иной") == [waiting]
    assert ids(both, token, "?q=покупатель") == [failed, done]
    assert ids(both, token, "?q=%25") == []
    assert ids(both, token, "?q=3") == [waiting]


def test_an_entry_explains_itself_in_both_languages(home: House) -> None:
    installation = home.install()
    entry = fail(home, installation, 2)
    words = {
        "ru": ("Первое обращение", "Клиент найден: контакт #3 (подходили ещё: #4, #5)", "отклонено"),
        "en": ("A first communication", "Client found: contact #3 (others fitted too: #4, #5)", "refused"),
    }
    for lang, (first, found, refused) in words.items():
        told: dict[str, Any] = (
            home.call("GET", f"/journal/{entry}", home.token(installation, lang=lang)).json or {}
        )
        texts = [line["text"] for line in told["explanation"]]
        assert first in texts and found in texts and "of_a_version_to_come" in texts
        assert [call["state"] for call in told["calls"]] == ["done", "failed", "failed"]
        assert told["calls"][1]["outcome"] == refused
        assert (told["events"], told["messages"]) == (2, 1)
        assert told["calls"][2]["problem"] != "depends_on:deal"
    assert told["problem"] == "Deal: REQUIRED_FIELD: Заполните поле"
    url = "https://portal-one.example/crm/contact/details/12/"
    assert told["entities"] == [{"type": "contact", "id": 12, "title": "Покупатель", "url": url}]


def test_a_retry_resumes_the_plan_and_repeating_it_changes_nothing(both: House) -> None:
    installation = both.install()
    token = both.token(installation)
    entry = fail(both, installation, 2)
    assert both.call("POST", "/journal/retry", token, {"ids": [entry]}).json == {"count": 1}
    assert both.call("POST", "/journal/retry", token, {"ids": [entry]}).json == {"count": 0}
    with both.services.sessions() as session:
        row = session.get_one(Conversation, entry)
        plan = session.query(PlanRow).one()
    assert (row.state, row.due_at) == ("waiting", START)
    assert [step["state"] for step in plan.steps] == ["done", "planned", "planned"]
    assert plan.steps[1]["marker"] == "m"


def test_all_with_one_problem_are_retried(home: House) -> None:
    installation = home.install()
    token = home.token(installation)
    for number in (1, 2):
        fail(home, installation, number)
    other = add(home, installation, 3, state="failed", problem="internal")
    code = home.call("GET", f"/journal/{other - 1}", token).json["problem_code"]  # type: ignore[index]
    assert home.call("POST", "/journal/retry", token, {"problem": code}).json == {"count": 2}
    assert ids(home, token, "?state=failed") == [other]


@pytest.mark.parametrize("state", ["done", "filtered", "waiting", "in_doubt"])
def test_only_what_failed_is_retried(home: House, state: str) -> None:
    installation = home.install()
    entry = add(home, installation, 1, state=state)
    assert home.call("POST", "/journal/retry", home.token(installation), {"ids": [entry]}).json == {
        "count": 0
    }


def test_what_is_set_aside_says_so(home: House) -> None:
    installation = home.install()
    token = home.token(installation)
    entry = add(home, installation, 1, state="waiting", decided=-1)
    assert home.call("POST", "/journal/set_aside", token).json == {"count": 1}
    told = home.call("GET", f"/journal/{entry}", token).json
    assert told is not None
    assert (told["state"], told["explanation"][-1]["text"]) == ("filtered", "Отложено администратором")


def test_saving_settings_wakes_what_waits(home: House) -> None:
    installation = home.install()
    waiting, done = add(home, installation, 1, state="waiting"), add(home, installation, 2)
    woken: list[int] = []
    home.services.wake.connect(woken.append)
    home.call(
        "PUT", "/settings/main", home.token(installation), {"revision": 0, "settings": {"enabled": True}}
    )
    with home.services.sessions() as session:
        assert session.get_one(Conversation, waiting).due_at == START
        assert session.get_one(Conversation, done).due_at is None
    assert woken == [installation]


def test_an_imported_chat_stands_where_it_began(both: House) -> None:
    installation = both.install()
    token = both.token(installation)
    new = add(both, installation, 5)
    old = add(both, installation, 9, started_at=START - timedelta(days=30))
    twin = add(both, installation, 10, started_at=START - timedelta(days=30))
    assert ids(both, token) == [new, twin, old]
    first = both.call("GET", "/journal?limit=2", token).json
    assert first is not None
    assert ids(both, token, f"?limit=2&next={first['next']}") == [old]


def test_words_that_many_have_find_the_newest(both: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_words, "MANY", 3)
    installation = both.install()
    token = both.token(installation)
    made = [add(both, installation, number) for number in range(1, 8)]
    other = add(both, installation, 8, facts={"visitor": {"name": "Иной"}})
    assert ids(both, token, "?q=покуп&limit=2") == [made[6], made[5]]
    assert ids(both, token, "?q=покуп 4") == [made[3]]
    assert ids(both, token, "?q=покуп&state=failed") == []
    assert ids(both, token, "?q=иной") == [other]
    assert ids(both, token, "?q=7916") == made[::-1]


def test_a_portal_never_finds_the_clients_of_another(both: House) -> None:
    mine, theirs = both.install(), both.install("portal-two")
    add(both, mine, 1)
    entry = add(both, theirs, 1)
    token = both.token(theirs)
    for query in ("", "?q=покупатель", "?q=1", "?q=79160000001", "?state=done"):
        assert ids(both, token, query) == [entry], query
    assert ids(both, both.token(mine), f"?ids={entry}") == []
    assert ids(both, token, f"?ids={entry}") == [entry]


def test_channel_and_period_narrow_the_list(both: House) -> None:
    installation = both.install(timezone="Asia/Vladivostok")
    token = both.token(installation)
    # 15:30 UTC is half past one of the next day in Vladivostok.
    evening = add(both, installation, 1, channel_id=7, started_at=datetime(2026, 1, 10, 15, 30, tzinfo=UTC))
    noon = add(both, installation, 2, channel_id=8, started_at=datetime(2026, 1, 10, 2, 0, tzinfo=UTC))
    assert ids(both, token, "?channel=7") == [evening]
    assert ids(both, token, "?since=2026-01-11&until=2026-01-11") == [evening]
    assert ids(both, token, "?since=2026-01-10&until=2026-01-10") == [noon]
    assert ids(both, token, "?since=2026-01-10") == [evening, noon]
    assert ids(both, token, "?until=2026-01-09") == []
    assert ids(both, token, "?since=0001-01-01&until=9999-12-31") == [evening, noon]
    assert both.call("GET", "/journal?since=yesterday", token).status_code == 422


def test_problems_are_told_with_their_number_whatever_ids_they_name(both: House) -> None:
    installation = both.install()
    token = both.token(installation)
    gone = [
        add(
            both, installation, number, state="failed", problem=f"deal: NOT_FOUND: Сделка {number} не найдена"
        )
        for number in (1, 2)
    ]
    doubt = add(both, installation, 3, state="in_doubt", problem="trace: cut off")
    add(both, installation, 4, state="waiting", problem="deal: LATER")
    told = both.call("GET", "/journal/problems", token).json
    assert told is not None
    assert [(one["count"], one["text"]) for one in told["items"]] == [
        (2, told["items"][0]["text"]), (1, "Сквозная аналитика: cut off"),
    ]  # fmt: skip
    assert told["items"][0]["text"].startswith("Сделка: NOT_FOUND: Сделка ")
    code = told["items"][0]["code"]
    assert ids(both, token, f"?problem={code}") == gone[::-1]
    assert ids(both, token, f"?problem={told['items'][1]['code']}") == [doubt]
    assert both.call("POST", "/journal/retry", token, {"problem": code}).json == {"count": 2}
    assert ids(both, token, f"?problem={code}") == []


def test_days_are_counted_as_the_portal_counts_them(both: House) -> None:
    installation = both.install(timezone="Asia/Vladivostok")
    token = both.token(installation)
    late = datetime(2026, 1, 10, 15, 30, tzinfo=UTC)
    add(both, installation, 1, started_at=late, ledger={"made": ["lead"], "entities": {"lead": 5}})
    add(both, installation, 2, started_at=late, ledger={"entities": {"lead": 5}})
    add(both, installation, 3, started_at=late, state="filtered")
    add(both, installation, 4, started_at=late - timedelta(hours=12), state="failed", problem="x")
    add(both, installation, 5, started_at=late - timedelta(hours=12), state="in_doubt")
    add(both, installation, 6, started_at=late - timedelta(days=40))
    told = both.call("GET", "/journal/days?since=2026-01-10&until=2026-01-11", token).json
    assert told == {
        "items": [
            {"day": "2026-01-10", "received": 2, "created": 0, "filtered": 0, "failed": 2, "waiting": 0},
            {"day": "2026-01-11", "received": 3, "created": 1, "filtered": 1, "failed": 0, "waiting": 0},
        ]
    }
    whole = both.call("GET", "/journal/days", token).json
    assert whole is not None
    assert [day["day"] for day in whole["items"]][:: len(whole["items"]) - 1] == ["2025-12-14", "2026-01-12"]
    assert len(whole["items"]) == 30


@pytest.mark.parametrize(
    "query", ["since=2026-01-12&until=2026-01-10", "since=2020-01-01", "since=2999-01-01"]
)
def test_a_period_that_is_none_is_refused_at_its_field(home: House, query: str) -> None:
    token = home.token(home.install())
    answer = home.call("GET", f"/journal/days?{query}", token)
    assert answer.status_code == 422
    assert answer.json is not None and answer.json["errors"][0]["field"] == "since"


def test_the_backlog_is_what_was_not_decided_yet(both: House) -> None:
    installation = both.install()
    token = both.token(installation)
    add(both, installation, 1, state="waiting", decided=1)
    add(both, installation, 2, state="waiting", decided=-1)
    first = START - timedelta(hours=2)
    add(both, installation, 3, state="waiting", decided=-1, started_at=first)
    assert both.call("GET", "/journal/backlog", token).json == {"count": 2, "since": first.isoformat()}
    both.call("POST", "/journal/set_aside", token)
    assert both.call("GET", "/journal/backlog", token).json == {"count": 0, "since": None}
