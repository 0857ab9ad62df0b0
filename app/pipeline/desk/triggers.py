"""Triggers of the CRM's automation: the client wrote and nobody answered yet, the chat is finished.

Bitrix24: crm/automation/triggers. What a trigger starts would start twice, so it fires once for each card and reason,
and one whose answer was lost is in doubt. A card that a chat gets later hears then what stands at that time.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.automation import DIRECTORY, FINISHED, WROTE
from app.domain.card import takes_automation
from app.domain.letters import Post
from app.domain.mail import Exit, Kind
from app.storage.models import Conversation
from app.storage.queries import directory, outbox

RECENT = timedelta(hours=24)
"""What is older is history that was read late."""


def fire(session: Session, installation_id: int, chats: Iterable[Conversation], now: datetime) -> int:
    """Post what is to be told of these chats as they stand; the mail lane is held by the caller. How many are new."""
    posts = [(post, chat.id) for chat in chats for post in _posts(chat, now)]
    if not posts or not _is_told(session, installation_id):
        return 0
    session.flush()
    letters = [post.row() | {"conversation_id": chat_id} for post, chat_id in posts]
    return outbox.post(session, installation_id, letters, now)


def _posts(chat: Conversation, now: datetime) -> Iterator[Post]:
    if chat.kind != "chat":
        return
    at = chat.closed_at or chat.waits_since
    if at is None or at < now - RECENT:
        return
    # The same wait is known by the answer that it followed, whatever order its messages came in.
    since = chat.operator_message_id or 0
    code, turn = (FINISHED, "end") if chat.closed_at else (WROTE, str(since))
    for kind, number in _cards(chat):
        yield Post(
            exit=Exit.PORTAL, kind=Kind.TRIGGER, thread=f"trigger:{kind}:{number}",
            key=f"{code}:{chat.id}:{turn}:{kind}:{number}",
            body={"code": code, "card": {"type": kind, "id": number}},
        )  # fmt: skip


def _cards(chat: Conversation) -> list[tuple[str, int]]:
    found = dict(chat.ledger.get("entities", {}))
    if chat.card:
        found.setdefault(chat.card["type"], chat.card["id"])
    return [(kind, int(number)) for kind, number in found.items() if number and takes_automation(kind)]


def _is_told(session: Session, installation_id: int) -> bool:
    kept = directory.items(session, installation_id, DIRECTORY) or [{}]
    return bool(kept[0].get("triggers") == "on")
