"""Chats, people, messages and files of Open Lines as the messenger's methods answer them.

Bitrix24: imopenlines.dialog.get, im.dialog.get, im.dialog.messages.get, imopenlines.session.history.get.
"""

from typing import TYPE_CHECKING, Any

from sandbox.bitrix.lines import tracker
from sandbox.bitrix.lines.model import Dialog, Direction, Guest, LineFile, LineMessage

if TYPE_CHECKING:
    from sandbox.bitrix.lines.store import LinesStore
    from sandbox.bitrix.people import User

Row = dict[str, Any]
COLOR = "#58cc47"
PERMISSIONS = {
    "manage_users_add": "member",
    "manage_users_delete": "manager",
    "manage_ui": "member",
    "manage_settings": "owner",
    "manage_messages": "member",
    "can_post": "member",
}
RESTRICTED = ("avatar", "rename", "extend", "call", "mute", "leave", "leave_owner", "send", "user_list")


def chat(lines: "LinesStore", dialog: Dialog, user_id: int) -> Row:
    """A dialog for `imopenlines.dialog.get` and `im.dialog.get`."""
    first, second = tracker.entity_data(dialog)
    last = max(dialog.messages, default=0)
    owner = dialog.operator_id or 0
    return {
        "id": dialog.id,
        "parent_chat_id": 0,
        "parent_message_id": 0,
        "name": dialog.name,
        "description": None,
        "owner": owner,
        "extranet": False,
        "avatar": "",
        "color": COLOR,
        "type": "lines",
        "counter": 0,
        "user_counter": len(dialog.members) + 1,
        "message_count": len(dialog.messages),
        "unread_id": 0,
        "restrictions": dict.fromkeys(RESTRICTED, True),
        "last_message_id": last,
        "last_id": last,
        "marked_id": 0,
        "disk_folder_id": 0,
        "entity_type": "LINES",
        "entity_id": dialog.code,
        "entity_data_1": first,
        "entity_data_2": second,
        "entity_data_3": "N",
        "mute_list": [],
        "date_create": lines.portal.iso(dialog.created),
        "message_type": "L",
        "public": "",
        "role": "owner" if owner == user_id else "member" if user_id in dialog.members else "guest",
        "entity_link": {"type": "LINES", "url": dialog.url, "id": dialog.code},
        "text_field_enabled": True,
        "background_id": None,
        "permissions": PERMISSIONS,
        "is_new": False,
        "readed_list": [],
        "manager_list": [owner] if owner else [],
        "last_message_views": {"message_id": last, "first_viewers": [], "count_of_viewers": 0},
        "dialog_id": f"chat{dialog.id}",
    }


def people(lines: "LinesStore", dialog: Dialog) -> list[Row]:
    """The members and the client, in snake case."""
    members = [lines.portal.users[number] for number in dialog.members if number in lines.portal.users]
    return [*(_employee(lines, user) for user in members), _client(lines, dialog.guest)]


def _employee(lines: "LinesStore", user: "User") -> Row:
    return _person(lines, user.id, user.name, user.last_name) | {
        "active": user.active,
        "work_position": user.position,
        "status": "online" if user.online else "offline",
        "departments": [user.department],
        "external_auth_id": "default",
        "email": user.email,
        "avatar": user.photo(lines.portal.url),
    }


def _client(lines: "LinesStore", guest: Guest) -> Row:
    return _person(lines, guest.id, guest.name or guest.full_name, guest.last_name) | {
        "connector": True,
        "extranet": True,
        "external_auth_id": "imconnector",
        "gender": "F" if guest.gender == "female" else "M",
        "email": guest.email,
        "website": guest.url,
        "avatar": guest.picture,
    }


def _person(lines: "LinesStore", number: int, name: str, last_name: str) -> Row:
    return {
        "id": number,
        "active": True,
        "name": " ".join(part for part in (name, last_name) if part),
        "first_name": name,
        "last_name": last_name,
        "work_position": "",
        "color": COLOR,
        "avatar": "",
        "gender": "M",
        "birthday": "",
        "extranet": False,
        "network": False,
        "bot": False,
        "connector": False,
        "external_auth_id": "default",
        "status": "online",
        "idle": False,
        "last_activity_date": lines.portal.iso(),
        "mobile_last_date": False,
        "desktop_last_date": False,
        "absent": False,
        "departments": [],
        "phones": False,
        "bot_data": None,
        "type": "user",
        "website": "",
        "email": "",
    }


def text_of(message: LineMessage) -> str:
    """What is shown of a message."""
    return "Сообщение удалено" if message.deleted else message.text


def params(message: LineMessage) -> Row:
    """The service parameters of a message in upper case, `[]` when it has none."""
    found: Row = {}
    if message.mids:
        found["CONNECTOR_MID"] = [*message.mids]
    if message.files and not message.deleted:
        found["FILE_ID"] = [file.id for file in message.files]
    if message.attach:
        found["ATTACH"] = [{"ID": message.id, "BLOCKS": message.attach, "DESCRIPTION": "", "COLOR": COLOR}]
    if message.reply_to is not None:
        found["REPLY_ID"] = message.reply_to
    if message.deleted:
        found["IS_DELETED"] = "Y"
    elif message.edited:
        found["IS_EDITED"] = "Y"
    if message.delivered is not None and message.direction is Direction.OPERATOR:
        found["IS_DELIVERED"] = "Y"
    return found


def file(lines: "LinesStore", kept: LineFile) -> Row:
    """A file in snake-less camel case, as `im.dialog.messages.get` answers it."""
    return {
        "id": kept.id,
        "chatId": kept.chat_id,
        "date": lines.portal.iso(kept.created),
        "type": kept.kind,
        "name": kept.name,
        "extension": kept.name.rpartition(".")[2].lower(),
        "size": len(kept.data),
        "image": False,
        "status": "done",
        "progress": 100,
        "authorId": kept.author_id,
        "authorName": lines.author_name(kept.author_id),
        "urlPreview": "",
        "urlShow": lines.download_link(kept),
        "urlDownload": lines.download_link(kept),
    }


def camel(name: str) -> str:
    """`CONNECTOR_MID` and `connector_mid` as `connectorMid`."""
    first, *rest = name.lower().split("_")
    return first + "".join(part.capitalize() for part in rest)


def camelized(value: Any) -> Any:
    """All keys of nested maps in camel case."""
    if isinstance(value, dict):
        return {camel(str(key)): camelized(inner) for key, inner in value.items()}
    return [camelized(inner) for inner in value] if isinstance(value, list) else value
