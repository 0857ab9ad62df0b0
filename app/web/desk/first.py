"""Writing first: the client, the ways to him, the channels that can take them, and the card of the chat."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.base.texts import catalogue, text
from app.domain.card import Card, Contact, as_row, card_url
from app.domain.facts import fact
from app.pipeline.desk.cards import entities_of
from app.rules.desk import waba_text
from app.rules.desk.reach import contact_of, said
from app.rules.desk.waba import WABA
from app.storage.database import reading
from app.storage.models import Conversation
from app.storage.queries.channels import Channel
from app.web.caller import Caller, caller, services
from app.web.desk import rights
from app.web.desk.cards import card_named, card_of
from app.web.desk.waba import fields_of_chat
from app.web.desk.wrong import wrong
from app.web.problems import Problem

ORDER = ("deal", "lead", "contact", "company")
"""Of several cards of a conversation the first of these takes the new chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Whom somebody writes to. `card`: `{"type", "id"}` of the chat that will be."""

    contacts: tuple[Contact, ...]
    fields: Mapping[str, str]
    card: dict[str, Any] | None
    title: str | None


def client(chat_id: int | None) -> Client:
    """Whom the caller writes to: the client of his card, else of a conversation that he sees. Asks the portal.

    Raises Problem (404, 409, 503).
    """
    if chat_id is None:
        return of_card(caller())
    keys = rights.card_keys()
    with services().sessions() as session:
        chat = rights.visible(reading(session), chat_id, keys)
    return of_chat(caller(), chat)


def of_card(who: Caller) -> Client:
    """The client of the card that the session stands in. Raises Problem (409, 503)."""
    found = card_of(who)
    if found is None:
        raise Problem(409, "no_card_here")
    return _of(found.card)


def of_chat(who: Caller, chat: Conversation) -> Client:
    """The client of a conversation, as the conversation knows him; all that his card says only for who may read it."""
    card = _card_of_chat(chat)
    if card is not None and _reads(who, card):
        found = card_named(who, card["type"], card["id"])
        if found is not None:
            return _of(found.card)
        card = None
    known = {
        "phone": _phone(fact(chat.facts, "visitor.phone_number")),
        "email": fact(chat.facts, "visitor.email"),
        "username": _username(fact(chat.facts, "chat.username")),
    }
    name = str(fact(chat.facts, "visitor.name") or "")
    contacts = tuple(Contact(kind=kind, value=str(value), of=name) for kind, value in known.items() if value)
    return Client(contacts=contacts, fields=fields_of_chat(chat), card=card, title=None)


def _card_of_chat(chat: Conversation) -> dict[str, Any] | None:
    cards = entities_of(chat) | ({chat.card["type"]: chat.card["id"]} if chat.card else {})
    kind = next((name for name in (*ORDER, *cards) if name in cards), None)
    return {"type": kind, "id": cards[kind]} if kind else None


def _reads(who: Caller, card: Mapping[str, Any]) -> bool:
    """Whoever stands in the card was asked about with his own token; administrators of a portal read everything."""
    return who.admin or (who.session.entity_type, who.session.entity_id) == (card["type"], card["id"])


def _of(card: Card) -> Client:
    return Client(contacts=card.contacts, fields=card.fields, card=as_row(card), title=card.title)


def _phone(number: Any) -> str | None:
    """As cards show it: UIS tells digits alone."""
    return f"+{number}" if str(number or "").isdecimal() else number


def _username(name: Any) -> str | None:
    return f"@{str(name).lstrip('@')}" if name else None


def fitting(contact_: Contact, able: Iterable[Channel]) -> list[int]:
    """Channels that can take this contact; none for what is no number or address."""
    return [channel.id for channel in able if contact_of(channel.type, contact_)]


def contact(of: Client, kind: str, value: str, channel: Channel) -> dict[str, str]:
    """The `contact` of a letter. Raises Problem (422): only contacts of the client may be written to."""
    known = next((one for one in of.contacts if (one.kind, one.value) == (kind, value)), None)
    if known is None or said(kind, value) is None:
        raise wrong("to", "no_such_contact")
    told = contact_of(channel.type, known)
    if told is None:
        raise wrong("to", "contact_does_not_fit")
    return told


def belongs(of: Client, lang: str) -> str:
    """Which card the chat will belong to, in words."""
    if of.card is None:
        return text("desk.belongs.rules", lang)
    key = f"desk.belongs.{of.card['type']}"
    known = key if key in catalogue("en") else "desk.belongs.other"
    return text(known, lang, title=of.title or f"#{of.card['id']}")


def card_row(of: Client, portal_url: str) -> dict[str, Any] | None:
    """`Card` of the client."""
    if of.card is None:
        return None
    kind, number = of.card["type"], of.card["id"]
    return {"type": kind, "id": number, "title": of.title, "url": card_url(portal_url, kind, number)}


def channel_row(channel: Channel, fields: Mapping[str, str]) -> dict[str, Any]:
    """`FirstChannel`."""
    return {
        "id": channel.id,
        "type": channel.type,
        "name": channel.name,
        "only_templates": channel.type == WABA,
        "templates": [_template(row, fields) for row in channel.templates if waba_text.text_of(row).strip()],
    }


def _template(row: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    content, words = row.get("content") or {}, waba_text.text_of(row)
    rows = (content.get("keyboard") or {}).get("rows") or []
    return {
        "id": row.get("id"),
        "name": str(row.get("name") or ""),
        "text": words,
        "header": (content.get("header") or {}).get("text"),
        "footer": (content.get("footer") or {}).get("text"),
        "buttons": [str(button.get("text") or "") for line in rows for button in line.get("buttons") or []],
        "variables": waba_text.variables(words),
        "suggested": waba_text.suggested(words, fields),
    }
