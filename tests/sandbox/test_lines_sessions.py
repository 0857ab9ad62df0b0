"""Open Lines: dialogs, sessions and operators over REST; transcripts; the messenger of operators."""

import base64
from collections.abc import Iterator

import pytest

from sandbox.bitrix.people import User
from tests.sandbox.bitrix_portal import Caller
from tests.sandbox.lines_portal import CONNECTOR, Connected, connected


@pytest.fixture
def omni() -> Iterator[Connected]:
    with connected() as made:
        yield made


def caller(omni: Connected, user_id: int) -> Caller:
    return Caller(omni.portal, user_id)


def stranger(omni: Connected) -> Caller:
    """An employee who is in no queue."""
    omni.portal.users[21] = User(id=21, name="Пётр", last_name="Сидоров", email="petr@example.com")
    return Caller(omni.portal, 21)


def test_a_dialog_is_found_by_each_of_its_names(omni: Connected) -> None:
    chat, session = omni.begin()
    code = f"{CONNECTOR}|1|c1|p1"
    names: list[dict[str, object]] = [
        {"CHAT_ID": chat},
        {"DIALOG_ID": f"chat{chat}"},
        {"SESSION_ID": session},
        {"USER_CODE": code},
    ]
    rows = [omni.caller.result("imopenlines.dialog.get", **name) for name in names]
    assert all(row == rows[0] for row in rows)
    assert (rows[0]["entity_id"], rows[0]["type"], rows[0]["dialog_id"]) == (code, "lines", f"chat{chat}")
    assert rows[0]["entity_data_1"].split("|")[5] == str(session)
    assert rows[0]["entity_data_2"] == "LEAD|1|COMPANY|0|CONTACT|0|DEAL|0"
    assert omni.caller.result("imopenlines.session.open", USER_CODE=code) == {"chatId": str(chat)}
    assert omni.caller.error("imopenlines.session.open", USER_CODE="x|1|c|p") == "ACCESS_DENIED"
    assert omni.caller.error("imopenlines.dialog.get", CHAT_ID=5) == "ACCESS_ERROR"


def test_strangers_open_no_dialog_but_may_read_transcripts(omni: Connected) -> None:
    chat, session = omni.begin()
    other = stranger(omni)
    assert other.error("imopenlines.dialog.get", CHAT_ID=chat) == "ACCESS_ERROR"
    assert other.error("imopenlines.operator.answer", CHAT_ID=chat) == "ACCESS_DENIED"
    assert (other.error("im.dialog.messages.get", DIALOG_ID=f"chat{chat}"), other.status) == (
        "ACCESS_ERROR",
        403,
    )
    assert other.error("im.message.add", DIALOG_ID=f"chat{chat}", MESSAGE="x") == "ACCESS_ERROR"
    assert other.result("imopenlines.session.history.get", SESSION_ID=session)["canJoin"] == "N"


def test_a_transcript_is_that_of_its_session(omni: Connected) -> None:
    chat, first = omni.begin(text="Первое")
    omni.lines.operator_says(chat, 1, "Ответ", files=[("a.png", b"PNG")])
    omni.lines.finish(chat, 1)
    _, second = omni.begin(mid="m2", text="Второе")
    history = omni.caller.result("imopenlines.session.history.get", SESSION_ID=first)
    assert (history["chatId"], history["sessionId"], history["userId"]) == (chat, first, f"chat{chat}")
    said = {row["text"]: row for row in history["message"].values()}
    assert "Первое" in said
    assert "Второе" not in said
    guest = str(omni.lines.dialogs[chat].guest.id)
    assert (said["Первое"]["senderid"], said["Первое"]["params"]) == (guest, {"connectorMid": ["m1"]})
    [file] = history["files"].values()
    assert (said["Ответ"]["senderid"], said["Ответ"]["params"]["fileId"]) == ("1", [file["id"]])
    assert (file["urldownload"] != "", file["authorname"]) == (True, "Анна Смирнова")
    assert history["users"][guest]["connector"] is True
    assert history["chat"][str(chat)]["entityId"] == f"{CONNECTOR}|1|c1|p1"
    # By the chat alone only the last session comes.
    assert omni.caller.result("imopenlines.session.history.get", CHAT_ID=chat)["sessionId"] == second


def test_a_transcript_that_is_not_there_is_refused_in_three_ways(omni: Connected) -> None:
    assert omni.caller.error("imopenlines.session.history.get") == "MISSING_REQUIRED_PARAM"
    assert omni.caller.error("imopenlines.session.history.get", CHAT_ID=1) == "INVALID_SESSION_ID"
    assert omni.caller.error("imopenlines.session.history.get", SESSION_ID=1) == "ACCESS_DENIED"


def test_operators_take_transfer_intercept_and_finish(omni: Connected) -> None:
    chat, _ = omni.begin()
    ivan, olga = caller(omni, 7), caller(omni, 9)
    dialog = omni.lines.dialogs[chat]
    assert dialog.operator_id == 1
    assert ivan.result("imopenlines.operator.answer", CHAT_ID=chat) is True
    assert dialog.operator_id == 7
    assert ivan.error("imopenlines.operator.transfer", CHAT_ID=chat) == "TRANSFER_ID_EMPTY"
    assert ivan.error("imopenlines.operator.transfer", CHAT_ID=chat, USER_ID=55) == "OPERATOR_WRONG"
    assert ivan.result("imopenlines.operator.transfer", CHAT_ID=chat, TRANSFER_ID="9") is True
    assert dialog.operator_id == 9
    assert ivan.error("imopenlines.operator.finish", CHAT_ID=chat) == "ACCESS_DENIED"
    assert ivan.result("imopenlines.session.intercept", CHAT_ID=chat) is True
    assert ivan.error("imopenlines.session.intercept", CHAT_ID=chat) == "OPERATOR_WRONG"
    assert olga.result("imopenlines.operator.another.finish", CHAT_ID=chat) is True
    assert dialog.session is None
    assert olga.result("imopenlines.operator.finish", CHAT_ID=chat) is True
    assert len(omni.events("ONIMCONNECTORDIALOGFINISH")) == 1


def test_a_dialog_goes_to_the_queue_of_another_line(omni: Connected) -> None:
    params = {
        "LINE_NAME": "VIP",
        "QUEUE": [{"ENTITY_TYPE": "department", "ENTITY_ID": "2"}],
        "QUEUE_TYPE": "strictly",
    }
    line = omni.caller.result("imopenlines.config.add", PARAMS=params)
    chat, _ = omni.begin()
    assert (
        omni.caller.result("imopenlines.operator.transfer", CHAT_ID=chat, TRANSFER_ID=f"queue{line}") is True
    )
    assert omni.lines.dialogs[chat].operator_id == 7
    assert omni.caller.error("imopenlines.operator.transfer", CHAT_ID=chat, QUEUE_ID=77) == "OPERATOR_WRONG"


@pytest.mark.parametrize(
    ("kind", "operators"), [("evenly", [1, 7, 9, 1]), ("strictly", [1] * 4), ("all", [None] * 4)]
)
def test_the_queue_gives_dialogs_out(omni: Connected, kind: str, operators: list[int | None]) -> None:
    omni.caller.result("imopenlines.config.update", CONFIG_ID=1, PARAMS={"QUEUE_TYPE": kind})
    chats = [omni.begin(person=f"p{n}")[0] for n in range(4)]
    assert [omni.lines.dialogs[chat].operator_id for chat in chats] == operators


def test_dismissed_employees_leave_the_queue(omni: Connected) -> None:
    omni.portal.dismiss(7)
    chats = [omni.begin(person=f"p{n}")[0] for n in range(3)]
    assert [omni.lines.dialogs[chat].operator_id for chat in chats] == [1, 9, 1]


def test_chats_that_are_none_are_refused(omni: Connected) -> None:
    for method in ("operator.answer", "operator.finish", "session.start", "session.join", "crm.lead.create"):
        assert omni.caller.error(f"imopenlines.{method}", CHAT_ID=-1) == "CHAT_ID"
        assert omni.caller.error(f"imopenlines.{method}", CHAT_ID=5) == "CHAT_TYPE"
    assert omni.caller.error("imopenlines.operator.transfer", CHAT_ID=0, USER_ID=7) == "CHAT_ID_EMPTY"


def test_a_new_session_begins_with_a_message_of_the_chat(omni: Connected) -> None:
    chat, first = omni.begin(text="Вопрос")
    asked = next(row for row in omni.lines.dialogs[chat].messages.values() if row.mids)
    assert (
        omni.caller.error("imopenlines.message.session.start", CHAT_ID=chat, MESSAGE_ID=1) == "ERROR_ARGUMENT"
    )
    assert omni.caller.result("imopenlines.message.session.start", CHAT_ID=chat, MESSAGE_ID=asked.id) is True
    session = omni.lines.dialogs[chat].session
    assert session is not None
    assert (session.parent_id, asked.session_id) == (first, session.id)
    assert omni.caller.result("imopenlines.session.start", CHAT_ID=chat) is True
    assert len(omni.lines.dialogs[chat].sessions) == 3


def test_only_members_read_and_write_the_chat(omni: Connected) -> None:
    chat, _ = omni.begin(text="Первое")
    ivan, place = caller(omni, 7), {"DIALOG_ID": f"chat{chat}"}
    assert ivan.error("im.dialog.get", **place) == "ACCESS_ERROR"
    assert ivan.result("imopenlines.session.join", CHAT_ID=chat) is True
    assert ivan.result("im.dialog.get", **place)["role"] == "member"
    number = ivan.result("im.message.add", **place, MESSAGE="Ответ")
    note = ivan.result("im.message.add", **place, MESSAGE="Клиенту не доставлено", SYSTEM="Y")
    answer = ivan.result("im.dialog.messages.get", **place)
    first = answer["messages"][0]
    assert (first["id"], first["author_id"], first["text"]) == (note, 0, "Клиенту не доставлено")
    assert [row["id"] for row in answer["messages"]] == sorted(
        (row["id"] for row in answer["messages"]), reverse=True
    )
    older = ivan.result("im.dialog.messages.get", **place, LAST_ID=number, LIMIT=1)["messages"]
    newer = ivan.result("im.dialog.messages.get", **place, FIRST_ID=number)["messages"]
    assert ([row["id"] < number for row in older], [row["id"] for row in newer]) == ([True], [note])
    # A system message stays inside.
    assert [data["MESSAGES"][0]["message"]["text"] for data in omni.events("ONIMCONNECTORMESSAGEADD")] == [
        "[b]Иван Петров:[/b] [br]Ответ"
    ]


def test_a_reply_must_be_to_a_message_of_the_chat(omni: Connected) -> None:
    chat, _ = omni.begin()
    other, _ = omni.begin(person="p2")
    foreign = next(iter(omni.lines.dialogs[other].messages))
    place = {"DIALOG_ID": f"chat{chat}", "MESSAGE": "Ответ"}
    assert omni.caller.error("im.message.add", **place, REPLY_ID=foreign) == "REPLY_FROM_OTHER_CHAT_ERROR"
    assert omni.caller.error("im.message.add", **place, REPLY_ID=3) == "REPLY_ACCESS_ERROR"
    asked = next(row for row in omni.lines.dialogs[chat].messages.values() if row.mids)
    number = omni.caller.result("im.message.add", **place, REPLY_ID=asked.id)
    assert omni.lines.messages[number].reply_to == asked.id


def test_a_file_of_an_operator_goes_to_the_client(omni: Connected) -> None:
    chat, _ = omni.begin()
    content = base64.b64encode(b"PDF").decode()
    call = {
        "dialogId": f"chat{chat}",
        "fields": {"name": "report.pdf", "content": content, "message": "Отчёт"},
    }
    answer = omni.caller.result("im.v2.File.upload", **call)
    assert (answer["file"]["name"], answer["file"]["size"], answer["dialogId"]) == (
        "report.pdf",
        3,
        f"chat{chat}",
    )
    [data] = omni.events("ONIMCONNECTORMESSAGEADD")
    assert data["MESSAGES"][0]["message"]["files"][0]["name"] == "report.pdf"
    bad = {"name": "report.pdf", "content": "%%%"}
    assert (
        omni.caller.error("im.v2.File.upload", dialogId=f"chat{chat}", fields=bad) == "FILE_INVALID_CONTENT"
    )


def test_the_portal_closes_what_nobody_continues(omni: Connected) -> None:
    params = {"AUTO_CLOSE_TIME": 600, "AUTO_CLOSE_RULE": "text", "AUTO_CLOSE_TEXT": "До свидания"}
    omni.caller.result("imopenlines.config.update", CONFIG_ID=1, PARAMS=params)
    chat, _ = omni.begin()
    assert omni.lines.close_idle() == []
    omni.portal.world.clock.advance(601)
    assert omni.lines.close_idle() == [chat]
    assert omni.events("ONIMCONNECTORMESSAGEADD")[0]["MESSAGES"][0]["message"]["text"] == "До свидания"


def test_an_operator_opens_a_closed_dialog_by_writing(omni: Connected) -> None:
    chat, first = omni.begin()
    omni.lines.finish(chat, 1)
    omni.lines.operator_says(chat, 1, "Забыл сказать")
    session = omni.lines.dialogs[chat].session
    assert session is not None
    assert (session.operator_id, session.parent_id) == (1, first)
