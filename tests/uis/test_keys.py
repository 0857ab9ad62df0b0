"""Repeats fall on one key; what is new, or may come back, gets its own."""

from datetime import UTC, datetime, timedelta

import pytest

from app.uis.keys import dedup_key, message_key, report_key
from app.uis.parse import parse
from tests.uis.payloads import changed, raw

NOW = datetime(2025, 3, 21, 5, 0, tzinfo=UTC)


def key(kind: str, body: bytes, after: float = 0) -> str:
    return dedup_key(parse(kind, body), kind, body, NOW + timedelta(seconds=after))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("message", "message_visitor"), ("message/status", "message_status"), ("chat", "chat"),
        ("chat/close", "chat_close"),
    ],
)  # fmt: skip
def test_a_repeat_has_the_same_key_however_late(kind: str, name: str) -> None:
    assert key(kind, raw(name)) == key(kind, raw(name), after=86_400)


def test_the_report_of_a_message_has_the_key_of_its_callback() -> None:
    expected = message_key(623010893, "Здравствуйте!  Сколько стоит доставка?\n")
    assert key("message", raw("message_visitor")) == expected


def test_an_edit_is_another_event() -> None:
    assert key("message", raw("message_edited")) != key("message", raw("message_visitor"))


def test_a_whole_message_with_another_text_is_an_edit() -> None:
    assert key("message", changed("message_visitor", text="Иначе")) != key("message", raw("message_visitor"))


def test_a_file_is_no_part_of_a_message_key() -> None:
    assert key("message", changed("message_file", resource=None)) == key("message", raw("message_file"))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("chat/update", "chat_update"), ("visitor/card", "visitor_card"), ("account/update", "account"),
        ("channel", "channel"), ("message", "message_edited"),
    ],
)  # fmt: skip
def test_a_state_may_return_after_a_minute(kind: str, name: str) -> None:
    assert key(kind, raw(name)) == key(kind, raw(name), after=59)
    assert key(kind, raw(name)) != key(kind, raw(name), after=60)


def test_every_status_of_a_message_counts_once() -> None:
    delivered, read = raw("message_status"), changed("message_status", status="read")
    assert key("message/status", delivered) != key("message/status", read)


def test_creation_and_deletion_of_a_channel_differ() -> None:
    assert key("channel", raw("channel")) != key("channel/delete", raw("channel"))


def test_the_longest_key_fits_its_column() -> None:
    body = changed("message_edited", id=2**63 - 1, text="x" * 9000)
    assert len(key("message", body)) <= 160
    assert len(report_key(2**63 - 1, 10**6, b"x")) <= 160
