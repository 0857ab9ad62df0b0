"""Recorded events of our connector, in every spelling that the pages leave open."""

from typing import Any
from urllib.parse import urlencode

import pytest

from app.domain.line_events import (
    ConnectorOff,
    LineDeleted,
    LineDialog,
    LineEdited,
    LineFile,
    LineGone,
    LineSaid,
)
from app.pipeline.parsers import Unreadable
from app.storage.models import InboxRow
from bitrix_app.brackets import nested, rows
from bitrix_app.parse import parse_row

PLACE = {
    "data[CONNECTOR]": "uis_omni", "data[LINE]": "107", "data[MESSAGES][0][im][chat_id]": "1807",
    "data[MESSAGES][0][im][message_id]": "86497", "data[MESSAGES][0][chat][id]": "740806-v9",
}  # fmt: skip
KNOWN: dict[str, Any] = {"line_id": 107, "chat_key": "740806-v9", "im_chat_id": 1807, "im_message_id": 86497}
FIRST = "data[MESSAGES][0][message]"


def parse(event: str, **fields: str | None) -> list[object]:
    form = {name: value for name, value in fields.items() if value is not None}
    return list(parse_row(InboxRow(kind=event, body=urlencode(form).encode())))


def said(**more: str) -> dict[str, str]:
    return PLACE | {f"{FIRST}[user_id]": "27", f"{FIRST}[text]": "Да"} | more


def test_a_message_of_an_operator() -> None:
    assert parse("ONIMCONNECTORMESSAGEADD", **said()) == [LineSaid(**KNOWN, user_id=27, text="Да")]


def test_an_automatic_message_has_no_author() -> None:
    [event] = parse("ONIMCONNECTORMESSAGEADD", **said(**{f"{FIRST}[user_id]": "0"}))
    assert isinstance(event, LineSaid)
    assert event.user_id is None


def test_a_body_may_hold_many_messages_in_their_order() -> None:
    more = {name.replace("[MESSAGES][0]", "[MESSAGES][10]"): value for name, value in said().items()}
    second = {name.replace("[MESSAGES][0]", "[MESSAGES][2]"): value for name, value in said().items()}
    form = (
        said()
        | more
        | {"data[MESSAGES][10][message][text]": "Десять"}
        | second
        | {"data[MESSAGES][2][message][text]": "Два"}
    )
    assert [event.text for event in parse("ONIMCONNECTORMESSAGEADD", **form) if isinstance(event, LineSaid)] == [
        "Да", "Два", "Десять",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "file"),
    [
        (
            {"[link]": "https://p/~a", "[downloadLink]": "https://p/d", "[name]": "a.png"},
            LineFile("https://p/~a", "a.png"),
        ),
        ({"[url]": "https://p/~a", "[name]": "a.png"}, LineFile("https://p/~a", "a.png")),
        ({"[downloadLink]": "https://p/d"}, LineFile("https://p/d")),
        ({"[name]": "a.png"}, None),
    ],
)  # fmt: skip
def test_files_by_whatever_name_their_address_has(fields: dict[str, str], file: LineFile | None) -> None:
    named = {f"{FIRST}[files][0]{name}": value for name, value in fields.items()}
    [event] = parse("ONIMCONNECTORMESSAGEADD", **said(**named))
    assert isinstance(event, LineSaid)
    assert event.files == ((file,) if file else ())


@pytest.mark.parametrize("ids", [{f"{FIRST}[id][0]": "ext-5"}, {f"{FIRST}[id]": "ext-5"}, {}])
def test_edits_and_deletions_by_the_portals_own_id_whatever_ours_looks_like(ids: dict[str, str]) -> None:
    edited = PLACE | ids | {f"{FIRST}[text]": "Нет", "ts": "1773760030"}
    assert parse("ONIMCONNECTORMESSAGEUPDATE", **edited) == [LineEdited(**KNOWN, text="Нет", at="1773760030")]
    assert parse("ONIMCONNECTORMESSAGEDELETE", **PLACE, **ids) == [LineDeleted(**KNOWN)]


@pytest.mark.parametrize(
    ("connector_chat", "chats"),
    [("740806-v9", ("740806-v9", "8")), ("8", ("8",))],
)
def test_a_dialog_is_named_by_whatever_the_event_names(connector_chat: str, chats: tuple[str, ...]) -> None:
    form = {
        "data[CONNECTOR]": "uis_omni", "data[LINE]": "105", "data[DATA][0][connector][chat_id]": connector_chat,
        "data[DATA][0][chat][id]": "8", "data[DATA][0][session][id]": "3282",
    }  # fmt: skip
    told: dict[str, Any] = {"line_id": 105, "chats": chats, "session_id": 3282}
    assert parse("ONIMCONNECTORDIALOGSTART", **form) == [LineDialog(**told, closed=False)]
    assert parse("ONIMCONNECTORDIALOGFINISH", **form) == [LineDialog(**told, closed=True)]


def test_switching_off_is_told_in_small_letters_and_a_deleted_line_by_its_bare_number() -> None:
    off = {"data[connector]": "uis_omni", "data[line]": "107"}
    assert parse("ONIMCONNECTORSTATUSDELETE", **off) == [ConnectorOff(107)]
    assert parse("ONIMCONNECTORLINEDELETE", data="107") == [LineGone(107)]


def test_another_applications_connector_is_none_of_ours() -> None:
    assert parse("ONIMCONNECTORMESSAGEADD", **said(**{"data[CONNECTOR]": "other"})) == []


def test_what_people_paste_is_kept_readable() -> None:
    [event] = parse("ONIMCONNECTORMESSAGEADD", **said(**{f"{FIRST}[text]": "раз\x0bдва\x00\x07"}))
    assert isinstance(event, LineSaid)
    assert event.text == "раз\nдва"


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("ONIMCONNECTORMESSAGEADD", {}),
        ("ONIMCONNECTORMESSAGEADD", {"data[CONNECTOR]": "uis_omni", "data[LINE]": "x"}),
        ("ONIMCONNECTORMESSAGEADD", PLACE | {"data[MESSAGES][0][im][message_id]": "-5"}),
        ("ONIMCONNECTORMESSAGEADD", PLACE | {"data[MESSAGES][0][im][message_id]": "9" * 30}),
        ("ONIMCONNECTORMESSAGEADD", PLACE | {"data[MESSAGES][0]": "text"}),
        ("ONIMCONNECTORLINEDELETE", {"data[x]": "1"}),
        (
            "ONIMCONNECTORDIALOGSTART",
            {"data[CONNECTOR]": "uis_omni", "data[LINE]": "1", "data[DATA][0][x]": "1"},
        ),
        ("ONSOMETHINGELSE", {}),
    ],
)
def test_what_has_another_shape_is_kept_as_unreadable(event: str, fields: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        parse(event, **fields)


def test_events_of_the_crm_become_nothing_of_their_own() -> None:
    assert parse("ONCRMLEADUPDATE", **{"data[FIELDS][ID]": "5"}) == []


def test_bracket_keys_make_a_tree_and_contradictions_are_left_out() -> None:
    tree = nested(
        [
            ("a[b][c]", "1"),
            ("a[b][d]", "2"),
            ("a", "3"),
            ("x", "4"),
            ("x[y]", "5"),
            ("[bad", "6"),
            ("l[]", "7"),
            ("l[]", "8"),
        ]
    )
    assert tree == {"a": {"b": {"c": "1", "d": "2"}}, "x": "4", "l": {"0": "7", "1": "8"}}
    assert nested([("a" + "[b]" * 50, "1")]) in ({}, {"a": {}})
    assert rows({"10": "c", "2": "b", "0": "a"}) == ["a", "b", "c"]
