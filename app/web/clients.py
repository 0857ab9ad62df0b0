"""Clients in words."""

from app.domain.facts import fact
from app.storage.models import Conversation


def client_of(row: Conversation) -> str | None:
    """The client in one line: name, phone, e-mail, as far as they are known."""
    names = ("visitor.name", "visitor.phone_number", "visitor.email")
    known = [str(value) for name in names if (value := fact(row.facts, name))]
    return ", ".join(known) or None
