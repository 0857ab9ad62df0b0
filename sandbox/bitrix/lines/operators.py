"""What employees do in Open Lines: answer, edit, delete, take, transfer, finish. Wrong orders raise ValueError."""

from sandbox.bitrix.lines import events, settings, tracker
from sandbox.bitrix.lines.clients import ClientTalk
from sandbox.bitrix.lines.model import Dialog, Direction, LineMessage
from sandbox.bitrix.lines.store import File


class OpenLines(ClientTalk):
    """All of a portal's Open Lines. Callers hold the portal's lock."""

    def operator_says(
        self,
        chat_id: int,
        user_id: int,
        text: str = "",
        *,
        files: list[File] | None = None,
        reply_to: int | None = None,
    ) -> LineMessage:
        """A member's message to the client; takes a dialog that nobody has, opens a closed one again."""
        dialog = self.dialog(chat_id)
        self._require_member(dialog, user_id)
        if not text.strip() and not files:
            raise ValueError("a message needs a text or a file")
        if reply_to is not None and reply_to not in dialog.messages:
            raise ValueError(f"the chat has no message {reply_to}")
        session = dialog.session or self.start_session(dialog, user_id)
        if session.operator_id is None or not session.accepted:
            self.take(chat_id, user_id)
        kept = [self.new_file(dialog, user_id, file) for file in files or []]
        message = self.add_message(dialog, Direction.OPERATOR, user_id, text, files=kept, reply_to=reply_to)
        self.deliver(dialog, message)
        return message

    def system_says(self, chat_id: int, user_id: int, text: str) -> LineMessage:
        """A service message that an employee, or an application for him, puts into the dialog; not for the client."""
        dialog = self.dialog(chat_id)
        self._require_member(dialog, user_id)
        return self.say(dialog, text)

    def operator_edits(self, message_id: int, user_id: int, text: str) -> LineMessage:
        """Change an own message; the application is told and confirms anew."""
        dialog, message = self._own(message_id, user_id, "EDIT_INTERNAL_MESSAGES")
        if not text.strip():
            raise ValueError("a message needs a text")
        message.text, message.edited = text, True
        if not self.connector_of(dialog).built_in:
            message.delivered = None
            events.message_update(self, dialog, message)
        return message

    def operator_deletes(self, message_id: int, user_id: int) -> LineMessage:
        """Delete an own message, here and in the channel."""
        dialog, message = self._own(message_id, user_id, "DEL_INTERNAL_MESSAGES")
        message.deleted = True
        events.message_delete(self, dialog, message)
        return message

    def take(self, chat_id: int, user_id: int) -> Dialog:
        """Take a dialog, also from a colleague."""
        dialog = self.dialog(chat_id)
        self._require_access(dialog, user_id)
        session = dialog.session or self.start_session(dialog, user_id)
        session.operator_id, session.accepted = user_id, True
        self.join(dialog, user_id)
        self.say(dialog, f"{self.author_name(user_id)}: диалог принят в работу")
        return dialog

    def enter(self, chat_id: int, user_id: int) -> Dialog:
        """Join a dialog without taking it."""
        dialog = self.dialog(chat_id)
        self._require_access(dialog, user_id)
        self.join(dialog, user_id)
        return dialog

    def transfer(
        self, chat_id: int, user_id: int, *, to_user: int | None = None, to_line: int | None = None
    ) -> Dialog:
        """Give a dialog to a colleague, or to the queue of a line."""
        dialog = self.dialog(chat_id)
        self._require_access(dialog, user_id)
        session = dialog.session
        if session is None:
            raise ValueError("the dialog is closed")
        if to_line is not None:
            if to_line not in self.lines:
                raise ValueError(f"no line {to_line}")
            self.distribute(dialog, self.lines[to_line])
        else:
            colleague = self.portal.users.get(to_user or 0)
            if colleague is None or not colleague.active or colleague.id == session.operator_id:
                raise ValueError(f"the dialog cannot go to {to_user}")
            session.operator_id, session.accepted = colleague.id, False
            self.join(dialog, colleague.id)
        name = self.author_name(session.operator_id or 0) or "в очередь"
        self.say(dialog, f"{self.author_name(user_id)}: диалог передан ({name})")
        if session.operator_id is not None:
            tracker.reassign(self, dialog, session.operator_id)
        return dialog

    def finish(self, chat_id: int, user_id: int | None) -> bool:
        """Close the session; None is the portal itself, when nobody wrote for long. False when it was closed."""
        dialog = self.dialog(chat_id)
        session = dialog.session
        if session is None:
            return False
        if user_id is not None:
            self._require_access(dialog, user_id)
        line = self.line_of(dialog)
        rule = "AUTO_CLOSE" if user_id is None else "CLOSE"
        if settings.value(line, f"{rule}_RULE") == "text" and settings.value(line, f"{rule}_TEXT"):
            self.say_to_client(dialog, str(settings.value(line, f"{rule}_TEXT")))
        who = self.author_name(user_id or 0) or "Битрикс24"
        self.say(dialog, f"{who}: диалог № {session.id} завершён")
        session.closed = self.now()
        tracker.close(self, session)
        events.session_changed(self, dialog, session, user_id)
        return True

    def close_idle(self) -> list[int]:
        """Close the sessions in which nobody wrote for the line's `AUTO_CLOSE_TIME`; ids of the chats."""
        closed = []
        for dialog in self.dialogs.values():
            limit = float(settings.value(self.line_of(dialog), "AUTO_CLOSE_TIME") or 0)
            session = dialog.session
            if session is not None and limit and self.now() - session.last >= limit:
                self.finish(dialog.id, None)
                closed.append(dialog.id)
        return closed

    def begin_with(self, chat_id: int, user_id: int, message_id: int | None = None) -> Dialog:
        """Close the session and open the next one; `message_id` of this chat goes over into it."""
        dialog = self.dialog(chat_id)
        self._require_access(dialog, user_id)
        message = dialog.messages.get(message_id) if message_id is not None else None
        if message_id is not None and message is None:
            raise ValueError(f"the chat has no message {message_id}")
        self.finish(chat_id, user_id)
        session = self.start_session(dialog, user_id)
        if message is not None:
            message.session_id = session.id
        return dialog

    def leave(self, dialog: Dialog, user_id: int) -> None:
        """An employee is no member any more."""
        dialog.members.remove(user_id)

    def connect(self, code: str, line_id: int, active: bool, user_id: int = 1) -> None:
        """Switch a connector of a line on or off, as a person does in the Contact Center.

        The application hears that its connector was switched off (ONIMCONNECTORSTATUSDELETE, lower case keys).
        """
        connector = self.connector(code)
        if connector is None or line_id not in self.lines:
            raise ValueError(f"no connector {code!r} or no line {line_id}")
        was = connector.lines.get(line_id, False)
        connector.lines[line_id] = active
        if connector.built_in and active:
            connector.data[line_id] = {"NAME": connector.name}
        if not active:
            connector.data.pop(line_id, None)
        if was and not active and not connector.built_in:
            data = {"connector": connector.id, "line": line_id}
            self.portal.events.emit("ONIMCONNECTORSTATUSDELETE", data, user_id)

    def delete_line(self, line_id: int, user_id: int = 1) -> None:
        """A line is gone; the application hears of it by ONIMCONNECTORLINEDELETE, whose data is the bare id."""
        del self.lines[line_id]
        for connector in (*self.portal.connectors.values(), *self.built_in.values()):
            connector.lines.pop(line_id, None)
            connector.data.pop(line_id, None)
        self.portal.events.emit("ONIMCONNECTORLINEDELETE", line_id, user_id)

    def make_lead(self, chat_id: int, user_id: int) -> bool:
        """A lead out of a dialog by its operator; False when one is tied already."""
        return tracker.make_lead(self, self.dialog(chat_id), user_id)

    def _own(self, message_id: int, user_id: int, right: str) -> tuple[Dialog, LineMessage]:
        message = self.message(message_id)
        dialog = self.dialog(message.chat_id)
        if message.direction is not Direction.OPERATOR or message.author_id != user_id or message.deleted:
            raise ValueError(f"message {message_id} is not {user_id}'s to change")
        if not self.connector_of(dialog).flag(right, True):
            raise ValueError(f"the connector does not allow it: {right}")
        return dialog, message

    def _require_access(self, dialog: Dialog, user_id: int) -> None:
        if not self.may_open(dialog, user_id):
            raise ValueError(f"{user_id} has no access to chat {dialog.id}")

    @staticmethod
    def _require_member(dialog: Dialog, user_id: int) -> None:
        if user_id not in dialog.members:
            raise ValueError(f"{user_id} is no member of chat {dialog.id}")
