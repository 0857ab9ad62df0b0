"""Rows of the reports become facts and events; channels are recognised by whatever UIS gives."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.events import ChatReported, MessageSeen
from app.uis.channels import ChannelBook, Known
from app.uis.data import known_limits, pace, points_left
from app.uis.errors import Limited, UisError, data_error
from app.uis.fields import BadCallback
from app.uis.parse import parse
from app.uis.reports.chat_rows import chat_fields, message_body, report_body
from app.uis.reports.memory import Memory

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROW: dict[str, Any] = {
    "id": 199304420, "status": "active", "date_time": "2026-03-02 12:00:00", "release_cause": None,
    "visitor_id": 9012381597, "person_id": 41, "employee_id": 367852, "visitor_phone_number": 79161234567,
    "duration": "15", "utm_source": "yandex", "utm_term": "", "tags": [], "site_domain_name": "shop.example.com",
    "visitor_custom_properties": [{"property_name": "Клуб", "property_value": "золото"}],
    "campaign_name": None, "sale_date": "2026-03-03 10:00:00",
}  # fmt: skip


def reported(
    row: dict[str, Any], channel: int | None = 740806, timezone: str = "Europe/Moscow"
) -> ChatReported:
    event = parse("report", report_body(row, timezone, channel))
    assert isinstance(event, ChatReported)
    return event


def test_a_row_becomes_nested_facts_with_only_what_is_known() -> None:
    event = reported(ROW)
    assert event.started_at == NOW
    assert event.facts == {
        "visitor": {
            "id": 9012381597, "person_id": 41, "phone_number": "79161234567",
            "custom_properties": [{"property_name": "Клуб", "property_value": "золото"}],
        },
        "chat": {
            "id": 199304420, "status": "active", "date_time": "2026-03-02T09:00:00+00:00", "duration": 15,
            "channel_id": 740806, "sale_date": "2026-03-03T07:00:00+00:00",
        },
        "traffic": {"utm_source": "yandex"},
        "site": {"domain_name": "shop.example.com"},
        "employee": {"id": 367852},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "cause", "closed"),
    [
        ("new", None, False), ("active", None, False), ("active", "closed_by_visitor", True),
        ("lost", "closed_by_timeout", True), ("succeed", None, True), ("a new status", None, True),
    ],
)  # fmt: skip
def test_a_chat_is_closed_by_its_status_or_a_cause(status: str, cause: str | None, closed: bool) -> None:
    assert reported(ROW | {"status": status, "release_cause": cause}).closed is closed


def test_an_unknown_zone_is_taken_for_moscow() -> None:
    assert reported(ROW, timezone="Nowhere/At_All").started_at == NOW


@pytest.mark.parametrize("row", [ROW | {"date_time": None}, ROW | {"id": "x"}, {}])
def test_a_row_without_id_or_start_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(BadCallback):
        reported(row)


def test_fields_are_asked_for_once_each() -> None:
    assert len(chat_fields()) == len(set(chat_fields()))
    assert {"id", "messages_count", "utm_source", "tags", "chat_channel_id"} <= set(chat_fields())


def test_a_message_of_the_report_is_parsed_like_a_callback() -> None:
    row = {
        "id": 5, "chat_id": 7, "date_time": "2026-03-02 12:00:01", "text": None, "source": "operator",
        "employee_id": 367852, "resource": {"file_url": "https://files.example/1", "file_name": "a.pdf"},
    }  # fmt: skip
    event = parse("message", message_body(row, "Europe/Moscow", 740806))
    assert isinstance(event, MessageSeen)
    assert (event.chat_id, event.channel_id, event.operator_id, event.text) == (7, 740806, 367852, "")
    assert event.created_at == NOW + timedelta(seconds=1)
    assert event.resource == {"file_url": "https://files.example/1", "file_name": "a.pdf"}


SITE = Known(740806, 3581, "comagic", "Сайт", True)
CHATS = Known(740805, 3580, "whatsapp", "Основной", True)
SPARE = Known(740808, None, "whatsapp", "Запасной", False)


@pytest.mark.parametrize(
    ("number", "kind", "name", "found"),
    [
        (740806, "comagic", "Сайт", 740806),
        (3581, "comagic", "Сайт", 740806),
        (28910, "whatsapp", "Основной", 740805),
        (28910, "whatsapp", "Запасной", None),
        (740808, "whatsapp", "Запасной", None),
        (28910, "whatsapp", "Чужой", None),
        (None, "comagic", None, 740806),
        (None, "whatsapp", None, None),
        (28910, "telegram", "Бот", None),
    ],
)
def test_a_channel_is_known_by_number_else_by_type_and_name(
    number: int | None, kind: str, name: str | None, found: int | None
) -> None:
    row = {"chat_channel_id": number, "chat_channel_type": kind, "chat_channel_name": name}
    assert ChannelBook([SITE, CHATS, SPARE]).joined(row) == found


def test_the_memory_of_the_poller_survives_its_storage() -> None:
    memory = Memory()
    assert memory.notice(1, "a", NOW, True) == 0
    assert memory.notice(1, "a", NOW, True) is None
    assert memory.notice(1, "b", NOW, True) == 1
    memory.notice(2, "a", NOW - timedelta(days=3), False)
    memory.notice(3, "a", NOW - timedelta(days=31), True)
    memory.wide_at, memory.id_field = NOW, "communication_id"
    again = Memory.load(json.loads(json.dumps(memory.dump(NOW))))
    assert (again.wide_at, again.id_field, set(again.chats)) == (NOW, "communication_id", {1})
    assert again.notice(1, "a", NOW, True) == 2
    assert again.open_chats(NOW) == {1}


@pytest.mark.parametrize(
    ("limits", "left", "times"),
    [
        ({}, 1.0, 1.0),
        ({"day_limit": 100, "day_remaining": 20}, 0.2, 1.0),
        ({"day_limit": 100, "day_remaining": 10}, 0.1, 2.0),
        ({"day_limit": 100, "day_remaining": 0}, 0.0, 10.0),
    ],
)
def test_the_pace_follows_the_points(limits: dict[str, int], left: float, times: float) -> None:
    assert points_left(limits) == left
    assert pace(limits, timedelta(seconds=120)) == timedelta(seconds=120 * times)


def test_the_points_of_yesterday_are_forgotten() -> None:
    kept = {"at": NOW.isoformat(), "limits": {"day_limit": 10, "day_remaining": 0, "day_reset": 60}}
    assert known_limits(kept, NOW + timedelta(seconds=59))["day_remaining"] == 0
    assert known_limits(kept, NOW + timedelta(seconds=60)) == {}


def test_an_unknown_mnemonic_fails_loudly_with_its_words() -> None:
    error = data_error({"code": 1, "message": "No moon", "data": {"mnemonic": "moonless"}}, {})
    assert (error.code, error.params["problem"]) == ("refused", "moonless: No moon")
    assert data_error({}, {}).code == "refused"


@pytest.mark.parametrize(("kind", "after"), [("minute", 30.0), ("day", 7000.0)])
def test_a_limit_says_when_it_is_over(kind: str, after: float) -> None:
    limits = {"minute_reset": 30, "day_reset": 7000, "day_remaining": 5}
    error = data_error({"data": {"mnemonic": "limit_exceeded", "params": {"limit_type": kind}}}, limits)
    assert isinstance(error, Limited)
    assert error.after == after


def test_our_own_mistakes_are_told_apart() -> None:
    error = data_error(
        {"message": "Unexpected", "data": {"mnemonic": "unexpected_parameters", "field": "x"}}, {}
    )
    assert isinstance(error, UisError)
    assert error.code == "our_mistake"
    assert "x" in error.words("en")
