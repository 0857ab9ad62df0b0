"""Fields of the CRM as a portal answers them, and as they are kept."""

from typing import Any

import pytest

from app.domain.fields import FieldInfo, from_portal, from_rows, to_row
from bitrix_app.batch import BatchAnswer, CommandError
from bitrix_app.errors import BitrixError
from bitrix_app.fields import DIRECTORIES, field_rows

STATUSES = [
    {"ENTITY_ID": "SOURCE", "STATUS_ID": "CALL", "NAME": "Звонок"},
    {"ENTITY_ID": "HONORIFIC", "STATUS_ID": "HNR_1", "NAME": "г-жа"},
    {"ENTITY_ID": "SOURCE"},
]
RAW: dict[str, Any] = {
    "sourceId": {"type": "crm_status", "statusType": "SOURCE", "title": "Источник"},
    "honorific": {"type": "crm_status", "title": "Обращение"},
    "createdTime": {"type": "datetime", "isReadOnly": True, "title": "Создан"},
    "ufCrm_1": {
        "type": "enumeration", "isMultiple": True, "isDynamic": True, "isRequired": "Y", "title": "Цвет",
        "items": [{"ID": "44", "VALUE": "Красный"}, {"id": 45, "value": "Синий"}, {"ID": 46}, "?"],
    },
    "ufCrm_2": {"title": None, "items": {"0": {"ID": 1, "VALUE": "Да"}}},
    "broken": "no field",
}  # fmt: skip


def answered(**errors: CommandError) -> BatchAnswer:
    results = {name: {"fields": RAW} for name in DIRECTORIES if name not in errors}
    return BatchAnswer(results=results, errors=dict(errors), times={})


def lead_fields() -> dict[str, FieldInfo]:
    return from_rows("lead", field_rows(answered(), STATUSES)["fields_lead"])


def test_an_answer_becomes_rows_and_rows_become_fields() -> None:
    found = lead_fields()
    assert found.keys() == RAW.keys() - {"broken"}
    colour = found["ufCrm_1"]
    assert (colour.type, colour.multiple, colour.required, colour.custom) == ("enumeration", True, True, True)
    assert colour.items == {"44": "Красный", "45": "Синий", "46": "46"}
    assert (found["ufCrm_2"].type, found["ufCrm_2"].title, found["ufCrm_2"].items) == (
        "string",
        "ufCrm_2",
        {"1": "Да"},
    )
    assert found["createdTime"].read_only


def test_a_dictionary_comes_with_its_items() -> None:
    found = lead_fields()
    assert found["sourceId"].items == {"CALL": "Звонок"}
    assert found["honorific"].items == {"HNR_1": "г-жа"}


def test_a_row_keeps_everything() -> None:
    for info in lead_fields().values():
        assert from_rows("lead", [to_row(info)]) == {info.name: info}


@pytest.mark.parametrize("raw", [None, [], {}, {"fields": []}, {"fields": None}, "x"])
def test_an_answer_of_another_shape_has_no_fields(raw: Any) -> None:
    assert from_portal("lead", raw) == []


def test_leads_that_a_portal_does_not_have_are_left_out() -> None:
    rows = field_rows(answered(fields_lead=CommandError("NOT_FOUND", "no leads")), STATUSES)
    assert rows.keys() == set(DIRECTORIES) - {"fields_lead"}


@pytest.mark.parametrize("code", ["QUERY_LIMIT_EXCEEDED", "ACCESS_DENIED", "INTERNAL_SERVER_ERROR"])
def test_half_an_answer_is_none(code: str) -> None:
    with pytest.raises(BitrixError):
        field_rows(answered(fields_deal=CommandError(code, "later")), STATUSES)
