"""Reports of the Data API: chats, messages, offline requests, visits, tags."""

import datetime as dt
from collections.abc import Iterator

import pytest

from sandbox.uis import Uis
from sandbox.uis.data_query import METHODS
from sandbox.uis.data_rows import chat_row, message_row, request_row, session_row
from tests.sandbox.uis_account import Account, running_account

# 2025-03-21 05:00:00 in Moscow.
MORNING = dt.datetime(2025, 3, 21, 2, 0, 0, tzinfo=dt.UTC).timestamp()


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as started:
        yield started


def chat_with_everything(uis: Uis) -> int:
    chat = uis.visitor_starts_chat(
        name="Клиент", phone="79160000001", email="client@example.com", text="Здравствуйте"
    )
    uis.operator_writes(chat.id, "Добрый день", file=("offer.pdf", b"offer"))
    uis.close_chat(chat.id)
    return chat.id


def test_rows_know_only_fields_of_the_pages(account: Account) -> None:
    uis = account.uis
    chat = uis.chats[chat_with_everything(uis)]
    request = uis.offline_request(name="Клиент", phone="79160000002", text="Перезвоните")
    made = {
        "get.chats_report": chat_row(uis, chat),
        "get.chat_messages_report": message_row(uis, chat, chat.messages[0]),
        "get.offline_messages_report": request_row(uis, request),
        "get.visitor_sessions_report": session_row(uis, chat.session),
    }
    foreign = {method: sorted(set(row) - set(METHODS[method]["fields"])) for method, row in made.items()}
    # A session keeps all marks of a visit; the pages of the reports each show their own part of them.
    foreign["get.visitor_sessions_report"] = [
        name for name in foreign["get.visitor_sessions_report"] if name not in chat.session.traffic
    ]
    assert foreign == {method: [] for method in made}


def test_fields_are_those_asked_for_or_the_defaults(account: Account) -> None:
    chat_with_everything(account.uis)
    window = account.window()
    [row] = account.rows("get.chats_report", **window)
    assert set(row) == {
        "id", "status", "initiator", "date_time", "duration", "answer_time", "communication_id", "chat_ad_url",
        "is_group_chat", "is_transfer", "release_cause", "employee_id", "employee_raiting", "site_id",
        "campaign_id", "visitor_phone_number", "visitor_id", "visitor_ids",
    }  # fmt: skip
    assert row["visitor_phone_number"] == 79160000001
    assert isinstance(row["duration"], str)
    [row] = account.rows("get.chats_report", **window, fields=["utm_source", "tags", "source_name"])
    assert row == {"utm_source": "yandex", "tags": [], "source_name": "Яндекс Директ"}
    for wrong in ("tag_id", "operator_id", "finish_time"):
        assert account.mnemonic("get.chats_report", **window, fields=[wrong]) == "unexpected_parameters"
    account.uis.offline_request(phone="79160000003")
    assert "date_time" not in account.rows("get.offline_messages_report", **window)[0]


@pytest.mark.parametrize("which", ["id", "communication_id", "both"])
def test_the_chat_id_is_found_where_the_switch_says(account: Account, which: str) -> None:
    account.uis.chat_id_in_reports = which
    chat_id = chat_with_everything(account.uis)
    [row] = account.rows("get.chats_report", **account.window())
    same = {name for name in ("id", "communication_id") if row[name] == chat_id}
    assert same == ({"id", "communication_id"} if which == "both" else {which})
    assert len(account.rows("get.chat_messages_report", chat_id=row["id"])) == 2


def test_times_are_moscow_time_and_the_window_is_over_the_start(account: Account) -> None:
    uis = account.uis
    chat = uis.chats[chat_with_everything(uis)]
    chat.started = MORNING
    window = {"date_from": "2025-03-21 05:00:00", "date_till": "2025-03-21 05:00:00"}
    assert [row["date_time"] for row in account.rows("get.chats_report", **window)] == ["2025-03-21 05:00:00"]
    after = {"date_from": "2025-03-21 05:00:01", "date_till": "2025-03-22 00:00:00"}
    assert account.rows("get.chats_report", **after) == []


@pytest.mark.parametrize(
    ("start", "end", "mnemonic"),
    [
        ("2025-03-01 00:00:00", None, "required_parameter_missed"),
        ("2025-03-01", "2025-03-02", "invalid_parameter_value"),
        ("2025-02-30 00:00:00", "2025-03-02 00:00:00", "invalid_parameter_value"),
        ("2025-03-02 00:00:00", "2025-03-01 00:00:00", "invalid_parameter_value"),
        ("2025-01-01 00:00:00", "2025-04-02 00:00:00", "date_interval_limit_reached"),
        (
            "2025-02-01 00:00:00",
            "2025-05-01 00:00:01",
            "date_interval_limit_reached",
        ),  # 89 days, three months
    ],
)
def test_wrong_windows(account: Account, start: str, end: str | None, mnemonic: str) -> None:
    for method in ("get.chats_report", "get.offline_messages_report", "get.chat_messages_report"):
        assert account.mnemonic(method, date_from=start, date_till=end) == mnemonic


def test_messages_are_asked_by_chat_or_by_thirty_days(account: Account) -> None:
    month = {"date_from": "2025-03-01 00:00:00", "date_till": "2025-03-31 00:00:00"}
    assert account.rows("get.chat_messages_report", **month) == []
    longer = month | {"date_till": "2025-03-31 00:00:01"}
    assert account.mnemonic("get.chat_messages_report", **longer) == "date_interval_limit_reached"
    assert account.mnemonic("get.chat_messages_report") == "required_parameter_missed"
    assert account.mnemonic("get.chat_messages_report", chat_id="5") == "data_type_error"
    assert account.mnemonic("get.chat_messages_report", chat_ids=["5"]) == "data_type_error"


def test_a_chat_goes_through_its_states(account: Account) -> None:
    uis = account.uis

    def status(chat_id: int) -> str:
        return str(uis.chats[chat_id].status)

    chat = uis.visitor_starts_chat(text="Здравствуйте").id
    assert status(chat) == "new"
    uis.assign(chat, 367852)
    assert status(chat) == "active"
    uis.operator_writes(chat, "Добрый день")
    uis.close_chat(chat, "closed_by_operator")
    assert status(chat) == "succeed"
    alone = uis.visitor_starts_chat(text="Здравствуйте").id
    uis.close_chat(alone, "closed_by_timeout")
    assert status(alone) == "lost"
    left = uis.visitor_starts_chat(text="Здравствуйте").id
    uis.operator_writes(left, "Добрый день")
    uis.close_chat(left, "visitor_disconnected")
    assert status(left) == "lost"
    silent = uis.visitor_starts_chat().id
    uis.operator_writes(silent, "Добрый день")
    uis.close_chat(silent, "closed_by_timeout")
    assert status(silent) == "refused"


def test_a_young_chat_can_stay_out_of_the_report(account: Account) -> None:
    account.uis.report_lag_s = 60
    account.uis.visitor_starts_chat(text="Здравствуйте")
    assert account.rows("get.chats_report", **account.window()) == []
    account.clock.advance(61)
    assert len(account.rows("get.chats_report", **account.window())) == 1


def test_requests_show_how_they_were_processed(account: Account) -> None:
    uis = account.uis
    request = uis.offline_request(name="Клиент", phone="+79160000001", text="Перезвоните", form_name="Заявка")
    uis.offline_request(text="робот", technical=True)
    fields = ["id", "status", "form_type", "visitor_phone_number", "process_time", "employee_comment"]
    window = account.window()
    expected = {
        "id": request.id,
        "status": "not_processed",
        "form_type": "Пользовательская",
        "visitor_phone_number": 79160000001,
        "process_time": None,
        "employee_comment": None,
    }
    assert account.rows("get.offline_messages_report", **window, fields=fields) == [expected]
    more = account.rows("get.offline_messages_report", **window, include_tech_offline_messages=True)
    assert len(more) == 2
    uis.process_request(request.id, comment="Готово")
    [row] = account.rows("get.offline_messages_report", **window, fields=fields)
    assert (row["status"], row["employee_comment"]) == ("processed", "Готово")
    assert row["process_time"] is not None


def test_a_page_address_brings_its_marks(account: Account) -> None:
    page = "https://shop.example.com/divany?utm_source=vk&utm_campaign=spring&gclid=abc&other=1"
    account.uis.visitor_starts_chat(source={"page": page})
    fields = ["utm_source", "utm_campaign", "gclid", "utm_medium", "entrance_page", "communication_page_url"]
    assert account.rows("get.chats_report", **account.window(), fields=fields) == [
        {
            "utm_source": "vk",
            "utm_campaign": "spring",
            "gclid": "abc",
            "utm_medium": None,
            "entrance_page": page,
            "communication_page_url": "https://shop.example.com/divany",
        }
    ]


def test_a_visitor_who_comes_back_is_known(account: Account) -> None:
    visitor = account.uis.visitor_starts_chat().visitor_id
    account.uis.visitor_starts_chat(visitor=visitor)
    fields = ["visitor_id", "visits_count", "visitor_type", "communication_number"]
    rows = account.rows("get.chats_report", **account.window(), fields=fields)
    assert [row["visitor_id"] for row in rows] == [visitor, visitor]
    assert [row["visitor_type"] for row in rows] == ["Новый", "Вернувшийся"]
    assert [row["communication_number"] for row in rows] == [1, 2]


def test_a_messenger_knows_its_visitors_by_phone_and_a_site_does_not(account: Account) -> None:
    uis = account.uis

    def visitor(channel_id: int) -> int:
        return int(uis.visitor_starts_chat(channel_id, phone="+7 916 000-00-01").visitor_id)

    assert visitor(740805) == visitor(740805)
    assert visitor(740806) != visitor(740806)


def test_tags_and_comments_stick_to_communications(account: Account) -> None:
    chat_with_everything(account.uis)
    window = account.window()
    [row] = account.rows("get.chats_report", **window)
    key = {"communication_id": row["communication_id"], "communication_type": "chat"}
    for _ in range(2):
        account.data("set.tag_communications", **key, tag_id=9001)
    [tagged] = account.rows("get.chats_report", **window, fields=["tags"])
    assert [tag["tag_name"] for tag in tagged["tags"]] == ["Целевое"]
    assert account.mnemonic("set.tag_communications", **key, tag_id=1) == "entity_not_found"
    assert (
        account.mnemonic("set.tag_communications", **key | {"communication_id": 1}, tag_id=9001)
        == "entity_not_found"
    )
    assert (
        account.mnemonic("set.tag_communications", communication_type="chat", tag_id=9001)
        == "invalid_parameters_combination"
    )
    account.data("unset.tag_communications", **key, tag_id=9001)
    assert account.rows("get.chats_report", **window, fields=["tags"]) == [{"tags": []}]
    assert "result" in account.data("create.communication_comment", **key, comment="Сделка 5")
