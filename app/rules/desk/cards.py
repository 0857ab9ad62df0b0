"""By which keys a card of the CRM finds the conversations of its client."""

from collections.abc import Collection

from app.domain.card import Card
from app.rules.identity import identity_keys


def keys_of(card: Card, own_numbers: Collection[str] = ()) -> frozenset[str]:
    """Its own key, those of the contacts and companies it is linked to, and the phones and e-mails of all."""
    contacts = identity_keys(None, None, card.of_kind("phone"), card.of_kind("email"), own_numbers)
    return card.links | contacts
