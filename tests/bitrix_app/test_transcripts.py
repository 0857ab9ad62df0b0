"""What a session's history says, in the shape of the page, in those that PHP makes of it, and in any other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.crm import Kind
from bitrix_app.analytics import sessions
from bitrix_app.analytics.transcripts import cards, transcript
from bitrix_app.values import moment

# Bitrix24: imopenlines/openlines/sessions/imopenlines-session-history-get, what is not read left out.
CLIENT, OPERATOR = 587, 103
NAME = 'Форма "Контакты"'
SERVICE: dict[str, Any] = {
    "id": "85833", "chatid": "1763", "senderid": "0", "recipientid": "chat1763", "date": "2026-03-11T13:09:25+01:00",
    "text": "[b]A new lead has been created[/b]",
    "params": {"attach": [{"id": 1, "blocks": [
        {"link": [{"name": NAME, "link": "/crm/lead/details/1205/"}]},
        {"grid": [{"display": "LINE", "name": "UIS", "value": "uis-session:20153"}]},
    ]}]},
}  # fmt: skip
ANSWERED: dict[str, Any] = {
    "id": "85851", "chatid": "1763", "senderid": "103", "date": "2026-03-11T13:12:46+01:00",
    "text": "Open the task card", "params": {"connectorMid": ["85853"], "fileId": [5437]},
}  # fmt: skip
ASKED: dict[str, Any] = {
    "id": "85840", "senderid": "587", "date": "2026-03-11T13:10:00+01:00", "text": "Hello", "params": [],
}  # fmt: skip


def history(*messages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "chatId": 1763, "sessionId": 321,
        "message": {row["id"]: row for row in messages},
        "users": {
            "103": {"id": "103", "name": "Samantha Johnson", "connector": False, "externalAuthId": "socservices"},
            "587": {"id": "587", "name": " John ", "connector": True, "externalAuthId": "imconnector"},
        },
        "chat": {"1763": {
            "id": "1763", "entityId": "livechat|22|1761|587", "entityData2": "LEAD|1205|COMPANY|0|CONTACT|7|DEAL|0",
            "managerList": [103],
        }},
        "files": {"5437": {"id": 5437, "name": "2311.png", "urldownload": "https://x.example/?signature=secret"}},
    } | changes  # fmt: skip


def test_the_page_of_the_vendor_is_read_whole() -> None:
    found = transcript(history(ANSWERED, SERVICE, ASKED))
    assert found is not None
    assert (found.session_id, found.chat_id, found.user_code) == (321, 1763, "livechat|22|1761|587")
    assert (found.crm, found.client_name) == ({Kind.LEAD: 1205, Kind.CONTACT: 7}, "John")
    assert found.visitor_session_id == 20153
    assert [(one.author, one.user_id, one.text, one.files) for one in found.said] == [
        ("visitor", None, "Hello", ()),
        ("operator", OPERATOR, "Open the task card", ("2311.png",)),
    ]
    assert found.said[0].at == moment("2026-03-11T12:10:00+00:00")


@pytest.mark.parametrize(
    "change",
    [
        {"users": []},
        {"users": {"587": {"id": "587", "externalAuthId": "imconnector"}}},
        {"chat": {"1763": {"entityId": "livechat|22|1761|587", "managerList": None}}, "users": []},
    ],
)
def test_the_client_is_known_by_his_account_or_by_the_code_of_the_dialog(change: dict[str, Any]) -> None:
    found = transcript(history(ASKED, ANSWERED, **change))
    assert found is not None
    assert [one.author for one in found.said] == ["visitor", "operator"]


DROPPED: list[dict[str, Any]] = [
    {"senderid": "0"},
    {"senderid": None},
    {"text": "  ", "params": []},
    {"params": {"IS_DELETED": "Y"}},
    {"params": {"isDeleted": "Y"}},
    {"date": "yesterday"},
    {"date": "2026-03-11T13:10:00"},
]


@pytest.mark.parametrize("change", DROPPED)
def test_what_no_person_says_is_no_part_of_the_dialog(change: dict[str, Any]) -> None:
    found = transcript(history(ASKED | change))
    assert found is not None
    assert found.said == ()


@pytest.mark.parametrize("params", [{"FILE_ID": ["5437"]}, {"fileId": [5437]}, {"FILE_ID": 5437}])
def test_a_file_is_named_and_its_signed_link_stays_in_the_portal(params: dict[str, Any]) -> None:
    found = transcript(history(ASKED | {"text": "", "params": params}))
    assert found is not None
    assert found.said[0].files == ("2311.png",)
    assert "secret" not in repr(found)


MARKS: list[tuple[dict[str, Any], int | None]] = [
    (SERVICE, 20153),
    (SERVICE | {"params": [], "text": "UIS: uis-session:42"}, 42),
    (SERVICE | {"params": {"ATTACH": [{"BLOCKS": [{"MESSAGE": "uis-session:42"}]}]}}, 42),
    (ASKED | {"text": "uis-session:42"}, None),
    (ANSWERED | {"text": "uis-session:42"}, None),
    (SERVICE | {"params": [], "text": "uis-session:0"}, None),
    (SERVICE | {"params": [], "text": "uis-session:" + "9" * 19}, None),
    (SERVICE | {"params": [], "text": "uis-session: 42"}, None),
]


@pytest.mark.parametrize(("message", "number"), MARKS)
def test_the_session_is_what_the_widget_handed_over_not_what_somebody_writes(
    message: dict[str, Any], number: int | None
) -> None:
    found = transcript(history(message))
    assert found is not None
    assert found.visitor_session_id == number


@pytest.mark.parametrize("answer", [None, [], {}, {"chatId": 0}, {"chatId": 5}, {"sessionId": 5}])
def test_an_answer_without_a_chat_or_session_is_no_transcript(answer: Any) -> None:
    assert transcript(answer) is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(
    part=st.sampled_from(["message", "users", "chat", "files", "chatId", "sessionId"]),
    value=anything,
    change=st.dictionaries(st.sampled_from(sorted(ANSWERED)), anything, max_size=4),
)
def test_no_answer_breaks_the_reading(part: str, value: Any, change: dict[str, Any]) -> None:
    transcript(history(SERVICE, ANSWERED | change | {"id": "1"}, ASKED, **{part: value}), 321)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LEAD|1205|COMPANY|0|CONTACT|0|DEAL|0", {Kind.LEAD: 1205}),
        ("LEAD|0|COMPANY|3|CONTACT|2|DEAL|9", {Kind.COMPANY: 3, Kind.CONTACT: 2, Kind.DEAL: 9}),
        ("LEAD|1|", {Kind.LEAD: 1}),
        ("QUOTE|1|LEAD", {}),
        ("", {}),
    ],
)
def test_cards_of_a_dialog(text: str, found: dict[Kind, int]) -> None:
    assert cards(text) == found


ACTIVITY: dict[str, Any] = {
    "ID": "901", "OWNER_TYPE_ID": "1", "OWNER_ID": "81", "ASSOCIATED_ENTITY_ID": "321", "ORIGIN_ID": "IMOL_321",
    "PROVIDER_PARAMS": {"USER_CODE": "livechat|22|1761|587"}, "COMPLETED": "Y", "CREATED": "2026-03-11T15:09:25+03:00",
}  # fmt: skip


def test_an_activity_tells_of_its_session() -> None:
    [one] = sessions.found([ACTIVITY])
    assert (one.session_id, one.activity_id, one.user_code, one.finished) == (
        321, 901, "livechat|22|1761|587", True,
    )  # fmt: skip
    assert (one.crm, one.started_at) == ({Kind.LEAD: 81}, moment("2026-03-11T12:09:25+00:00"))


@pytest.mark.parametrize(
    ("change", "numbers"),
    [
        ({"ASSOCIATED_ENTITY_ID": "0"}, [321]),
        ({"ORIGIN_ID": ""}, [321]),
        ({"ASSOCIATED_ENTITY_ID": None, "ORIGIN_ID": "CALL_5"}, []),
        ({"ASSOCIATED_ENTITY_ID": "0", "ORIGIN_ID": "IMOL_x"}, []),
        ({"PROVIDER_PARAMS": [], "OWNER_TYPE_ID": "31", "CREATED": ""}, [321]),
    ],
)
def test_a_session_is_known_by_either_of_its_numbers(change: dict[str, Any], numbers: list[int]) -> None:
    assert [one.session_id for one in sessions.found([ACTIVITY | change])] == numbers


@given(rows=st.lists(st.dictionaries(st.sampled_from(sorted(ACTIVITY)), anything)) | anything)
def test_no_list_of_activities_breaks_the_reading(rows: Any) -> None:
    sessions.found(rows)
