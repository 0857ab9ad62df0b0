"""Dialogs of lines while events are folded in: found by chat or visitor, made when a client writes first."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.letters import Address, keys_of
from app.storage.models import Conversation, LineDialog
from app.storage.queries import lines


class LineBook:
    """The dialogs of the chats of one round."""

    def __init__(self, session: Session, installation_id: int, now: datetime) -> None:
        self.session = session
        self.installation_id = installation_id
        self.now = now
        self.by_chat: dict[int, LineDialog] = {}
        self.by_visitor: dict[tuple[int, int], LineDialog] = {}  # channel and visitor
        self.user_keys: dict[str, str] = {}  # "v<visitor>" or "p<person>" -> what lines call him

    def load(self, chats: Iterable[Conversation]) -> None:
        """Read what there is for these chats and their visitors."""
        known = [chat for chat in chats if chat.kind == "chat"]
        if not known:
            return
        rows = lines.dialogs(
            self.session, self.installation_id, {chat.source_id for chat in known},
            {chat.visitor_id for chat in known if chat.visitor_id},
            {chat.person_id for chat in known if chat.person_id},
        )  # fmt: skip
        for row in rows:
            self._note(row)
        for chat in known:
            self._learn_visitor(chat)

    def of(self, chat: Conversation) -> LineDialog | None:
        """The dialog of a chat, also an earlier one of its visitor in this channel."""
        found = self.by_chat.get(chat.source_id)
        if found is None and chat.visitor_id and chat.channel_id:
            found = self.by_visitor.get((chat.channel_id, chat.visitor_id))
        return found

    def open(self, chat: Conversation, line_id: int) -> tuple[LineDialog, bool]:
        """The dialog in which this chat goes on, and whether it is new.

        What a line was told as its identity stays; a channel that moved to another line begins anew there.
        """
        row = self.of(chat)
        if row is None:
            return self._new(chat, line_id), True
        if row.line_id != line_id:
            row.line_id, row.im_chat_id, row.session_id, row.finished_at = line_id, None, None, None
        if chat.source_id > row.chat_id:
            row.chat_id = chat.source_id
        self.by_chat[chat.source_id] = row
        return row, False

    def _new(self, chat: Conversation, line_id: int) -> LineDialog:
        assert chat.channel_id is not None
        chat_key, user_key = keys_of(chat.channel_id, chat.source_id, chat.visitor_id, chat.person_id)
        known = [f"v{chat.visitor_id}", f"p{chat.person_id}"]
        user_key = next((self.user_keys[name] for name in known if name in self.user_keys), user_key)
        row = LineDialog(
            installation_id=self.installation_id, channel_id=chat.channel_id, chat_key=chat_key, user_key=user_key,
            visitor_id=chat.visitor_id, person_id=chat.person_id, line_id=line_id, chat_id=chat.source_id,
            created_at=self.now,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        self._note(row)
        return row

    def _note(self, row: LineDialog) -> None:
        self.by_chat[row.chat_id] = row
        if row.visitor_id:
            self.by_visitor.setdefault((row.channel_id, row.visitor_id), row)
            self.user_keys.setdefault(f"v{row.visitor_id}", row.user_key)
        if row.person_id:
            self.user_keys.setdefault(f"p{row.person_id}", row.user_key)

    def _learn_visitor(self, chat: Conversation) -> None:
        """A chat whose first message came before anything was known of its visitor: he finds it when he returns."""
        row = self.by_chat.get(chat.source_id)
        if row is not None and row.visitor_id is None and chat.visitor_id:
            row.visitor_id, row.person_id = chat.visitor_id, chat.person_id
            self._note(row)


def address(row: LineDialog) -> Address:
    """A dialog as letters name it."""
    return Address(dialog_id=row.id, line_id=row.line_id, chat_key=row.chat_key, user_key=row.user_key)
