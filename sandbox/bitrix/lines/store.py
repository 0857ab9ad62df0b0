"""The memory of a portal's Open Lines: lines, connectors, clients, dialogs, messages, files. It tells nobody."""

import itertools
import mimetypes
import secrets
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.lines import settings
from sandbox.bitrix.lines.model import (
    Connector,
    Dialog,
    Direction,
    Guest,
    Line,
    LineFile,
    LineMessage,
    Session,
)
from sandbox.bitrix.lines.switches import Switches

if TYPE_CHECKING:
    from sandbox.bitrix.state import PortalState

BUILT_IN = {
    "livechat": "Онлайн-чат",
    "telegrambot": "Telegram",
    "viber": "Viber",
    "vkgroup": "ВКонтакте",
    "avito": "Авито",
    "network": "Битрикс24.Network",
}
File = tuple[str, bytes]


class LinesStore:
    """State and look-ups; take the portal's lock for every use from outside.

    Ids of sessions, chats, guests, files and messages begin far from each other, so that a mix-up shows.
    """

    def __init__(self, portal: "PortalState") -> None:
        self.portal = portal
        self.switches = Switches()
        everyone = [{"ENTITY_ID": str(number), "ENTITY_TYPE": "user"} for number in portal.users]
        self.lines: dict[int, Line] = {
            1: Line(id=1, name="Открытая линия", settings={"QUEUE": everyone}, created=portal.iso())
        }
        self.built_in = {
            code: Connector(id=code, name=name, handler="", built_in=True) for code, name in BUILT_IN.items()
        }
        self.guests: dict[tuple[str, str], Guest] = {}
        self.guests_by_id: dict[int, Guest] = {}
        self.dialogs: dict[int, Dialog] = {}
        self.by_code: dict[str, Dialog] = {}
        self.sessions: dict[int, Session] = {}
        self.messages: dict[int, LineMessage] = {}
        self.files: dict[int, LineFile] = {}
        self._session_ids, self._guest_ids = itertools.count(301), itertools.count(501)
        self._chat_ids, self._file_ids = itertools.count(1701), itertools.count(5201)
        self._message_ids = itertools.count(85001)

    # --- what there is

    def now(self) -> float:
        """Unix seconds of the portal."""
        return self.portal.world.clock.now()

    def connector(self, code: str) -> Connector | None:
        """A connector of the application or of the portal itself."""
        return self.portal.connectors.get(code) or self.built_in.get(code)

    def dialog(self, chat_id: int) -> Dialog:
        """By the id of its chat; raises ValueError."""
        if chat_id not in self.dialogs:
            raise ValueError(f"no open line chat {chat_id}")
        return self.dialogs[chat_id]

    def message(self, message_id: int) -> LineMessage:
        """Raises ValueError for an unknown id."""
        if message_id not in self.messages:
            raise ValueError(f"no message {message_id}")
        return self.messages[message_id]

    def line_of(self, dialog: Dialog) -> Line:
        """The line of a dialog; one that was deleted meanwhile has only its number."""
        return self.lines.get(dialog.line) or Line(id=dialog.line, name=f"Линия {dialog.line}", active=False)

    def connector_of(self, dialog: Dialog) -> Connector:
        """The channel of a dialog; one that was removed meanwhile is switched off everywhere."""
        return self.connector(dialog.connector) or Connector(
            id=dialog.connector, name=dialog.connector, handler=""
        )

    def may_open(self, dialog: Dialog, user_id: int) -> bool:
        """Whether an employee has access: administrators, members, the queue of the line."""
        user = self.portal.users.get(user_id)
        if user is None or not user.active:
            return False
        return (
            user.admin
            or user_id in dialog.members
            or user_id in settings.queue(self.portal, self.line_of(dialog))
        )

    def author_name(self, author_id: int) -> str:
        """An author in words; empty for the portal itself."""
        user, guest = self.portal.users.get(author_id), self.guests_by_id.get(author_id)
        return user.full_name if user else guest.full_name if guest else ""

    # --- changes

    def guest(self, connector: str, person: dict[str, Any]) -> Guest:
        """The client with this external `id`; what is said of them now replaces what was known."""
        key = (connector, str(person["id"]))
        found = self.guests.get(key)
        if found is None:
            found = Guest(id=next(self._guest_ids), connector=connector, external_id=key[1])
            self.guests[key] = self.guests_by_id[found.id] = found
        for name in ("name", "last_name", "email", "phone", "gender", "url", "picture"):
            if person.get(name):
                setattr(found, name, str(person[name]))
        return found

    def open_dialog(self, connector: Connector, line: Line, chat: dict[str, Any], guest: Guest) -> Dialog:
        """The dialog of this user code, made when it is new; a group chat has one dialog for all its people."""
        person = "0" if connector.flag("CHAT_GROUP", False) else guest.external_id
        code = f"{connector.id}|{line.id}|{chat['id']}|{person}"
        found = self.by_code.get(code)
        if found is None:
            found = Dialog(
                id=next(self._chat_ids),
                connector=connector.id,
                line=line.id,
                external_chat=str(chat["id"]),
                external_user=person,
                guest=guest,
                name=f"{guest.full_name} - {line.name}",
                created=self.now(),
            )
            self.dialogs[found.id] = self.by_code[code] = found
        found.url = str(chat.get("url") or found.url)
        return found

    def new_session(self, dialog: Dialog) -> Session:
        """The next session of a dialog."""
        parent = dialog.sessions[-1].id if dialog.sessions else 0
        session = Session(
            id=next(self._session_ids),
            chat_id=dialog.id,
            parent_id=parent,
            started=self.now(),
            last=self.now(),
        )
        dialog.sessions.append(session)
        self.sessions[session.id] = session
        return session

    def add_message(
        self, dialog: Dialog, direction: Direction, author_id: int, text: str, **more: Any
    ) -> LineMessage:
        """One more message of the current (else the last) session."""
        session = dialog.sessions[-1]
        created = more.pop("created", None) or self.now()
        message = LineMessage(
            id=next(self._message_ids),
            chat_id=dialog.id,
            session_id=session.id,
            direction=direction,
            author_id=author_id,
            text=text,
            created=created,
            **more,
        )
        dialog.messages[message.id] = self.messages[message.id] = message
        for mid in message.mids:
            dialog.by_mid[mid] = message
        session.last = self.now()
        return message

    def say(self, dialog: Dialog, text: str, attach: list[dict[str, Any]] | None = None) -> LineMessage:
        """A service message that employees see and the client does not."""
        return self.add_message(dialog, Direction.SYSTEM, 0, text, attach=attach or [])

    def new_file(self, dialog: Dialog, author_id: int, file: File) -> LineFile:
        """Keep a file of a dialog."""
        name, data = file
        made = LineFile(
            id=next(self._file_ids),
            chat_id=dialog.id,
            name=name,
            data=data,
            mime=mimetypes.guess_type(name)[0] or "application/octet-stream",
            author_id=author_id,
            created=self.now(),
            key=secrets.token_hex(8),
        )
        self.files[made.id] = made
        return made

    def file_link(self, file: LineFile) -> str:
        """A link that opens to everybody who has it."""
        return f"{self.portal.url}/~{file.key}{file.id}"

    def download_link(self, file: LineFile) -> str:
        """A link that opens to employees who are signed in."""
        return (
            f"{self.portal.url}/bitrix/services/main/ajax.php?action=disk.api.file.download&fileId={file.id}"
        )
