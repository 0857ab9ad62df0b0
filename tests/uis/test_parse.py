"""Recorded callbacks become events; what has another shape is refused with the field named."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain import events
from app.uis.parse import BadCallback, kind_of, parse
from tests.uis.payloads import changed, raw

MINUTE = datetime(2025, 3, 21, 5, 0, tzinfo=UTC)


def test_a_new_chat() -> None:
    assert parse("chat", raw("chat")) == events.ChatStarted(
        chat_id=199304420, channel_id=740805, visitor_id=9012381597, visitor_phone="74959268686",
        operator_id=None, initiator="visitor", created_at=MINUTE.replace(microsecond=248137),
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["chat/update", "chat/operator"])
def test_an_assignment_in_both_versions(kind: str) -> None:
    expected = events.ChatAssigned(chat_id=199304420, channel_id=740805, operator_id=367852)
    assert parse(kind, raw("chat_update")) == expected


@pytest.mark.parametrize(
    ("name", "operator", "reason"),
    [
        ("chat_close", 367852, "closed_by_operator"),
        ("chat_close_by_timeout", None, "closed_by_timeout"),
    ],
)
def test_a_close(name: str, operator: int | None, reason: str) -> None:
    event = parse("chat/close", raw(name))
    assert event == events.ChatClosed(
        chat_id=199304420, channel_id=740805, operator_id=operator, reason=reason
    )


def test_a_message_of_the_visitor() -> None:
    event = parse("message", raw("message_visitor"))
    assert isinstance(event, events.MessageSeen)
    assert (event.message_id, event.source, event.text) == (
        623010893, "visitor", "Здравствуйте! Сколько стоит доставка?",
    )  # fmt: skip
    assert event.created_at == MINUTE.replace(second=2, microsecond=1000)


def test_a_message_with_a_file_and_a_quote() -> None:
    event = parse("message", raw("message_file"))
    assert isinstance(event, events.MessageSeen)
    assert event.resource == {
        "id": 77, "token": "resource-token", "type": "photo", "name": "photo.jpg", "size": 20480,
    }  # fmt: skip
    assert event.reply_to_id == 623010893


def test_an_edit_has_no_source_and_no_time() -> None:
    event = parse("message", raw("message_edited"))
    assert isinstance(event, events.MessageSeen)
    assert (event.source, event.created_at, event.message_id) == (None, None, 623010893)


def test_a_system_message_keeps_its_mnemonic() -> None:
    event = parse("message", raw("message_system"))
    assert isinstance(event, events.MessageSeen)
    assert (event.source, event.mnemonic, event.status) == ("system", "chat_started", "sent")


def test_a_status() -> None:
    event = parse("message/status", raw("message_status"))
    assert event == events.MessageStatus(chat_id=199304420, message_id=623010897, status="delivered")


def test_a_visitor_card() -> None:
    assert parse("visitor/card", raw("visitor_card")) == events.VisitorCard(
        visitor_id=9012381597, name="Покупатель", company="ООО «Ромашка»", comment="",
        phones=("74959268686",), emails=("buyer@example.com",),
    )  # fmt: skip


def test_an_empty_visitor_card() -> None:
    event = parse("visitor/card", changed("visitor_card", visitor_card={}))
    assert isinstance(event, events.VisitorCard)
    assert (event.name, event.phones, event.emails) == (None, (), ())


@pytest.mark.parametrize(
    ("kind", "status"),
    [("account", "active"), ("account/update", "active"), ("account/delete", "deleted")],
)
def test_an_account(kind: str, status: str) -> None:
    expected = events.AccountChanged(account_id=286, app_id=4735, status=status)
    assert parse(kind, raw("account")) == expected


def test_a_channel_joins_the_two_ids() -> None:
    event = parse("channel", raw("channel"))
    assert isinstance(event, events.ChannelChanged)
    assert (event.channel_id, event.chat_channel_id, event.type) == (3580, 740805, "whatsapp")


def test_templates_of_waba_ride_in_the_channel() -> None:
    event = parse("channel/update", raw("channel_waba"))
    assert isinstance(event, events.ChannelChanged)
    assert event.templates and [template["name"] for template in event.templates] == ["hello"]


@pytest.mark.parametrize(
    ("context", "expected"),
    [({"message_templates": []}, ()), ({"message_templates": None}, None), ({}, None), ([], None)],
)
def test_no_templates_are_told_apart_from_nothing_about_them(context: Any, expected: object) -> None:
    event = parse("channel/update", changed("channel_waba", context=context))
    assert isinstance(event, events.ChannelChanged)
    assert event.templates == expected


@pytest.mark.parametrize(
    ("context", "known", "expected"),
    [
        ({"chat_channel_id": 740805}, {3580: 1}, 740805),
        ({}, {3580: 740805}, 740805),
        (None, {3580: 740805}, 740805),
        ({}, {}, 3580),
    ],
)
def test_the_channel_is_that_of_the_set_up_list(context: Any, known: dict[int, int], expected: int) -> None:
    event = parse("message", changed("message_visitor", context=context), known)
    assert isinstance(event, events.MessageSeen)
    assert event.channel_id == expected


@pytest.mark.parametrize(
    ("kind", "name", "field", "value"),
    [
        ("chat", "chat", "chat_id", ...),
        ("chat", "chat", "chat_id", "199304420"),
        ("chat", "chat", "chat_id", True),
        ("chat", "chat", "chat_id", 1.5),
        ("chat", "chat", "chat_id", 2**63),
        ("chat", "chat", "chat_id", -1),
        ("chat", "chat", "created_at", "yesterday"),
        ("chat", "chat", "created_at", ...),
        ("chat", "chat", "context", "text"),
        ("chat", "chat", "visitor_phone", ["7"]),
        ("message", "message_visitor", "text", {"a": 1}),
        ("message", "message_visitor", "resource", "photo.jpg"),
        ("message", "message_visitor", "id", None),
        ("chat/close", "chat_close", "reason", 5),
        ("chat/close", "chat_close", "reason", None),
        ("message/status", "message_status", "status", []),
        ("visitor/card", "visitor_card", "visitor_id", None),
        ("visitor/card", "visitor_card", "visitor_card", "name"),
        ("channel", "channel", "type", 1),
    ],
)
def test_a_wrong_type_is_named(kind: str, name: str, field: str, value: Any) -> None:
    with pytest.raises(BadCallback, match=field):
        parse(kind, changed(name, **{field: value}))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"1", b"[" * 100_000, b'{"id": 1e}']
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadCallback, match="JSON"):
        parse("message", body)


def test_texts_come_out_storable() -> None:
    body = json.dumps({**json.loads(raw("message_visitor")), "text": "a\x00b\ud800c 😀"}).encode()
    event = parse("message", body)
    assert isinstance(event, events.MessageSeen)
    assert event.text.encode() == "ab\ufffdc 😀".encode()


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "chat", "chat"), ("PATCH", "chat", "chat/update"), ("POST", "chat/operator", "chat/operator"),
        ("POST", "account", "account"), ("PATCH", "account/286", "account/update"),
        ("DELETE", "channel/3580", "channel/delete"), ("DELETE", "chat", None), ("POST", "chat/7", None),
        ("PATCH", "account", None), ("POST", "order", None), ("DELETE", "account/x", None),
    ],
)  # fmt: skip
def test_only_documented_callbacks_have_a_kind(method: str, path: str, kind: str | None) -> None:
    assert kind_of(method, path) == kind
