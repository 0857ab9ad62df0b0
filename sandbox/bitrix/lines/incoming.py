"""Messages of the application's clients: `imconnector.send|update|delete.messages`, answered element by element.

Bitrix24: imopenlines/imconnector/imconnector-send-messages. A request that is wrong as a whole is refused; what is
wrong with one element stands in its `ERRORS`, the others go through, and the outer `SUCCESS` stays true.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import requests

from sandbox.bitrix import table
from sandbox.bitrix.call import Call, as_list, method
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.lines.connectors import channel
from sandbox.bitrix.lines.model import Connector, Dialog, Line
from sandbox.bitrix.lines.store import File
from sandbox.core.http import session

BLOCKS = ("user", "message", "chat")
NAME = re.compile(r"[^\W\d_]+(?:[ '’-]+[^\W\d_]+)*[ '’-]*")
LONGEST_NAME = 25
PHONE = re.compile(r"\+?\d[\d ()-]{8,18}\d")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
DOWNLOAD_S = 10.0

Element = dict[str, Any]


class Refused(Exception):
    """What is wrong with one element, in words."""


def fetch_files(call: Call) -> None:
    """Download the files of a request: the portal keeps copies, so the addresses must be open to it."""
    for element in _elements(call):
        for row in as_list((element.get("message") or {}).get("files")):
            url = str(row.get("url", "")) if isinstance(row, dict) else ""
            if urlsplit(url).scheme in ("http", "https") and url not in call.fetched:
                call.fetched[url] = _download(url)


def _download(url: str) -> bytes | None:
    try:
        answer = session().get(url, timeout=DOWNLOAD_S)
    except requests.RequestException:
        return None
    return answer.content if answer.status_code == 200 else None


def _elements(call: Call) -> list[Element]:
    """The elements of a request; raises RestError when their structure is wrong or they hold an unknown field."""
    rows = call.get("MESSAGES")
    rows = [*rows.values()] if isinstance(rows, dict) else rows
    if not isinstance(rows, list):
        raise RestError("ERROR_ARGUMENT", "The value of an argument 'MESSAGES' must be of type array")
    if not all(isinstance(row, dict) for row in rows):
        raise RestError("ERROR_ARGUMENT", "The MESSAGES parameter must be an array of messages (arrays)")
    for row in rows:
        if any(not isinstance(row.get(name), dict) for name in BLOCKS):
            raise RestError(
                "ERROR_ARGUMENT", "The incorrect structure of a message inside MESSAGES parameter"
            )
        _check_names(call, row)
    return rows


def _check_names(call: Call, row: Element) -> None:
    known = table.table()[call.method]["fields"]["MESSAGES[]"]
    given = [*row, *(f"{block}.{name}" for block in BLOCKS for name in row[block])]
    for name in given:
        if name not in known:
            call.portal.violation(f"{call.method}: unknown field {name}")
            raise RestError("ERROR_ARGUMENT", f"Unknown field '{name}' in MESSAGES", argument=name)


@method("imconnector.send.messages", prepare=fetch_files)
def send_messages(call: Call) -> Element:
    """New messages of clients."""
    return _each(call, _send)


@method("imconnector.update.messages", prepare=fetch_files)
def update_messages(call: Call) -> Element:
    """Messages that clients have changed."""
    return _each(call, _update)


@method("imconnector.delete.messages")
def delete_messages(call: Call) -> Element:
    """Messages that clients have deleted."""
    return _each(call, _delete)


def _each(call: Call, handle: Any) -> Element:
    connector, line = channel(call)
    results = []
    for element in _elements(call):
        try:
            done = handle(call, connector, line, element)
            results.append({**done, "SUCCESS": True} if "session" not in done else _in_order(done))
        except Refused as refusal:
            shown = {"message": element["message"], "chat": element["chat"]}
            results.append({"user": "", **shown, "SUCCESS": False, "ERRORS": [str(refusal)]})
    return {"SUCCESS": True, "DATA": {"RESULT": results}}


def _in_order(done: Element) -> Element:
    """The session comes last on the page."""
    last = done.pop("session")
    return {**done, "SUCCESS": True, "session": last}


def _send(call: Call, connector: Connector, line: Line, element: Element) -> Element:
    lines = call.portal.open_lines
    user, message, chat = (element[name] for name in BLOCKS)
    _check_ids(element, need_mid=True)
    _check_user(call, user)
    manager = _manager(call, message)
    disabled = _flag(message, "disable_crm")
    done = lines.client_says(
        connector,
        line,
        user,
        chat,
        text=str(message.get("text") or ""),
        files=_files(call, message),
        mid=str(message["id"]),
        created=_moment(message),
        disable_crm=disabled,
        manager_id=manager,
    )
    answer = _answer(lines.dialogs[done.chat_id], element, files=True)
    extra = {"skip_phone_validate": "Y"} if user.get("skip_phone_validate") else {}
    answer["extra"] = extra | ({"disable_tracker": "Y"} if disabled else {}) or []
    return answer | {"session": {"ID": str(done.session_id), "CHAT_ID": str(done.chat_id)}}


def _update(call: Call, connector: Connector, line: Line, element: Element) -> Element:
    user, message, _ = (element[name] for name in BLOCKS)
    _check_ids(element, need_mid=True)
    _check_user(call, user)
    _manager(call, message)
    _flag(message, "disable_crm")
    dialog = _dialog(call, connector, line, element)
    text = None if message.get("text") is None else str(message["text"])
    done = call.portal.open_lines.client_edits(dialog, str(message["id"]), text, _files(call, message))
    if done is None:
        raise Refused(f"The message {message['id']} is not found in this chat")
    return _answer(dialog, element, files="files" in message)


def _delete(call: Call, connector: Connector, line: Line, element: Element) -> Element:
    _check_ids(element, need_mid=True)
    dialog = _dialog(call, connector, line, element)
    if call.portal.open_lines.client_deletes(dialog, str(element["message"]["id"])) is None:
        raise Refused(f"The message {element['message']['id']} is not found in this chat")
    return {
        "user": str(dialog.guest.id),
        "message": element["message"],
        "chat": {"id": str(element["chat"]["id"])},
    }


def _dialog(call: Call, connector: Connector, line: Line, element: Element) -> Dialog:
    person = "0" if connector.flag("CHAT_GROUP", False) else element["user"]["id"]
    code = f"{connector.id}|{line.id}|{element['chat']['id']}|{person}"
    found = call.portal.open_lines.by_code.get(code)
    if found is None:
        raise Refused(f"There is no chat {code}")
    return found


def _answer(dialog: Dialog, element: Element, files: bool) -> Element:
    message, chat = element["message"], element["chat"]
    # The page shows a serialized date, and no files even where some were sent.
    said: Element = {"id": str(message["id"]), "date": {}, "text": str(message.get("text") or "")}
    return {
        "user": str(dialog.guest.id),
        "message": said | ({"files": []} if files else {}),
        "chat": {
            "id": str(chat["id"]),
            "name": str(chat.get("name") or ""),
            "description": f"Ссылка на исходный пост: {chat['url']}" if chat.get("url") else "",
        },
    }


def _check_ids(element: Element, need_mid: bool) -> None:
    for block in BLOCKS:
        value = element[block].get("id")
        if not isinstance(value, str | int) or isinstance(value, bool) or str(value) == "":
            raise Refused(f"{block}.id is not specified")


def _check_user(call: Call, user: Element) -> None:
    for name in ("name", "last_name"):
        value = user.get(name)
        if value in (None, ""):
            continue
        if len(str(value)) > LONGEST_NAME:
            raise Refused(f"user.{name} is longer than {LONGEST_NAME} characters")
        if not NAME.fullmatch(str(value)):
            raise Refused(f"user.{name} may hold letters, spaces, hyphens and apostrophes only")
    if user.get("gender") not in (None, "", "male", "female"):
        raise Refused("user.gender must be male or female")
    if user.get("email") and not EMAIL.fullmatch(str(user["email"])):
        raise Refused("user.email is no e-mail address")
    picture = user.get("picture")
    if picture and not (isinstance(picture, dict) and set(picture) == {"url"} and _is_url(picture["url"])):
        raise Refused("user.picture must be an object with a public url")
    _check_phone(call, user)


def _check_phone(call: Call, user: Element) -> None:
    skipped = _flag(user, "skip_phone_validate")
    if not user.get("phone") or skipped or PHONE.fullmatch(str(user["phone"])):
        return
    if call.portal.open_lines.switches.invalid_phone == "refuse":
        raise Refused("user.phone is no valid phone number")
    user["phone"] = ""


def _flag(block: Element, name: str) -> bool:
    value = block.get(name)
    if value not in (None, "", "Y"):
        raise Refused(f"{name} may only be Y")
    return value == "Y"


def _manager(call: Call, message: Element) -> int | None:
    given = message.get("user_id")
    if given in (None, ""):
        return None
    user = call.portal.users.get(int(given)) if str(given).isdigit() else None
    if user is None or not user.active:
        raise Refused(f"message.user_id: there is no employee {given}")
    return user.id


def _moment(message: Element) -> float | None:
    given = message.get("date")
    if given in (None, ""):
        return None
    if not re.fullmatch(r"\d{9,10}", str(given)):
        raise Refused("message.date must be a unix timestamp in seconds")
    return float(given)


def _files(call: Call, message: Element) -> list[File]:
    rows = as_list(message.get("files"))
    if not rows and not str(message.get("text") or "").strip():
        raise Refused("message.text or message.files must be specified")
    found = []
    for row in rows:
        if not isinstance(row, dict) or set(row) - {"url", "name"} or not _is_url(row.get("url")):
            raise Refused("message.files must hold objects with url and name")
        data = call.fetched.get(str(row["url"]))
        if data is None:
            raise Refused(f"The file {row.get('name') or row['url']} could not be downloaded")
        found.append((str(row.get("name") or "file"), data))
    return found


def _is_url(value: Any) -> bool:
    parts = urlsplit(str(value))
    return parts.scheme in ("http", "https") and bool(parts.hostname)
