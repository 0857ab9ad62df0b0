"""In which order letters to clients leave: each thread keeps its own."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.models import LineDialog


def of_chat(session: Session, installation_id: int, chat_id: int) -> str:
    """The thread of the chat's dialog where an open line has one, so that both places keep one order."""
    query = select(LineDialog.id).where(
        LineDialog.installation_id == installation_id, LineDialog.chat_id == chat_id
    )
    dialog = session.scalar(query)
    return f"d{dialog}" if dialog is not None else f"c{chat_id}"


def of_start(body: Mapping[str, Any]) -> str:
    """The thread of a letter that begins a chat: one client in one channel."""
    return f"new:{body['channel']}:{next(iter(body['contact'].values()))}"[:80]
