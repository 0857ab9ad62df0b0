"""By what an operator reaches a client who did not write to him yet. Chat API: "Создание чата"."""

from collections.abc import Mapping

from app.domain.card import Contact
from app.rules.identity import emails, normalise

FITS: Mapping[str, tuple[str, ...]] = {
    "whatsapp": ("phone",), "waba": ("phone",), "sms": ("phone",), "telegram_private": ("phone", "username"),
    "email": ("email",),
}  # fmt: skip
"""Types of channels in which an operator may begin, and the kinds of contacts that they take."""
NAMES = {"phone": "visitor_phone", "email": "visitor_email", "username": "visitor_username"}


def said(kind: str, value: str) -> str | None:
    """A contact as UIS wants it: digits of a number, an address, "@name"; None for what cannot be one."""
    if kind == "phone":
        phone = normalise(value)
        return phone.lstrip("+") if phone else None
    if kind == "email":
        return emails(value)
    return value if value.startswith("@") and len(value) > 1 else None


def contact_of(channel_type: str, contact: Contact) -> dict[str, str] | None:
    """`contact` of a letter that begins a chat; None for one that this type of channel does not take."""
    told = said(contact.kind, contact.value) if contact.kind in FITS.get(channel_type, ()) else None
    return {NAMES[contact.kind]: told} if told else None
