"""How a conversation stands for an operator: who has the last word, since when the client waits, WABA's window.

Messages come in any order; what they are told of in the end is the same.
"""

from datetime import datetime

from app.domain.events import MessageSeen
from app.domain.facts import fact
from app.pipeline.fold_messages import MessageBook
from app.storage.models import Conversation

WABA = "waba"


def hear(book: MessageBook, chat: Conversation, event: MessageSeen, now: datetime) -> bool:
    """A message of a chat was folded in; whether WABA's window changed by it.

    Whoever is no person (UIS itself, a bot) has no word in it.
    """
    before = chat.window_until
    _window(chat, event, now)
    if event.source in ("visitor", "operator"):
        _said(book, chat, event, now)
    return chat.window_until != before


def _said(book: MessageBook, chat: Conversation, event: MessageSeen, now: datetime) -> None:
    at = event.created_at or now
    chat.last_at = max(chat.last_at, at) if _spoken(chat) else at
    if event.source == "visitor":
        _client_says(chat, event.message_id, at)
    else:
        _operator_says(book, chat, event.message_id)


def begin(chat: Conversation, at: datetime) -> None:
    """When it began is known now: it stands there in the lists until somebody says something."""
    if not _spoken(chat):
        chat.last_at = at


def close(chat: Conversation) -> None:
    """Nobody waits any more."""
    chat.waits_since = None


def _spoken(chat: Conversation) -> bool:
    return chat.client_message_id is not None or chat.operator_message_id is not None


def _window(chat: Conversation, event: MessageSeen, now: datetime) -> None:
    """Callbacks tell of the window, reports and answers to messages of ours do not (the example of such an answer has
    `context: null`); a callback without it says that the window is closed by then.

    UIS: chat-api.md, "Работа с каналом типа waba".
    """
    if event.reported or event.answered or fact(chat.facts, "chat.channel_type") not in (None, WABA):
        return
    if event.message_id >= max(chat.client_message_id or 0, chat.operator_message_id or 0):
        chat.window_until = event.window_until or event.created_at or now


def _client_says(chat: Conversation, message_id: int, at: datetime) -> None:
    chat.client_message_id = max(chat.client_message_id or 0, message_id)
    if chat.closed_at is None and message_id > (chat.operator_message_id or 0):
        chat.waits_since = min(chat.waits_since or at, at)


def _operator_says(book: MessageBook, chat: Conversation, message_id: int) -> None:
    if message_id <= (chat.operator_message_id or 0):
        return
    chat.operator_message_id = message_id
    if message_id > (chat.client_message_id or 0):
        chat.waits_since = None
    elif chat.waits_since is not None:
        # It came late: the client has written since, but not everything of what was counted until now.
        chat.waits_since = book.first_of_client(chat.id, message_id)
