"""Filter, sort, pages and windows of the Data API's reading methods."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.uis_account import Account, running_account


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as started:
        yield started


def ids(account: Account, **params: Any) -> list[int]:
    rows = account.rows("get.chats_report", **account.window(), fields=["id"], **params)
    return [row["id"] for row in rows]


def test_filters_select(account: Account) -> None:
    uis = account.uis
    one = uis.visitor_starts_chat(740805, phone="79160000001").id
    two = uis.visitor_starts_chat(740806, source={"utm_source": "vk", "utm_campaign": "Spring sale"}).id
    three = uis.visitor_starts_chat(740806).id
    uis.assign(three, 367852)

    def found(field: str, operator: str, value: Any = None) -> list[int]:
        return ids(account, filter={"field": field, "operator": operator, "value": value})

    assert found("id", "=", two) == [two]
    assert found("id", "!=", two) == [one, three]
    assert found("id", ">", one) == [two, three]
    assert found("id", "in", [one, three]) == [one, three]
    assert found("id", "not_in", [one, three]) == [two]
    assert found("status", "=", "active") == [three]
    assert found("employee_id", "=", None) == [one, two]
    assert found("employee_id", "is_not_null") == [three]
    assert found("utm_campaign", "like", "Spring%") == [two]
    assert found("utm_campaign", "like", "spring%") == []
    assert found("utm_campaign", "ilike", "%SALE") == [two]
    assert found("utm_source", "regexp", "^v") == [two]
    assert found("visitor_phone_number", "=", 79160000001) == [one]
    assert found("attributes", "overlap", "primary") == [one, two, three]
    tree = {
        "condition": "or",
        "filters": [
            {"field": "id", "operator": "=", "value": one},
            {
                "condition": "and",
                "filters": [
                    {"field": "chat_channel_type", "operator": "=", "value": "comagic"},
                    {"field": "utm_source", "operator": "=", "value": "vk"},
                ],
            },
        ],
    }
    assert ids(account, filter=tree) == [one, two]


@pytest.mark.parametrize(
    ("params", "mnemonic"),
    [
        ({"filter": {"field": "date_time", "operator": ">", "value": "2025-01-01 00:00:00"}}, "filter_prohibited"),
        ({"filter": {"field": "nothing", "operator": "=", "value": 1}}, "unexpected_parameters"),
        ({"filter": {"field": "id", "operator": "=", "value": "1"}}, "data_type_error"),
        ({"filter": {"field": "id", "operator": "like", "value": "1%"}}, "invalid_parameter_value"),
        ({"filter": {"field": "id", "operator": "==", "value": 1}}, "invalid_parameter_value"),
        ({"filter": {"field": "tags", "operator": "jsquery", "value": "*"}}, "invalid_parameter_value"),
        ({"filter": {"field": "id", "value": 1}}, "required_parameter_missed"),
        ({"filter": {"filters": [], "condition": "and"}}, "invalid_parameter_value"),
        ({"filter": {"filters": [{"field": "id", "operator": "=", "value": 1}] * 2}}, "invalid_parameter_value"),
        ({"filter": []}, "data_type_error"),
        ({"sort": [{"field": "id"}]}, "sort_prohibited"),
        ({"sort": [{"field": "nothing"}]}, "unexpected_parameters"),
        ({"sort": [{"field": "status", "order": "up"}]}, "invalid_parameter_value"),
        ({"limit": 10001}, "invalid_parameter_value"),
        ({"offset": 100001}, "invalid_parameter_value"),
        ({"limit": "5"}, "data_type_error"),
        ({"fields": "id"}, "data_type_error"),
        ({"fields": [5]}, "data_type_error"),
        ({"changed_since": "2025-01-01 00:00:00"}, "unexpected_parameters"),
    ],
)  # fmt: skip
def test_wrong_queries(account: Account, params: dict[str, Any], mnemonic: str) -> None:
    assert account.mnemonic("get.chats_report", **account.window(), **params) == mnemonic


def test_sorting_and_pages(account: Account) -> None:
    made = [account.uis.visitor_starts_chat().id for _ in range(5)]
    order = [{"field": "visitor_id", "order": "desc"}]
    assert ids(account, sort=order) == made[::-1]
    assert ids(account, sort=order, limit=2, offset=1) == [made[3], made[2]]
    answer = account.data("get.chats_report", **account.window(), limit=0)
    assert answer["result"]["metadata"]["total_items"] == 5
    assert answer["result"]["data"] == []
