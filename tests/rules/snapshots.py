"""Snapshots, portals and entities for tables of the rules."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.conversation import Ledger, PortalView, Snapshot
from app.domain.crm import Entity, Kind
from app.domain.message import TranscriptMessage
from app.domain.settings import defaults, parse
from app.domain.settings.communication import Communication

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
PHONE = {"visitor": {"phone_number": "79161234567"}}
OPERATOR = 367852


def at(seconds: float) -> datetime:
    """So many seconds after the chat began."""
    return NOW + timedelta(seconds=seconds)


def chat(**changes: Any) -> Snapshot:
    """A chat that has just begun: a number, no messages."""
    values: dict[str, Any] = {
        "kind": "chat", "source_id": 1, "account": "4735", "channel_id": 740806, "visitor_id": 9, "person_id": None,
        "operator_id": OPERATOR, "initiator": "visitor", "first_seen_at": NOW, "started_at": NOW, "closed_at": None,
        "close_reason": None, "facts": PHONE, "messages": (), "ledger": Ledger(),
    }  # fmt: skip
    return Snapshot(**(values | changes))


def said(number: int, source: str = "visitor") -> TranscriptMessage:
    return TranscriptMessage(id=number, source=source, author=None, text=f"текст {number}", at=at(number))


def portal(**changes: Any) -> PortalView:
    """A classic portal: users 1 and 7 work, 8 is dismissed; the operator is user 7."""
    values: dict[str, Any] = {
        "member_id": "portal", "portal_url": "https://portal.example", "lang": "ru", "timezone": "Europe/Moscow",
        "crm_mode": "classic", "users": {1: ("Анна", True), 7: ("Иван", True), 8: ("Пётр", False)},
        "operators": {OPERATOR: 7}, "operator_names": {OPERATOR: "Иван"}, "channel_names": {740806: "Сайт"},
    }  # fmt: skip
    return PortalView(**(values | changes))


def chats(**changes: Any) -> Communication:
    """Settings of chats that are on, user 1 by default; a dictionary changes only its keys."""
    document = defaults("chats") | {"enabled": True}
    document["responsible"] = document["responsible"] | {"default_user_id": 1}
    for name, value in changes.items():
        document[name] = document[name] | value if isinstance(value, dict) and document[name] else value
    model = parse("chats", document)
    assert isinstance(model, Communication)
    return model


def entity(kind: Kind, number: int, **more: Any) -> Entity:
    return Entity(kind=kind, id=number, **more)
