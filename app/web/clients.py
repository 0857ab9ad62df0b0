"""Clients in words."""

from app.domain.facts import fact
from app.rules.identity import as_written
from app.storage.models import Conversation


def client_of(row: Conversation) -> str | None:
    """The client in one line: name, phone, e-mail, as known. Some messengers give the phone as the name."""
    name, phone, email = (fact(row.facts, f"visitor.{part}") for part in ("name", "phone_number", "email"))
    known = [*(as_written(value) for value in (name, phone) if value), email]
    return ", ".join(dict.fromkeys(str(value) for value in known if value)) or None
