"""Uploads to UIS: sessions, chats and offline requests of another system."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.uis.data_time import text_of
from tests.sandbox.uis_account import Account, running_account

LONG_AGO = {"date_time": "2020-01-01 00:00:00", "source": "visitor", "message": "x"}


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as started:
        yield started


def ago(account: Account, seconds: float) -> str:
    return str(text_of(account.clock.now() - seconds, account.uis.zone))


def chat_of(account: Account, **changes: Any) -> dict[str, Any]:
    chat = {
        "start_date_time": ago(account, 600),
        "status": "succeed",
        "phone": "+79160000001",
        "site_id": 43525,
        "ext_id": "line-1",
        "messages": [
            {"date_time": ago(account, 590), "source": "visitor", "message": "Здравствуйте"},
            {"date_time": ago(account, 580), "source": "operator", "employee_id": 367853, "message": "Да"},
        ],
    } | changes
    return {name: value for name, value in chat.items() if value != "absent"}


def request_of(account: Account, **changes: Any) -> dict[str, Any]:
    request = {"date_time": ago(account, 60), "email": "client@example.com", "site_id": 43525} | changes
    return {name: value for name, value in request.items() if value != "absent"}


def session_of(account: Account, **changes: Any) -> dict[str, Any]:
    session = {
        "ext_id": "visit-1",
        "site_id": 43525,
        "date_time": ago(account, 3600),
        "is_visitor_new": True,
        "visitor_ip_address": "192.0.2.7",
        "utm_source": "newsletter",
    } | changes
    return {name: value for name, value in session.items() if value != "absent"}


def test_an_uploaded_chat_is_in_the_reports_and_calls_nobody(account: Account) -> None:
    [made] = account.rows("upload.chats", chats=[chat_of(account)])
    fields = ["id", "status", "initiator", "chat_channel_type", "employee_id", "ext_id", "campaign_id"]
    assert account.rows("get.chats_report", **account.window(), fields=fields) == [
        {
            "id": made["id"],
            "status": "succeed",
            "initiator": "visitor",
            "chat_channel_type": "dataapi",
            "employee_id": 367853,
            "ext_id": "line-1",
            "campaign_id": -1,
        }
    ]
    messages = account.rows("get.chat_messages_report", chat_id=made["id"], fields=["source", "text"])
    assert messages == [
        {"source": "visitor", "text": "Здравствуйте"},
        {"source": "operator", "text": "Да"},
    ]
    assert account.uis.deliveries == []


def test_a_session_gives_its_marks_to_the_chat(account: Account) -> None:
    [session] = account.rows("upload.sessions", sessions=[session_of(account)])
    assert set(session) == {"ext_id", "session_id"}
    number = session["session_id"]
    account.rows("upload.chats", chats=[chat_of(account, visitor_session_id=number, site_id="absent")])
    [row] = account.rows("get.chats_report", **account.window(), fields=["utm_source", "visitor_session_id"])
    assert row == {"utm_source": "newsletter", "visitor_session_id": number}
    found = account.rows(
        "get.visitor_sessions_report", **account.window(7200), fields=["id", "communications"]
    )
    assert [one["communications"][0]["communication_type"] for one in found if one["id"] == number] == [
        "chat"
    ]


def test_a_repeated_session_is_dropped(account: Account) -> None:
    assert len(account.rows("upload.sessions", sessions=[session_of(account)] * 2)) == 1
    assert account.rows("upload.sessions", sessions=[session_of(account)]) == []


def test_nobody_wrote_so_the_chat_is_lost(account: Account) -> None:
    chat = chat_of(account, initiator="visitor", messages=[])
    account.rows("upload.chats", chats=[chat])
    assert account.rows("get.chats_report", **account.window(), fields=["status"]) == [{"status": "lost"}]


@pytest.mark.parametrize(
    ("changes", "mnemonic"),
    [
        ({"phone": "absent"}, "required_parameter_missed"),
        ({"phone": "8 916"}, "invalid_parameter_value"),
        ({"site_id": "absent"}, "required_parameter_missed"),
        ({"site_id": 1}, "entity_not_found"),
        ({"source_id": 99}, "entity_not_found"),
        ({"campaign_id": -1}, "invalid_parameter_value"),
        ({"visitor_session_id": 1}, "entity_not_found"),
        ({"status": "succeeded"}, "invalid_parameter_value"),
        ({"status": "absent"}, "required_parameter_missed"),
        ({"initiator": "chatbot"}, "invalid_parameter_value"),
        ({"operator_id": 367852}, "unexpected_parameters"),
        ({"start_date_time": "2025-03-21T05:00:00"}, "invalid_parameter_value"),
        ({"start_date_time": "2999-01-01 00:00:00"}, "invalid_date_time"),
        ({"messages": "absent"}, "required_parameter_missed"),
        ({"messages": [LONG_AGO]}, "invalid_date_time"),
        ({"messages": [LONG_AGO | {"source": "bot"}]}, "invalid_parameter_value"),
        ({"messages": [{"source": "visitor", "message": "x"}]}, "required_parameter_missed"),
        ({"messages": ["x"]}, "data_type_error"),
    ],
)  # fmt: skip
def test_a_chat_that_breaks_the_page_stores_nothing(
    account: Account, changes: dict[str, Any], mnemonic: str
) -> None:
    chats = [chat_of(account, ext_id="good"), chat_of(account, **changes)]
    assert account.mnemonic("upload.chats", chats=chats) == mnemonic
    assert account.uis.chats == {}


def test_an_operators_message_needs_an_employee(account: Account) -> None:
    message = {"date_time": ago(account, 5), "source": "operator", "message": "Да"}
    chat = chat_of(account, messages=[message])
    assert account.mnemonic("upload.chats", chats=[chat]) == "required_parameter_missed"
    chat["messages"] = [message | {"employee_id": 1}]
    assert account.mnemonic("upload.chats", chats=[chat]) == "entity_not_found"


def test_a_session_must_fit_what_is_tied_to_it(account: Account) -> None:
    [session] = account.rows("upload.sessions", sessions=[session_of(account)])
    chat = chat_of(account, visitor_session_id=session["session_id"])
    wrong = chat | {"campaign_id": 268176}
    assert account.mnemonic("upload.chats", chats=[wrong]) == "invalid_parameters_combination"
    early = chat | {"start_date_time": ago(account, 7200)}
    assert account.mnemonic("upload.chats", chats=[early]) == "invalid_date_time"


def test_fifty_at_a_time(account: Account) -> None:
    assert account.mnemonic("upload.chats", chats=[chat_of(account)] * 51) == "data_limit_exceeded"
    assert account.mnemonic("upload.chats", chats=[]) == "required_parameter_missed"


@pytest.mark.parametrize(("switch", "stored"), [("create", 2), ("update", 1), ("duplicate_entity", 1)])
def test_what_a_repeat_does_is_a_switch(account: Account, switch: str, stored: int) -> None:
    account.uis.repeated_upload = switch
    for method, name, item in (
        ("upload.chats", "chats", chat_of(account)),
        ("upload.offline_messages", "offline_messages", request_of(account, ext_id="form-1")),
    ):
        account.rows(method, **{name: [item]})
        again = account.data(method, **{name: [item]})
        assert ("error" in again) == (switch == "duplicate_entity")
    assert (len(account.uis.chats), len(account.uis.requests)) == (stored, stored)


def test_an_uploaded_request_is_in_the_report(account: Account) -> None:
    item = request_of(account, name="Клиент", message="Перезвоните", form_name="Из CRM", ext_id="form-1")
    [made] = account.rows("upload.offline_messages", offline_messages=[item])
    fields = ["id", "form_type", "form_name", "text", "visitor_name", "visitor_email", "ext_id"]
    assert account.rows("get.offline_messages_report", **account.window(), fields=fields) == [
        {
            "id": made["id"],
            "form_type": "DataAPI",
            "form_name": "Из CRM",
            "text": "Перезвоните",
            "visitor_name": "Клиент",
            "visitor_email": "client@example.com",
            "ext_id": "form-1",
        }
    ]


@pytest.mark.parametrize(
    ("changes", "mnemonic"),
    [
        ({"email": "absent"}, "required_parameter_missed"),
        ({"campaign_id": -1, "site_id": "absent"}, "required_parameter_missed"),
        ({"user_fields": [{"ext_id": "promo", "value": "x"}]}, "entity_not_found"),
        ({"user_fields": [{"name": "promo"}]}, "unexpected_parameters"),
        ({"date_time": "2999-01-01 00:00:00"}, "invalid_date_time"),
    ],
)
def test_a_request_that_breaks_the_page_stores_nothing(
    account: Account, changes: dict[str, Any], mnemonic: str
) -> None:
    items = [request_of(account, **changes)]
    assert account.mnemonic("upload.offline_messages", offline_messages=items) == mnemonic
    assert account.uis.requests == {}


@pytest.mark.parametrize(
    ("changes", "mnemonic"),
    [
        ({"ext_id": "absent"}, "required_parameter_missed"),
        ({"is_visitor_new": "yes"}, "data_type_error"),
        ({"visitor_device": "watch"}, "invalid_parameter_value"),
        ({"visitor_id": 5}, "entity_not_found"),
        ({"date_time": "2999-01-01 00:00:00"}, "invalid_date_time"),
        ({"date_time": "2010-12-31 23:59:59"}, "invalid_date_time"),
        ({"utm_sauce": "x"}, "unexpected_parameters"),
    ],
)
def test_a_session_that_breaks_the_page_is_refused(
    account: Account, changes: dict[str, Any], mnemonic: str
) -> None:
    assert account.mnemonic("upload.sessions", sessions=[session_of(account, **changes)]) == mnemonic
    assert account.uis.sessions == {}


def test_a_heavy_load_of_sessions_is_refused(account: Account) -> None:
    sessions = [session_of(account, ext_id=str(number), referrer="x" * 12_000) for number in range(50)]
    assert account.mnemonic("upload.sessions", sessions=sessions) == "data_limit_exceeded"
