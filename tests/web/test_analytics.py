"""The report of analytics, its dialogs, sending again, and what health says of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.dialogs import DialogState
from app.domain.settings import defaults
from app.storage.models import AnalyticsDialog, AnalyticsWork
from app.storage.queries import directory, settings
from tests.support.analytics import SETTINGS
from tests.web.house import START, House

DAY = "2026-01-12"


def dialogs(home: House, installation_id: int, rows: list[dict[str, Any]]) -> None:
    """Sessions as the lane leaves them."""
    usual = {
        "installation_id": installation_id, "connector": "livechat", "line_id": 1, "via": "event", "day": DAY,
        "started_at": START, "created_at": START, "state": "uploaded", "user_code": "", "lead_id": 81,
    }  # fmt: skip
    with home.services.sessions.begin() as session:
        for number, row in enumerate(rows):
            session.add(AnalyticsDialog(**(usual | {"session_id": 300 + number} | row)))


def switched_on(home: House, installation_id: int, **work: Any) -> None:
    with home.services.sessions.begin() as session:
        settings.save(
            session, installation_id=installation_id, section="open_lines_analytics", revision=0,
            document=defaults("open_lines_analytics") | SETTINGS, author_id=1, now=START,
        )  # fmt: skip
        row = session.get_one(AnalyticsWork, installation_id)
        for name, value in ({"since": START, "listed_at": START} | work).items():
            setattr(row, name, value)


def checks(home: House, installation_id: int, lang: str = "ru") -> dict[str, Any]:
    told: Any = home.call("GET", "/health", home.token(installation_id, lang=lang)).json
    return {row["name"]: row for row in told["checks"] if row["name"].startswith("analytics")}


MANY: list[dict[str, Any]] = [
    {"visitor_session_id": 900, "tier": "session"},
    {"connector": "telegrambot", "tier": "messenger"},
    {"state": "refused", "reason": "no_contact"},
    {"state": "refused", "reason": "uis", "problem": 'upload_phone {"problem": "7"}'},
    {"state": "waiting"},
    {"state": "sent"},
    {"state": "missing", "reason": "not_at_uis"},
    {"state": "nothing", "reason": "empty"},
    {"day": "2026-01-11", "line_id": 2},
]


def test_the_report_counts_dialogs_by_day_line_and_channel(both: House) -> None:
    installation = both.install()
    with both.services.sessions.begin() as session:
        directory.put(session, installation, "lines", [{"id": 1, "title": "Продажи"}], START)
    dialogs(both, installation, MANY)
    told: Any = both.call(
        "GET", "/analytics/report?from=2026-01-10&to=2026-01-12", both.token(installation)
    ).json
    assert told["totals"] == {
        "dialogs": 8, "uploaded": 3, "refused": 2, "waiting": 2, "missing": 1, "nothing": 1, "with_session": 1,
        "completeness": 0.375,
    }  # fmt: skip
    assert [(day["day"], day["dialogs"]) for day in told["days"]] == [
        ("2026-01-12", 7), ("2026-01-11", 1), ("2026-01-10", 0),
    ]  # fmt: skip
    assert told["days"][2]["completeness"] is None
    assert [(row["line"], row["connector_title"], row["dialogs"]) for row in told["days"][0]["rows"]] == [
        ("Продажи", "Онлайн-чат", 6), ("Продажи", "Telegram", 1),
    ]  # fmt: skip
    assert told["days"][1]["rows"][0]["line"] == "Линия № 2"
    assert [(row["reason"], row["count"]) for row in told["reasons"]] == [
        ("no_contact", 1), ("not_at_uis", 1), ("uis", 1),
    ]  # fmt: skip
    assert "телефон" in told["reasons"][2]["text"]
    shares = {row["connector"]: row["share"] for row in told["connectors"]}
    assert shares == {"livechat": pytest.approx(1 / 7), "telegrambot": 0.0}


def test_dialogs_are_listed_by_what_was_asked_for_page_by_page(both: House) -> None:
    installation = both.install()
    dialogs(both, installation, MANY)
    token, period = both.token(installation), "from=2026-01-10&to=2026-01-12"
    first: Any = both.call("GET", f"/analytics/dialogs?{period}&limit=5", token).json
    second: Any = both.call("GET", f"/analytics/dialogs?{period}&limit=5&next={first['next']}", token).json
    assert [len(first["items"]), len(second["items"]), second["next"]] == [5, 4, None]
    waiting: Any = both.call("GET", f"/analytics/dialogs?{period}&state=waiting", token).json
    assert {row["text"] for row in waiting["items"]} == {"Ещё идёт", "Отправлен, проверяем, принял ли UIS"}
    chosen: Any = both.call("GET", f"/analytics/dialogs?{period}&reason=no_contact&line=1", token).json
    [row] = chosen["items"]
    assert row["entities"] == [
        {"type": "lead", "id": 81, "url": "https://portal-one.example/crm/lead/details/81/"}
    ]
    assert "телефона" in row["text"]


def test_a_portal_sees_its_own_dialogs_only(home: House) -> None:
    one, two = home.install(), home.install("portal-two")
    dialogs(home, one, MANY)
    path = "/analytics/report?from=2026-01-10&to=2026-01-12"
    told: Any = home.call("GET", path, home.token(two)).json
    assert told["totals"]["dialogs"] == 0
    again: Any = home.call("POST", "/analytics/send_again", home.token(two), {"ids": [3, 4]}).json
    assert again == {"count": 0}


def test_refused_and_missing_dialogs_are_sent_again_and_no_others(both: House) -> None:
    installation = both.install()
    dialogs(both, installation, MANY)
    token = both.token(installation)
    everything = list(range(1, 10))
    assert both.call("POST", "/analytics/send_again", token, {"ids": everything}).json == {"count": 3}
    assert both.call("POST", "/analytics/send_again", token, {"ids": everything}).json == {"count": 0}
    with both.services.sessions() as session:
        states = [row.state for row in session.query(AnalyticsDialog).order_by(AnalyticsDialog.id)]
        due = session.get_one(AnalyticsWork, installation).due_at
    assert (states.count(DialogState.READY), states.count(DialogState.UPLOADED), due) == (3, 3, START)


def test_all_with_a_reason_or_a_problem_are_sent_again(home: House) -> None:
    installation = home.install()
    dialogs(home, installation, [*MANY, {"state": "refused", "reason": "uis", "problem": "refused"}])
    token = home.token(installation)
    body = {"reason": "uis", "problem": 'upload_phone {"problem": "7"}'}
    assert home.call("POST", "/analytics/send_again", token, body).json == {"count": 1}
    assert home.call("POST", "/analytics/send_again", token, {"reason": "uis"}).json == {"count": 1}


WRONG = [
    ("GET", "/analytics/report?from=2026-01-12&to=2026-01-10", None, {"to"}),
    ("GET", "/analytics/report?from=2025-01-01&to=2026-01-10", None, {"from"}),
    ("GET", "/analytics/report?from=yesterday", None, {"from"}),
    ("GET", "/analytics/dialogs?state=lost", None, {"state"}),
    ("POST", "/analytics/send_again", {}, set()),
    ("POST", "/analytics/send_again", {"ids": [1], "reason": "uis"}, set()),
    ("POST", "/analytics/send_again", {"ids": ["1"]}, {"ids.0"}),
]


@pytest.mark.parametrize(("method", "path", "body", "fields"), WRONG)
def test_wrong_questions_are_refused_at_the_field(
    home: House, method: str, path: str, body: Any, fields: set[str]
) -> None:
    answer: Any = home.call(method, path, home.token(home.install()), body)
    assert answer.status_code == 422
    assert {row["field"] for row in answer.json["errors"]} == fields


def test_an_employee_reads_the_report_and_sends_nothing(home: House) -> None:
    token = home.token(home.install(), admin=False)
    assert home.call("GET", "/analytics/report", token).status_code == 200
    assert home.call("POST", "/analytics/send_again", token, {"reason": "uis"}).status_code == 403
    assert home.call("GET", "/analytics/report").status_code == 401


def test_health_says_nothing_of_analytics_that_is_off(home: House) -> None:
    assert checks(home, home.install()) == {}


def test_health_says_that_all_is_well(home: House) -> None:
    installation = home.install()
    switched_on(home, installation)
    dialogs(home, installation, MANY)
    told = checks(home, installation)
    assert told["analytics"]["state"] == "ok"
    assert "3 из 8" in told["analytics"]["text"]


def test_the_silent_death_of_analytics_is_told(home: House) -> None:
    installation = home.install()
    switched_on(home, installation, listed_at=START - timedelta(hours=5))
    told = checks(home, installation)
    assert (told["analytics"]["state"], "5 ч" in told["analytics"]["text"]) == ("broken", True)
    report: Any = home.call("GET", "/analytics/report", home.token(installation)).json
    assert (report["enabled"], [note["state"] for note in report["notes"]]) == (True, ["broken"])


def test_why_uis_takes_nothing_is_told_in_words(home: House) -> None:
    installation = home.install()
    switched_on(home, installation, problem='component_missing {"components": "Загрузка чатов"}')
    assert "Загрузка чатов" in checks(home, installation)["analytics"]["text"]


def test_dialogs_that_wait_for_long_are_told(home: House) -> None:
    installation = home.install()
    switched_on(home, installation)
    dialogs(home, installation, [{"state": "sent", "due_at": START - timedelta(hours=4)}])
    assert checks(home, installation)["analytics_stuck"]["state"] == "warning"


def test_events_that_do_not_come_are_told(home: House) -> None:
    installation = home.install()
    switched_on(home, installation)
    dialogs(home, installation, [{"via": "list"}] * 6 + [{"via": "event"}])
    assert "6 из 7" in checks(home, installation)["analytics_events"]["text"]


def before(count: int, captured: int) -> list[dict[str, Any]]:
    day = (START - timedelta(days=20)).date().isoformat()
    return [{"day": day, "visitor_session_id": 900 if number < captured else None} for number in range(count)]


def this_week(count: int, captured: int) -> list[dict[str, Any]]:
    return [{"visitor_session_id": 900 if number < captured else None} for number in range(count)]


CAPTURE = [
    (before(30, 24) + this_week(30, 3), "80%"),
    (before(30, 24) + this_week(30, 20), None),
    (before(30, 24) + this_week(5, 0), None),
    (before(30, 3) + this_week(30, 1), None),
    (this_week(25, 0), "ни у одного"),
]


@pytest.mark.parametrize(("rows", "words"), CAPTURE)
def test_a_site_that_lost_our_script_is_told(
    home: House, rows: list[dict[str, Any]], words: str | None
) -> None:
    installation = home.install()
    switched_on(home, installation)
    dialogs(home, installation, rows)
    told = checks(home, installation).get("analytics_capture")
    assert (told is None) == (words is None)
    assert told is None or words is None or words in told["text"]


def test_the_report_is_of_the_last_week_when_nothing_is_said(home: House) -> None:
    told: Any = home.call("GET", "/analytics/report", home.token(home.install())).json
    assert (told["from"], told["to"], len(told["days"])) == ("2026-01-06", "2026-01-12", 7)
    assert datetime(2026, 1, 12, tzinfo=UTC).date().isoformat() == told["to"]
