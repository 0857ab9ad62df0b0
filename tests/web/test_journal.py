"""The journal: pages, filters, explanations in words, retries that change nothing twice."""

from datetime import timedelta
from typing import Any

import pytest

from app.storage.models import ClientKey, Conversation, Message, PlanRow
from tests.web.house import START, House

STEPS: list[dict[str, Any]] = [
    {"name": "contact", "kind": "create_contact", "params": {"name": "Покупатель"}, "state": "done", "result": 12},
    {"name": "deal", "kind": "create_deal", "params": {"title": "Чат: Покупатель"}, "state": "failed",
     "problem": "REQUIRED_FIELD: Заполните поле", "attempts": 3, "marker": "m"},
    {"name": "notify", "kind": "notify", "params": {}, "state": "failed", "problem": "depends_on:deal"},
]  # fmt: skip
WHY = [
    {"code": "first"},
    {"code": "client_unknown"},
    {"code": "creates", "params": {"entity": "deal", "title": "Чат: Покупатель"}},
    {"code": "client_found", "params": {"entity": "contact", "id": 3, "others": [4, 5]}},
    {"code": "of_a_version_to_come"},
]


def add(home: House, installation: int, number: int, **values: Any) -> int:
    """A conversation as the road leaves it; its id."""
    facts = {"visitor": {"name": f"Покупатель {number}", "phone_number": f"7916000{number:04d}"}}
    made = {
        "kind": "chat", "source_id": number, "account": "4735", "facts": facts, "ledger": {}, "state": "done",
        "created_at": START + timedelta(minutes=number), "updated_at": START, "changed": 2,
    }  # fmt: skip
    with home.services.sessions.begin() as session:
        row = Conversation(installation_id=installation, **(made | values))
        session.add(row)
        session.flush()
        key = f"phone:+7916000{number:04d}"
        session.add(ClientKey(installation_id=installation, key=key, conversation_id=row.id))
        return row.id


def fail(home: House, installation: int, number: int) -> int:
    """One whose deal was refused."""
    entry = add(
        home, installation, number, state="failed", problem="deal: REQUIRED_FIELD: Заполните поле",
        ledger={"entities": {"contact": 12}},
    )  # fmt: skip
    with home.services.sessions.begin() as session:
        plan = PlanRow(conversation_id=entry, steps=STEPS, effects={}, explanation=WHY, created_at=START)
        session.add(plan)
        session.add(Message(conversation_id=entry, message_id=1, text="Здравствуйте", sent_at=START))
    return entry


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
