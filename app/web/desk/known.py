"""What is known of the client of a conversation, of his source, and of the cards that it belongs to."""

from collections.abc import Iterable
from typing import Any

from app.domain.card import card_url
from app.domain.facts import fact
from app.domain.source_fields import SOURCE_FIELDS, SourceField
from app.storage.models import Conversation

VISITOR = ("visitor.",)
SOURCE = ("traffic.", "campaign.", "site.", "chat.ad_url", "chat.page_url")
HIDDEN = frozenset({"visitor.id", "visitor.person_id", "visitor.session_id", "campaign.id", "site.id"})
"""Numbers that say nothing to an operator."""


def visitor(chat: Conversation, lang: str) -> list[dict[str, str]]:
    """`Known` of the client."""
    return _known(chat, lang, VISITOR)


def source(chat: Conversation, lang: str) -> list[dict[str, str]]:
    """`Known` of where he came from."""
    return _known(chat, lang, SOURCE)


def _known(chat: Conversation, lang: str, beginnings: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {
            "name": field.name,
            "title": field.title_ru if lang == "ru" else field.title_en,
            "value": ", ".join(str(one) for one in (value if isinstance(value, list) else [value])),
        }
        for field in _fields(beginnings)
        if (value := fact(chat.facts, field.name)) is not None
    ]


def _fields(beginnings: tuple[str, ...]) -> Iterable[SourceField]:
    return (
        field
        for field in SOURCE_FIELDS.values()
        if field.name.startswith(beginnings) and field.name not in HIDDEN
    )


def cards(chat: Conversation, portal_url: str) -> list[dict[str, Any]]:
    """`Card` of everything that the conversation belongs to."""
    found = dict(chat.ledger.get("entities", {}))
    if chat.card:
        found.setdefault(chat.card["type"], chat.card["id"])
    return [
        {"type": kind, "id": number, "title": None, "url": card_url(portal_url, kind, number)}
        for kind, number in found.items()
    ]
