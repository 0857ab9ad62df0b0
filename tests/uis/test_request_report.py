"""Rows of the report of offline requests -> events; events -> the words of a transcript."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.events import RequestReported
from app.pipeline.request_messages import spoken_in
from app.uis.keys import dedup_key
from app.uis.parse import BadCallback, parse
from app.uis.reports.request_rows import request_body, request_fields

ROW: dict[str, Any] = {
    "id": 77, "date_time": "2026-03-02 12:00:00", "status": "not_processed", "process_time": None,
    "text": "Перезвоните", "visitor_id": 5, "person_id": 6, "employee_id": None, "visitor_phone_number": 79161234567,
    "visitor_email": "buyer@example.com", "visitor_name": "Покупатель", "form_name": "Доставка", "utm_source": "yandex",
    "properties": None, "employee_answer_message": None, "tags": [],
}  # fmt: skip


def event(**changed: Any) -> RequestReported:
    found = parse("offline", request_body(ROW | changed, "Europe/Moscow"))
    assert isinstance(found, RequestReported)
    return found


def test_a_row_becomes_an_event_with_nested_facts_and_aware_times() -> None:
    found = event()
    assert (found.request_id, found.visitor_id, found.person_id, found.processed_at) == (77, 5, 6, None)
    assert found.created_at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert found.facts["visitor"]["phone_number"] == "79161234567"
    assert found.facts["visitor"]["email"] == "buyer@example.com"
    assert found.facts["request"]["form_name"] == "Доставка"
    assert found.facts["traffic"]["utm_source"] == "yandex"
    assert "tags" not in found.facts  # nothing is known of them


@pytest.mark.parametrize(
    ("row", "processed"),
    [
        ({"status": "processed", "process_time": "2026-03-02 15:30:00"}, datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        ({"status": "processed", "process_time": None}, datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
        ({"status": "processing", "process_time": "2026-03-02 15:30:00"}, None),
        ({"status": "not_processed"}, None),
    ],
)  # fmt: skip
def test_processed_is_what_the_status_says(row: dict[str, Any], processed: datetime | None) -> None:
    assert event(**row).processed_at == processed


def test_text_and_answer_are_what_was_said() -> None:
    done = event(
        status="processed",
        process_time="2026-03-02 15:30:00",
        employee_id=9,
        employee_answer_message="Уже едем",
    )
    said = [(m.message_id, m.source, m.text, m.operator_id, m.created_at) for m in spoken_in(done)]
    assert said == [
        (1, "visitor", "Перезвоните", None, done.created_at), (2, "operator", "Уже едем", 9, done.processed_at),
    ]  # fmt: skip


def test_the_comment_of_a_callback_form_is_its_text() -> None:
    assert [m.text for m in spoken_in(event(text=None, properties="После шести"))] == ["После шести"]
    assert list(spoken_in(event(text=None))) == []


@pytest.mark.parametrize(
    "wrong", [{"id": None}, {"id": "x"}, {"date_time": None}, {"date_time": "yesterday"}]
)
def test_a_row_without_id_or_time_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadCallback):
        event(**wrong)


def test_another_state_of_a_request_has_another_key() -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    rows = [ROW, ROW | {"status": "processed"}, ROW | {"id": 78}, ROW]
    bodies = [request_body(row, "Europe/Moscow") for row in rows]
    keys = [dedup_key(parse("offline", body), "offline", body, now) for body in bodies]
    assert len(set(keys)) == 3 and keys[0] == keys[3]
    assert max(map(len, keys)) <= 160


def test_every_source_field_of_requests_is_asked_for_once() -> None:
    asked = request_fields()
    assert len(asked) == len(set(asked))
    assert {
        "id",
        "status",
        "process_time",
        "text",
        "visitor_email",
        "employee_answer_message",
        "utm_source",
    } <= set(asked)
