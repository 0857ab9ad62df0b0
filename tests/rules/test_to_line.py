"""What an open line is told of a chat."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.letters import Address, keys_of
from app.domain.mail import Kind
from app.rules.open_lines import to_line
from app.rules.open_lines.to_line import Change, Quoted, Said
from tests.rules.moments import at
from tests.rules.portal import view

TO = Address(dialog_id=5, line_id=3, chat_key="740806-v9", user_key="v9")
VIEW = replace(
    view(),
    operators={367852: 7, 367853: 9},
    users={7: ("Анна", True), 9: ("Пётр", False)},
    operator_names={367852: "Марина Орлова", 367853: "Ким Ольга"},
    own_numbers=frozenset({"+74951230001"}),
)
SAID = Said(
    chat_id=2045, conversation_id=81, message_id=17, source="visitor", operator_id=None, text="Добрый день",
    at=at(9),
)  # fmt: skip
FACTS: dict[str, Any] = {
    "visitor": {"name": "Анна Петрова", "phone_number": "79160000001", "email": "ANNA@example.com"},
    "chat": {"channel_type": "comagic", "channel_name": "Чат на сайте"},
}


def say(key: str, **params: object) -> str:
    return " ".join([key, *(str(value) for value in params.values())])


def element(said: Said, facts: dict[str, Any] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = to_line.post(said, TO, FACTS if facts is None else facts, VIEW, say).body[
        "element"
    ]
    return found


def test_a_message_of_the_visitor() -> None:
    post = to_line.post(SAID, TO, FACTS, VIEW, say)
    assert (post.kind, post.thread, post.key, post.rank, post.hold) == (
        Kind.MESSAGE,
        "d5",
        "line:2045:17",
        17,
        0,
    )
    assert post.body == {
        "line": 3, "dialog": 5,
        "element": {
            "user": {
                "id": "v9", "name": "Анна", "last_name": "Петрова", "email": "anna@example.com",
                "phone": "+79160000001",
            },
            "message": {"id": "17", "date": int(at(9).timestamp()), "text": "Добрый день"},
            "chat": {"id": "740806-v9", "name": "Чат на сайте"},
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("79160000001", {"phone": "+79160000001"}),
        ("+7 (916) 000-00-01", {"phone": "+79160000001"}),
        ("74951230001", {}),
        ("1111111111", {}),
        ("123", {}),
        ("80000000001", {"phone": "+80000000001", "skip_phone_validate": "Y"}),
        (None, {}),
    ],
)
def test_phones(raw: str | None, told: dict[str, str]) -> None:
    user = element(SAID, {"visitor": {"phone_number": raw}})["user"]
    assert {name: user[name] for name in ("phone", "skip_phone_validate") if name in user} == told


@pytest.mark.parametrize(
    ("kind", "guest"), [("telegram", "lines.guest.telegram"), ("new_messenger", "lines.guest.other")]
)
def test_a_guest_without_a_name_is_called_by_the_channel(kind: str, guest: str) -> None:
    user = element(SAID, {"chat": {"channel_type": kind}})["user"]
    assert f"{user['name']} {user.get('last_name', '')}".strip() == guest.replace(".", " ")


@pytest.mark.parametrize(
    ("said", "text", "user_id"),
    [
        (replace(SAID, source="operator", operator_id=367852), "Добрый день", 7),
        (replace(SAID, source="operator", operator_id=367853), "[b]Ким Ольга:[/b]\nДобрый день", None),
        (replace(SAID, source="operator", operator_id=5), "[b]lines.operator:[/b]\nДобрый день", None),
        (replace(SAID, source="operator", operator_id=367853, user_id=12), "Добрый день", 12),
        (replace(SAID, source="chatbot"), "[b]lines.machine.chatbot:[/b]\nДобрый день", None),
    ],
)
def test_words_of_others_say_whose_they_are_and_stay_out_of_the_crm(
    said: Said, text: str, user_id: int | None
) -> None:
    message = element(said)["message"]
    assert (message["text"], message.get("user_id"), message["disable_crm"]) == (text, user_id, "Y")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[url=https://evil.example]нажмите[/url]", "[\u200burl=https://evil.example]нажмите[\u200b/url]"),
        ("\u202eпереворот", "переворот"),
        ("", "lines.without_text"),
        ("а" * 30_000, "а" * 20_000),
    ],
)
def test_what_a_client_typed_is_shown_as_it_was_typed(text: str, shown: str) -> None:
    assert element(replace(SAID, text=text))["message"]["text"] == shown


def test_a_file_goes_along_and_needs_no_words() -> None:
    post = to_line.post(replace(SAID, text="", file="a.png"), TO, FACTS, VIEW, say)
    assert post.body["file"] == {"conversation": 81, "message": 17, "name": "a.png"}
    assert "text" not in post.body["element"]["message"]


def test_a_quote_stands_above_the_answer() -> None:
    quoted = Quoted(source="operator", operator_id=367852, text="Едет", at=at(9))
    text = element(replace(SAID, quoted=quoted))["message"]["text"]
    assert text.splitlines()[1:] == ["Марина Орлова [04.05.2026, 12:00]", "Едет", "-" * 54, "Добрый день"]


def test_changes_have_keys_of_their_own_and_the_same_identity() -> None:
    edited = to_line.post(replace(SAID, change=Change.EDITED, turn=4), TO, FACTS, VIEW, say)
    gone = to_line.post(replace(SAID, change=Change.GONE, turn=5, file="a.png"), TO, FACTS, VIEW, say)
    assert (edited.kind, edited.key) == (Kind.EDIT, "line:2045:17:edited4")
    assert (gone.kind, gone.key) == (Kind.DELETE, "line:2045:17:gone5")
    assert gone.body == {
        "line": 3, "dialog": 5,
        "element": {"user": {"id": "v9"}, "message": {"id": "17"}, "chat": {"id": "740806-v9"}},
    }  # fmt: skip


def test_what_came_late_waits_for_what_belongs_before_it() -> None:
    assert to_line.post(replace(SAID, late=True), TO, FACTS, VIEW, say).hold == to_line.LATE_HOLD


@pytest.mark.parametrize(
    ("source", "shown", "begins"),
    [
        ("visitor", True, True), ("form_text", True, True), ("operator", True, True), ("chatbot", True, False),
        ("autoinvite", True, False), ("retention", True, False), ("system", False, False),
        ("chat_channel", False, False), ("something_new", False, False),
    ],
)  # fmt: skip
def test_whose_words_are_shown_and_whose_open_a_dialog(source: str, shown: bool, begins: bool) -> None:
    assert (to_line.belongs(source), to_line.begins_dialog(source)) == (shown, begins)


@pytest.mark.parametrize(
    ("visitor", "person", "keys"),
    [
        (9, None, ("740806-v9", "v9")),
        (9, 5, ("740806-v9", "p5")),
        (None, None, ("740806-chat2045", "chat2045")),
    ],
)
def test_chat_and_user_of_a_new_dialog(
    visitor: int | None, person: int | None, keys: tuple[str, str]
) -> None:
    assert keys_of(740806, 2045, visitor, person) == keys
    assert keys[0] != keys[1]
