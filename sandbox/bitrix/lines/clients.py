"""What clients do in Open Lines: they write through a connector, and the portal opens sessions for them."""

from typing import Any

from sandbox.bitrix.lines import events, settings, tracker
from sandbox.bitrix.lines.model import Connector, Dialog, Direction, Line, LineMessage, Session
from sandbox.bitrix.lines.store import File, LinesStore


class ClientTalk(LinesStore):
    """The client's side. Callers hold the portal's lock."""

    def client_says(
        self,
        connector: Connector,
        line: Line,
        user: dict[str, Any],
        chat: dict[str, Any],
        *,
        text: str = "",
        files: list[File] | None = None,
        mid: str = "",
        created: float | None = None,
        disable_crm: bool = False,
        manager_id: int | None = None,
        custom_data: Any = None,
    ) -> LineMessage:
        """A message through a connector; opens dialog and session when there is none.

        `user` and `chat` as in `imconnector.send.messages`; with `manager_id` it is shown as written by that employee.
        A known `mid` is shown again, or answered with the message that is there (`switches.repeated_message`).
        """
        dialog = self.open_dialog(connector, line, chat, self.guest(connector.id, user))
        known = dialog.by_mid.get(mid)
        if known is not None and self.switches.repeated_message == "once":
            return known
        fresh = dialog.session is None
        if fresh:
            self.start_session(dialog)
        if fresh and custom_data:
            self._say_custom(dialog, custom_data)
        author = manager_id or self.guest(connector.id, user).id
        direction = Direction.OPERATOR if manager_id else Direction.CLIENT
        kept = [self.new_file(dialog, author, file) for file in files or []]
        message = self.add_message(
            dialog,
            direction,
            author,
            text,
            created=created,
            mids=[mid] if mid else [],
            files=kept,
            quiet=bool(manager_id),
        )
        events.openline_message(self, dialog, message)
        if not disable_crm:
            self._track(dialog, message, fresh)
        if fresh:
            self._welcome(dialog)
        return message

    def start_session(self, dialog: Dialog, user_id: int | None = None) -> Session:
        """A new session; an employee who opens it is in charge, else the queue of the line decides."""
        session = self.new_session(dialog)
        dialog.crm = {}
        if user_id is not None:
            session.operator_id, session.accepted = user_id, True
            self.join(dialog, user_id)
        else:
            self.distribute(dialog, self.line_of(dialog))
        self.say(dialog, f"Начат новый диалог № {session.id}")
        events.session_changed(self, dialog, session, user_id)
        return session

    def distribute(self, dialog: Dialog, line: Line) -> None:
        """Give the session to somebody of a line's queue; with `all` everybody hears of it and nobody is in charge."""
        people = settings.queue(self.portal, line)
        kind = settings.value(line, "QUEUE_TYPE")
        session = dialog.sessions[-1]
        session.accepted = False
        if kind == "all" or not people:
            session.operator_id = None
            for number in people:
                self.join(dialog, number)
            return
        chosen = people[line.turn % len(people)] if kind == "evenly" else people[0]
        line.turn += 1
        session.operator_id = chosen
        self.join(dialog, chosen)

    @staticmethod
    def join(dialog: Dialog, user_id: int) -> None:
        """Make an employee a member of the chat."""
        if user_id not in dialog.members:
            dialog.members.append(user_id)

    def client_edits(
        self, dialog: Dialog, mid: str, text: str | None, files: list[File] | None
    ) -> LineMessage | None:
        """A message of the channel is changed; None when the dialog has none with this id."""
        message = dialog.by_mid.get(mid)
        if message is None or message.deleted:
            return None
        message.text = message.text if text is None else text
        if files:
            message.files = [self.new_file(dialog, message.author_id, file) for file in files]
        message.edited = True
        return message

    def client_deletes(self, dialog: Dialog, mid: str) -> LineMessage | None:
        """A message of the channel is gone; None when the dialog has none with this id."""
        message = dialog.by_mid.get(mid)
        if message is not None:
            message.deleted = True
        return message

    def _track(self, dialog: Dialog, message: LineMessage, fresh: bool) -> None:
        responsible = tracker.track(self, dialog, message)
        line, session = self.line_of(dialog), dialog.sessions[-1]
        user = self.portal.users.get(responsible or 0)
        if fresh and user is not None and user.active and settings.on(line, "CRM_FORWARD"):
            session.operator_id = user.id
            self.join(dialog, user.id)

    def _say_custom(self, dialog: Dialog, data: Any) -> None:
        """What a site told the widget about its visitor (`setCustomData`): text, or blocks of an attachment."""
        if isinstance(data, str):
            self.say(dialog, data)
        elif self.switches.custom_data == "attach":
            self.say(dialog, "", data)
        else:
            self.say(dialog, "\n".join(_flat(data)))

    def _welcome(self, dialog: Dialog) -> None:
        line = self.line_of(dialog)
        first = len(dialog.sessions) == 1 or settings.on(line, "SEND_WELCOME_EACH_SESSION")
        if settings.on(line, "WELCOME_MESSAGE") and first:
            self.say_to_client(dialog, str(settings.value(line, "WELCOME_MESSAGE_TEXT")))

    def say_to_client(self, dialog: Dialog, text: str) -> None:
        """An automatic text of the line; connectors that want no system messages do not get it."""
        if self.connector_of(dialog).flag("NEED_SYSTEM_MESSAGES", True):
            self.deliver(dialog, self.add_message(dialog, Direction.OPERATOR, 0, text))
        else:
            self.say(dialog, text)

    def deliver(self, dialog: Dialog, message: LineMessage) -> None:
        """Send an operator's message on its way: built-in channels get it at once, the application by its event."""
        connector = self.connector_of(dialog)
        line = self.line_of(dialog)
        if connector.built_in:
            message.delivered = self.now()
        elif not line.active or not connector.works_on(line.id):
            message.problem = "Канал отключён от линии, сообщение не отправлено."
        else:
            events.message_add(self, dialog, message)


def _flat(data: Any) -> list[str]:
    """The texts inside attachment blocks, `name: value` for rows of a grid."""
    if isinstance(data, dict) and {"NAME", "VALUE"} <= set(data):
        return [f"{data['NAME']}: {data['VALUE']}"]
    if isinstance(data, dict):
        return [text for value in data.values() for text in _flat(value)]
    if isinstance(data, list):
        return [text for value in data for text in _flat(value)]
    return [str(data)]
