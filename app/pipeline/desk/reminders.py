"""Reminders: a client waits for an answer longer than the portal allows, and the responsible hears of it once.

Bitrix24: chats/notifications/im-notify-system-add; a TAG replaces the notification of an earlier wait.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.base.texts import text
from app.domain.facts import fact
from app.domain.letters import Post
from app.domain.mail import Exit, Kind
from app.pipeline.view import section
from app.rules.identity import as_written
from app.rules.markup import neutral
from app.storage.database import reading
from app.storage.models import Conversation, Installation
from app.storage.queries import desk, directory, outbox, reminding
from app.storage.services import Services

FORGOTTEN = timedelta(hours=24)
"""A wait that is older is in the lists; a notification about it would be no news."""
MOST = 500
QUOTED = 100


def remind(services: Services) -> None:
    """Post what is due in all portals."""
    with services.sessions() as session:
        wanted = reminding.sections(reading(session))
    for installation_id, document in wanted.items():
        minutes = document.get("remind_minutes")
        if document.get("enabled", True) and isinstance(minutes, int) and minutes > 0:
            _portal(services, installation_id, minutes)


def _portal(services: Services, installation_id: int, minutes: int) -> None:
    now = services.clock.now()
    until = now - timedelta(minutes=minutes)
    with services.sessions() as session:
        rows = reminding.waiting(reading(session), installation_id, until - FORGOTTEN, until, MOST)
        due = {_key(row): row for row in rows}
        told = outbox.by_keys(session, installation_id, due.keys()) if due else {}
        fresh = [row for key, row in due.items() if key not in told]
        letters = _letters(session, installation_id, fresh, now) if fresh else []
    if not letters:
        return
    with services.sessions.begin() as session:
        posted = outbox.post(session, installation_id, letters, now)
    if posted:
        services.wake.mail(installation_id)


def _key(row: Conversation) -> str:
    """Once for each wait: that is known by the answer that it followed."""
    return f"remind:{row.id}:{row.operator_message_id or 0}"


def _letters(
    session: Session, installation_id: int, rows: list[Conversation], now: datetime
) -> list[dict[str, Any]]:
    lang = session.get_one(Installation, installation_id).lang
    words = {row.id: message.text for row in rows for message in desk.last_words(session, [row]).values()}
    pairs = {one.uis_id: one.user_id for one in directory.employees(session, installation_id) if one.active}
    default = section(session, installation_id, "chats").get("responsible", {}).get("default_user_id")
    found = []
    for row in rows:
        user_id = _responsible(row, pairs, default)
        if user_id is not None:
            post = _post(
                row, user_id, _text(row, words.get(row.id, ""), lang, now), text("remind.open", lang)
            )
            found.append(post.row() | {"conversation_id": row.id})
    return found


def _responsible(row: Conversation, pairs: Mapping[int, int | None], default: Any) -> int | None:
    """Who is responsible in the CRM, else who has the chat, else who is responsible for what nobody has."""
    operator = pairs.get(row.operator_id) if row.operator_id is not None else None
    known = (row.ledger.get("responsible_id"), operator, default)
    return next((int(one) for one in known if one), None)


def _post(row: Conversation, user_id: int, words: str, open_: str) -> Post:
    body = {"user_id": user_id, "text": words, "open": open_, "chat": row.id, "tag": f"OMNI|WAIT|{row.id}"}
    return Post(exit=Exit.PORTAL, kind=Kind.REMIND, thread=f"remind:{row.id}", key=_key(row), body=body)


def _text(row: Conversation, said: str, lang: str, now: datetime) -> str:
    assert row.waits_since is not None
    name, phone = fact(row.facts, "visitor.name"), fact(row.facts, "visitor.phone_number")
    client = neutral(str(name or (phone and as_written(phone)) or text("remind.client", lang)))
    minutes = int((now - row.waits_since).total_seconds() // 60)
    line = neutral(" ".join(said.split()))[:QUOTED]
    key = "remind.text" if line else "remind.bare"
    return text(key, lang, client=client, minutes=minutes, text=line)
