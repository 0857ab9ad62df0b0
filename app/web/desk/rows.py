"""Conversations as rows of a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.base.texts import catalogue, text
from app.domain.facts import fact
from app.rules.excerpts import excerpt
from app.rules.identity import as_written
from app.rules.search_words import Sought, line_of
from app.storage.models import Conversation, Message
from app.storage.queries import desk as queries
from app.storage.queries import directory, search_words
from app.web.desk.people import Users, users_of
from app.web.desk.rights import Desk

PREVIEW = 200
OLD = timedelta(days=30)
"""What nobody opened for so long is not told as unread any more."""
WITH_WINDOW = ("waba",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Who is who: users by id, employees by id (name, user)."""

    users: Users
    staff: Mapping[int, tuple[str, int | None]]

    def employee(self, employee_id: int | None) -> dict[str, Any] | None:
        """A `Who`, None for nobody; an employee that is not known yet has no more than his number."""
        if employee_id is None:
            return None
        name, user_id = self.staff.get(employee_id, (f"#{employee_id}", None))
        return self._who(name, user_id, employee_id)

    def user(self, user_id: int | None) -> dict[str, Any] | None:
        """A `Who` of a Bitrix24 user."""
        if user_id is None:
            return None
        joined = next((number for number, (_, user) in self.staff.items() if user == user_id), None)
        fallback = self.staff[joined][0] if joined is not None else f"#{user_id}"
        return self._who(str(self.users.get(user_id, {}).get("title") or fallback), user_id, joined)

    def _who(self, name: str, user_id: int | None, employee_id: int | None) -> dict[str, Any]:
        photo = self.users.get(user_id or 0, {}).get("photo")
        return {"name": name, "user_id": user_id, "employee_id": employee_id, "photo": photo}


def names(session: Session, installation_id: int) -> Names:
    """Everybody of a portal."""
    staff = directory.employees(session, installation_id)
    return Names(
        users=users_of(session, installation_id),
        staff={row.uis_id: (row.full_name, row.user_id) for row in staff},
    )


def rows(
    session: Session, here: Desk, chats: Sequence[Conversation], now: datetime, wanted: Sought = ()
) -> list[dict[str, Any]]:
    """`ChatRow` of each; `wanted`: what somebody looks for in them."""
    people = names(session, here.installation_id)
    words = queries.last_words(session, chats)
    seen = queries.seen(session, here.person.user_id, [chat.id for chat in chats])
    said = search_words.said(session, [chat.id for chat in chats], wanted) if wanted else {}
    return [
        row(here, people, chat, words.get(chat.id), seen.get(chat.id, 0), now)
        | {"found": _found(said.get(chat.id), wanted)}
        for chat in chats
    ]


def row(
    here: Desk, people: Names, chat: Conversation, last: Message | None, seen: int, now: datetime
) -> dict[str, Any]:
    """One `ChatRow`."""
    facts, phone = chat.facts, fact(chat.facts, "visitor.phone_number")
    return {
        "id": chat.id,
        "kind": chat.kind,
        "number": chat.source_id,
        "channel": {
            "id": chat.channel_id,
            "type": fact(facts, "chat.channel_type"),
            "name": fact(facts, "chat.channel_name") or fact(facts, "request.form_name"),
        },
        "client": {
            "name": fact(facts, "visitor.name"),
            "phone": phone and as_written(phone),
            "email": fact(facts, "visitor.email"),
        },
        "operator": people.employee(chat.operator_id),
        "mine": chat.operator_id is not None and chat.operator_id == here.person.employee_id,
        "state": "closed" if chat.closed_at else "open",
        "started_at": _iso(chat.started_at),
        "closed_at": _iso(chat.closed_at),
        "close_reason": _closed(chat, here.lang),
        "last_at": _iso(chat.last_at),
        "last": _last(last),
        "unread": is_unread(chat, seen, now),
        "waits_since": _iso(chat.waits_since),
        "window": window(chat, now),
        "news": chat.news,
    }


def is_unread(chat: Conversation, seen: int, now: datetime) -> bool:
    """Whether the client said something that this user has not read."""
    return (chat.client_message_id or 0) > seen and (seen > 0 or now - chat.last_at < OLD)


def window(chat: Conversation, now: datetime) -> dict[str, Any] | None:
    """WABA: until when free text may be written; None for channels that have no window."""
    if fact(chat.facts, "chat.channel_type") not in WITH_WINDOW:
        return None
    until = chat.window_until
    return {"until": _iso(until), "open": until is not None and until > now}


def _last(message: Message | None) -> dict[str, Any] | None:
    if message is None:
        return None
    return {
        "at": _iso(message.sent_at),
        "text": " ".join(message.text.split())[:PREVIEW],
        "source": _source(message),
        "file": bool(message.resource),
    }


def _found(message: Message | None, wanted: Sought) -> dict[str, Any] | None:
    """Nothing where the words were edited away."""
    pieces = excerpt(line_of(message.text, message.resource), wanted) if message else ()
    if message is None or not pieces:
        return None
    return {
        "at": _iso(message.sent_at),
        "source": _source(message),
        "pieces": [{"text": words, "found": found} for words, found in pieces],
    }


def _source(message: Message) -> str:
    return "client" if message.source == "visitor" else "operator"


def _closed(chat: Conversation, lang: str) -> str | None:
    """UIS's reason in words; a new one stays as it came. UIS: chat-api.md, "Завершение чата"."""
    if chat.closed_at is None:
        return None
    if chat.kind == "offline":
        return text("why.processed", lang)
    key = f"why.close.{chat.close_reason}"
    return text(key, lang) if key in catalogue("en") else chat.close_reason


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
