"""The transcript of a session (Bitrix24: imopenlines.session.history.get)."""

from typing import TYPE_CHECKING, Any

from sandbox.bitrix.lines import shapes
from sandbox.bitrix.lines.model import Dialog, LineMessage, Session

if TYPE_CHECKING:
    from sandbox.bitrix.lines.store import LinesStore

Row = dict[str, Any]
CHAT_TEXTS = ("id", "owner")


def history(lines: "LinesStore", dialog: Dialog, session: Session, user_id: int) -> Row:
    """All there is of one session; maps are keyed by ids and `[]` when they are empty, newest message first."""
    rows = [*reversed(dialog.of_session(session.id))]
    people = shapes.people(lines, dialog)
    everyone = [row["id"] for row in people]
    place = f"chat{dialog.id}"
    files = [file for message in rows for file in message.files if not message.deleted]
    return {
        "chatId": dialog.id,
        "canJoin": "Y" if lines.may_open(dialog, user_id) else "N",
        "canVoteHead": "Y" if lines.portal.users[user_id].admin else "N",
        "sessionId": session.id,
        "sessionVoteHead": 0,
        "sessionCommentHead": None,
        "userId": place,
        "message": {str(message.id): _message(lines, dialog, message) for message in rows} or [],
        "usersMessage": {place: [str(message.id) for message in rows]},
        "users": {str(row["id"]): _user(row) for row in people},
        "openlines": {"canvoteashead": {str(dialog.line): lines.portal.users[user_id].admin}},
        "userInGroup": _groups(lines, dialog) or [],
        "woUserInGroup": [],
        "chat": {str(dialog.id): _chat(lines, dialog, user_id)},
        "userBlockChat": {str(dialog.id): {str(number): False for number in everyone}},
        "userInChat": {str(dialog.id): everyone},
        "files": {str(file.id): _file(shapes.file(lines, file)) for file in files} or [],
    }


def _message(lines: "LinesStore", dialog: Dialog, message: LineMessage) -> Row:
    text = shapes.text_of(message)
    return {
        "id": str(message.id),
        "chatid": str(dialog.id),
        "senderid": str(message.author_id),
        "recipientid": f"chat{dialog.id}",
        "date": lines.portal.iso(message.created),
        "text": text,
        "textlegacy": text.replace("[b]", "<b>").replace("[/b]", "</b>").replace("\n", "<br />"),
        "params": shapes.camelized(shapes.params(message)) or [],
    }


def _user(row: Row) -> Row:
    shown: Row = shapes.camelized(row)
    return shown | {
        "id": str(row["id"]),
        "avatarId": None,
        "profile": f"/company/personal/user/{row['id']}/",
        "phoneDevice": False,
        "services": None,
    }


def _groups(lines: "LinesStore", dialog: Dialog) -> Row:
    found: dict[str, Row] = {}
    for number in dialog.members:
        user = lines.portal.users.get(number)
        if user is not None:
            group = found.setdefault(str(user.department), {"id": user.department, "users": []})
            group["users"].append(str(user.id))
    return found


def _chat(lines: "LinesStore", dialog: Dialog, user_id: int) -> Row:
    row: Row = shapes.camelized(shapes.chat(lines, dialog, user_id))
    row |= {name: str(row[name]) for name in CHAT_TEXTS}
    everyone = [*dialog.members, dialog.guest.id]
    return row | {"call": "0", "callNumber": "", "muteList": {str(number): False for number in everyone}}


def _file(row: Row) -> Row:
    """The transcript spells the names of a file's fields in lower case throughout."""
    return {name.lower(): value for name, value in row.items()}
