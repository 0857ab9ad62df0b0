"""What open lines are told of the events of one round: in the transaction that folds them, the rules make letters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from app.base.texts import text
from app.domain.letters import Address, Post
from app.domain.mail import Exit, Kind, LetterState
from app.pipeline.fold import Folder
from app.pipeline.fold_messages import Key
from app.pipeline.letters.echoes import recognise
from app.pipeline.open_lines import notices as line_notices
from app.pipeline.open_lines.book import LineBook, address
from app.pipeline.view import Portal
from app.rules.open_lines import to_line
from app.rules.open_lines.to_line import Change, Quoted, Said
from app.storage.models import Conversation, LineDialog, Message, OutboxRow
from app.storage.queries import conversations, outbox

LATE = timedelta(seconds=30)
LONG_PAST = timedelta(days=1)
"""What a report tells of so long ago is history: nobody waits for an answer, and no line is told."""
ARRIVED = frozenset({"sent", "delivered", "read"})
Posted = tuple[Post, int | None]
"""A letter and the conversation that it belongs to."""


class LineDesk:
    """One round. `busy`: many events came together, so some may have overtaken others."""

    def __init__(
        self, session: Session, portal: Portal, folder: Folder, now: datetime, *, busy: bool
    ) -> None:
        self.session = session
        self.portal = portal
        self.folder = folder
        self.now = now
        self.busy = busy
        self.chats: dict[int, Conversation] = {chat.id: chat for chat in folder.chats.values()}
        self.lines = {line.channel_id: line.line_id for line in portal.open_lines.lines}
        self.on = portal.open_lines.enabled and bool(self.lines)
        self.book = LineBook(session, portal.id, now)
        self.say = partial(text, lang=portal.view.lang)

    def letters(self) -> list[Posted]:
        """Everything that lines are to be told."""
        heard = self.folder.book.changed | self.folder.book.told
        of_chats = {key: row for key, row in heard.items() if row.conversation_id in self.chats}
        own, cleared = recognise(self.session, self.portal.id, of_chats, self.chats)
        self.book.load(self.chats.values() if self.on else ())
        found = [*self._cleared(cleared), *self._told(own)]
        if self.on:
            said = list(self._said(own))
            found += [*said, *self._closed(said)]
        return found

    def _said(self, own: Mapping[Key, OutboxRow]) -> Iterator[Posted]:
        """Letters for messages, chat by chat, in the order of UIS's ids."""
        news: dict[int, list[Message]] = {}
        for key, row in sorted(self.folder.book.changed.items()):
            if self._is_for_lines(key, row, own):
                news.setdefault(row.conversation_id, []).append(row)
        known = self._lettered(news)
        for conversation_id, rows in news.items():
            yield from self._of_chat(self.chats[conversation_id], rows, known, own)

    def _is_for_lines(self, key: Key, row: Message, own: Mapping[Key, OutboxRow]) -> bool:
        chat = self.chats.get(row.conversation_id)
        if chat is None or chat.channel_id not in self.lines or not to_line.belongs(row.source):
            return False
        if key in own and own[key].body.get("im"):
            return False  # it was written in the line
        return key not in self.folder.book.reported or self.now - row.sent_at <= LONG_PAST

    def _of_chat(
        self, chat: Conversation, rows: list[Message], known: Mapping[str, OutboxRow],
        own: Mapping[Key, OutboxRow],
    ) -> Iterator[Posted]:  # fmt: skip
        assert chat.channel_id is not None
        if self.book.of(chat) is None and not any(to_line.begins_dialog(row.source) for row in rows):
            return
        dialog, fresh = self.book.open(chat, self.lines[chat.channel_id])
        if fresh:
            rows = [*self._before(chat, rows[0]), *rows]
        answered = self._answered(rows)
        for row in rows:
            letter = own.get((row.conversation_id, row.message_id))
            said = self._as_said(chat, row, answered, known, letter.author_id if letter else None)
            yield to_line.post(said, address(dialog), chat.facts, self.portal.view, self.say), chat.id

    def _before(self, chat: Conversation, first: Message) -> list[Message]:
        """What a bot said before the client did, now that there is a dialog to show it in."""
        held = conversations.messages(self.session, [chat.id])[chat.id]
        return [row for row in held if row.message_id < first.message_id and row.source in to_line.MACHINES]

    def _as_said(
        self, chat: Conversation, row: Message, answered: Mapping[int, Quoted],
        known: Mapping[str, OutboxRow], user_id: int | None,
    ) -> Said:  # fmt: skip
        """The message as the rules want it."""
        letter = known.get(to_line.message_key(chat.source_id, row.message_id))
        change = Change.NEW
        if letter is not None:
            change = Change.EDITED if row.text or row.resource else Change.GONE
        resource = row.resource or {}
        late = self.busy and self.now - row.sent_at > LATE
        return Said(
            chat_id=chat.source_id, conversation_id=chat.id, message_id=row.message_id, source=row.source,
            operator_id=row.operator_id, user_id=user_id, text=row.text, at=row.sent_at, change=change,
            turn=chat.changed,
            file=str(resource.get("name") or resource.get("file_name") or "file") if resource else None,
            quoted=answered.get(row.reply_to_id or 0), late=late,
        )  # fmt: skip

    def _lettered(self, news: Mapping[int, Iterable[Message]]) -> dict[str, OutboxRow]:
        keys = {
            to_line.message_key(self.chats[number].source_id, row.message_id)
            for number, rows in news.items()
            for row in rows
        }
        return outbox.by_keys(self.session, self.portal.id, keys) if keys else {}

    def _answered(self, rows: Iterable[Message]) -> dict[int, Quoted]:
        """The messages that these ones quote, by UIS's ids."""
        wanted = {(row.conversation_id, row.reply_to_id) for row in rows if row.reply_to_id}
        if not wanted:
            return {}
        held = conversations.some_messages(
            self.session, {chat for chat, _ in wanted}, {number for _, number in wanted if number}
        )
        return {
            row.message_id: Quoted(
                source=row.source, operator_id=row.operator_id, text=row.text, at=row.sent_at
            )
            for row in held
        }

    def _told(self, own: Mapping[Key, OutboxRow]) -> Iterator[Posted]:
        """Delivery states of what operators of lines wrote."""
        for key, row in sorted(self.folder.book.told.items()):
            letter = own.get(key)
            if letter is None or not letter.body.get("im"):
                continue
            if row.status in ARRIVED or (key in self.folder.book.reported and row.status != "error"):
                yield from self._for_dialog(letter, line_notices.delivered)
            elif row.status == "error":
                yield from self._for_dialog(letter, line_notices.not_delivered)

    def _cleared(self, letters: Iterable[OutboxRow]) -> Iterator[Posted]:
        """Doubts that are none any more: the message is there."""
        for letter in letters:
            letter.state, letter.problem, letter.look_at = LetterState.DONE, None, None
            yield from self._for_dialog(letter, line_notices.cleared)

    def _for_dialog(self, letter: OutboxRow, make: line_notices.Make) -> Iterator[Posted]:
        dialog = self._dialog(letter)
        if dialog is not None:
            yield make(letter, address(dialog), say=self.say), letter.conversation_id

    def _dialog(self, letter: OutboxRow) -> LineDialog | None:
        number = letter.body.get("dialog")
        return self.session.get(LineDialog, number) if number and letter.body.get("im") else None

    def _closed(self, said: Sequence[Posted]) -> Iterator[Posted]:
        """Chats that were closed at UIS: their dialogs end too, behind everything that was said in them."""
        for chat in self.folder.closed:
            dialog = self.book.of(chat) if chat.channel_id in self.lines else None
            if dialog is None or dialog.chat_id != chat.source_id or dialog.finished_at is not None:
                continue
            to = address(dialog)
            ranks = [post.rank for post, _ in said if post.thread == to.thread]
            waiting = outbox.last_rank(self.session, self.portal.id, Exit.LINE, to.thread)
            yield self._finish(to, chat, max([waiting, *ranks])), chat.id

    def _finish(self, to: Address, chat: Conversation, rank: int) -> Post:
        return Post(
            exit=Exit.LINE, kind=Kind.FINISH, thread=to.thread, key=f"finish:{to.dialog_id}:{chat.source_id}",
            body={"line": to.line_id, "dialog": to.dialog_id, "reason": chat.close_reason}, rank=rank,
        )  # fmt: skip
