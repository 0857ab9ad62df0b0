"""What the operator's window shows of Open Lines. Every function wants the lock of the portal to be held."""

from typing import TYPE_CHECKING, Any

from sandbox.bitrix.lines.model import Direction
from sandbox.pages.crm_views import kind_of_type, user_name

if TYPE_CHECKING:
    from sandbox.bitrix.lines.model import Dialog, LineFile, LineMessage
    from sandbox.bitrix.portal import Portal

STATES = {"sending": "отправляется", "sent": "отправлено", "delivered": "доставлено", "error": "ошибка"}
TONES = {"delivered": "good", "error": "bad"}
NOT_SENT = "Приложение не приняло сообщение."
REMOVED = "Сообщение удалено"
MOST = 100
Row = dict[str, Any]


def chat_url(chat_id: int) -> str:
    """The operator's window on a dialog."""
    return f"/online/?IM_DIALOG=chat{chat_id}"


def dialog_rows(portal: "Portal", user_id: int) -> list[Row]:
    """The dialogs that an employee may open: the open ones before the closed, then the latest; at most MOST."""
    lines = portal.open_lines
    mine = [dialog for dialog in lines.dialogs.values() if lines.may_open(dialog, user_id)]
    mine.sort(key=lambda dialog: (dialog.session is not None, dialog.sessions[-1].last), reverse=True)
    return [dialog_row(portal, dialog) for dialog in mine[:MOST]]


def dialog_row(portal: "Portal", dialog: "Dialog") -> Row:
    """A dialog in a list."""
    lines, session = portal.open_lines, dialog.session
    last = _last(dialog)
    return {
        "id": dialog.id,
        "url": chat_url(dialog.id),
        "client": dialog.guest.full_name,
        "channel": lines.connector_of(dialog).name,
        "line": lines.line_of(dialog).name,
        "operator": user_name(portal, dialog.operator_id),
        "state": "закрыт" if session is None else "в работе" if session.accepted else "ждёт ответа",
        "tone": "" if session is None else "good" if session.accepted else "warn",
        "last": _line(last) if last else "",
        "at": dialog.sessions[-1].last if dialog.sessions else dialog.created,
    }


def dialog_view(portal: "Portal", dialog: "Dialog", user_id: int) -> Row:
    """The head of a dialog and what the employee may do in it."""
    session = dialog.session
    guest = dialog.guest
    return dialog_row(portal, dialog) | {
        "open": session is not None,
        "session": dialog.sessions[-1].id if dialog.sessions else None,
        "code": dialog.code,
        "contacts": ", ".join(filter(None, (guest.phone, guest.email))),
        "page": dialog.url,
        "member": user_id in dialog.members,
        "mine": session is not None and session.accepted and session.operator_id == user_id,
        "cards": _cards(portal, dialog),
        "receivers": _receivers(portal, dialog),
    }


def message_rows(portal: "Portal", dialog: "Dialog", user_id: int) -> list[Row]:
    """The messages of all sessions, oldest first."""
    return [_message(portal, dialog, message, user_id) for message in dialog.messages.values()]


def _message(portal: "Portal", dialog: "Dialog", message: "LineMessage", user_id: int) -> Row:
    lines, connector = portal.open_lines, portal.open_lines.connector_of(dialog)
    own = message.direction is Direction.OPERATOR and message.author_id == user_id and not message.deleted
    side = {Direction.OPERATOR: "mine", Direction.SYSTEM: "system"}.get(message.direction, "")
    problem = message.problem or (NOT_SENT if message.state == "error" else "")
    return {
        "id": message.id,
        "side": side,
        "author": lines.author_name(message.author_id) or ("Открытая линия" if side == "mine" else ""),
        "text": REMOVED if message.deleted else message.text,
        "files": [] if message.deleted else [_file(portal, file) for file in message.files],
        "blocks": [] if message.deleted else _blocks(message.attach),
        "quote": _line(dialog.messages[message.reply_to]) if message.reply_to in dialog.messages else "",
        "at": message.created,
        "edited": message.edited,
        "deleted": message.deleted,
        "state": STATES.get(message.state, "") if not message.deleted else "",
        "tone": TONES.get(message.state, ""),
        "problem": problem,
        "may_edit": own and connector.flag("EDIT_INTERNAL_MESSAGES", True),
        "may_delete": own and connector.flag("DEL_INTERNAL_MESSAGES", True),
        "may_quote": side != "system" and not message.deleted,
    }


def _last(dialog: "Dialog") -> "LineMessage | None":
    """What was said last by a person, else by the portal."""
    rows = [*reversed(dialog.messages.values())]
    said = (row for row in rows if row.direction is not Direction.SYSTEM)
    return next(said, rows[0] if rows else None)


def _line(message: "LineMessage") -> str:
    """A message in one line."""
    if message.deleted:
        return REMOVED
    rows = [text for block in _blocks(message.attach) for text in block["texts"]]
    return message.text or ", ".join(file.name for file in message.files) or ", ".join(rows)


def _file(portal: "Portal", file: "LineFile") -> Row:
    shown = file.kind == "image" and "svg" not in file.mime
    return {"name": file.name, "url": portal.open_lines.file_link(file), "image": shown}


def _blocks(attach: Any) -> list[Row]:
    """Blocks of an attachment in words (Bitrix24: chats/messages/attach); a site may have sent any JSON at all."""
    blocks = attach if isinstance(attach, list) else [attach] if attach else []
    found = []
    for block in blocks:
        for name, value in block.items() if isinstance(block, dict) else [("MESSAGE", block)]:
            rows = value if isinstance(value, list) else [value]
            found.append(
                {"kind": name, "rows": [row for row in rows if row], "texts": [_words(row) for row in rows]}
            )
    return found


def _words(row: Any) -> str:
    """A row of a block in one line: `name: value`."""
    if not isinstance(row, dict):
        return str(row)
    return ": ".join(str(row[key]) for key in ("NAME", "VALUE", "LINK") if row.get(key))


def _cards(portal: "Portal", dialog: "Dialog") -> list[Row]:
    """The CRM cards that the tracker has tied to the dialog."""
    rows = []
    for entity_type, number in dialog.crm.items():
        kind, item = kind_of_type(portal, entity_type), portal.crm.items[entity_type].get(number)
        if kind is not None and item is not None:
            rows.append({"title": f"{kind.single}: {item.title}", "url": kind.url(number)})
    return rows


def _receivers(portal: "Portal", dialog: "Dialog") -> list[tuple[str, str]]:
    """To whom the dialog may go: colleagues and other lines."""
    colleagues = [
        (f"user:{user.id}", user.full_name)
        for user in portal.users.values()
        if user.active and user.id != dialog.operator_id
    ]
    others = [(f"line:{line.id}", line.name) for line in portal.lines.values() if line.id != dialog.line]
    return colleagues + others
