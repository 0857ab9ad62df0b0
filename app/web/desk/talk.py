"""The words of a conversation: messages that UIS has, and letters that are on their way to it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.base.file_links import FileLinks, FilePlace
from app.base.texts import text
from app.domain.file_names import safe_name
from app.storage.models import Conversation, Message, OutboxRow
from app.storage.queries import conversations
from app.web.desk.letters import letter_row
from app.web.desk.rights import Desk
from app.web.desk.rows import Names

SOURCES = {
    "visitor": "client",
    "operator": "operator",
    "chatbot": "bot",
    "autoinvite": "bot",
    "retention": "bot",
}
VIEWS = {"photo": "image", "audio": "audio", "voice": "audio", "video": "video"}
ENDINGS = {
    "image": ("png", "jpg", "jpeg", "gif", "webp"), "audio": ("mp3", "ogg", "oga", "wav", "m4a", "opus"),
    "video": ("mp4", "webm", "mov"),
}  # fmt: skip
STATES = {"accepted": "accepted", "sent": "sent", "delivered": "delivered", "read": "read", "error": "failed"}
LINK_LIFE = timedelta(hours=1)
QUOTED = 200


class Talk:
    """One conversation told to one user."""

    def __init__(
        self, session: Session, here: Desk, people: Names, chat: Conversation, links: FileLinks
    ) -> None:
        self.session = session
        self.here = here
        self.people = people
        self.chat = chat
        self.links = links

    def messages(self, rows: Sequence[Message]) -> list[dict[str, Any]]:
        """`MessageRow` of each, oldest first. A state that came before its message is no message yet."""
        shown = [row for row in sorted(rows, key=lambda row: row.message_id) if row.text or row.resource]
        quoted = self._quoted({row.reply_to_id for row in shown if row.reply_to_id}, shown)
        return [self._message(row, quoted) for row in shown]

    def letters(self, rows: Sequence[OutboxRow]) -> list[dict[str, Any]]:
        """`LetterRow` of each, in their order."""
        quoted = self._quoted({int(row.body["reply_to"]) for row in rows if row.body.get("reply_to")}, ())
        return [
            letter_row(row, self.here, self.people, self._quote(row.body.get("reply_to"), quoted))
            for row in rows
        ]

    def _message(self, row: Message, quoted: Mapping[int, Message]) -> dict[str, Any]:
        of_operator = row.source == "operator"
        author = self.people.employee(row.operator_id) if of_operator else None
        state = STATES.get(row.status or "") if of_operator else None
        return {
            "id": row.message_id,
            "source": SOURCES.get(row.source, "system"),
            "author": author,
            "mine": bool(author and author["user_id"] == self.here.person.user_id),
            "text": row.text,
            "at": row.sent_at.isoformat(),
            "edited": row.edited,
            "state": state,
            "problem": text("desk.not_delivered", self.here.lang) if state == "failed" else None,
            "file": self._file(row),
            "quote": self._quote(row.reply_to_id, quoted),
        }

    def _file(self, row: Message) -> dict[str, Any] | None:
        if not row.resource:
            return None
        place = FilePlace(self.chat.installation_id, row.conversation_id, row.message_id)
        return file_of(row.resource, place, self.links)

    def _quoted(self, ids: set[int], at_hand: Sequence[Message]) -> dict[int, Message]:
        known = {row.message_id: row for row in at_hand if row.message_id in ids}
        missing = ids - known.keys()
        if missing:
            more = conversations.some_messages(self.session, [self.chat.id], missing)
            known |= {row.message_id: row for row in more}
        return known

    def _quote(self, message_id: int | None, quoted: Mapping[int, Message]) -> dict[str, Any] | None:
        row = quoted.get(int(message_id)) if message_id else None
        if row is None:
            return None
        author = self.people.employee(row.operator_id) if row.source == "operator" else None
        visitor = (self.chat.facts.get("visitor") or {}).get("name")
        words = row.text or (safe_name((row.resource or {}).get("name")) if row.resource else "")
        return {
            "id": row.message_id,
            "author": author["name"] if author else visitor,
            "text": " ".join(words.split())[:QUOTED],
        }


def file_of(resource: Mapping[str, Any], place: FilePlace, links: FileLinks) -> dict[str, Any]:
    """`FileOf`: a callback and a row of the report name a file differently."""
    name, size = safe_name(resource.get("name") or resource.get("file_name")), resource.get("size")
    return {
        "name": name,
        "size": size if isinstance(size, int) else None,
        "view": view_of(str(resource.get("type") or ""), name),
        "url": links.steady(place, LINK_LIFE),
    }


def view_of(kind: str, name: str) -> str:
    """How a file may be shown: by what UIS calls it, else by the end of its name. The browser believes our sniffing."""
    if kind in VIEWS:
        return VIEWS[kind]
    ending = name.rpartition(".")[2].lower()
    return next((view for view, endings in ENDINGS.items() if ending in endings), "document")
