"""The card of the CRM that a session stands in, read with the application's rights and remembered for a minute.

Whether the user may read it was asked with his own token when the frame was opened (`bitrix_app.doors.opening`).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from app.domain.card import Card
from app.rules.identity import numbers_in
from app.storage.database import reading
from app.storage.queries import channels
from app.storage.services import Services
from app.web.caller import Caller, portals, services
from app.web.problems import Problem
from bitrix_app.desk.cards import read_card
from bitrix_app.errors import BitrixError

KEEP_S = 60.0
MOST = 5_000
Key = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class CardOf:
    """A card, and the numbers of the account's own channels, by which nobody is known."""

    card: Card
    own_numbers: frozenset[str]


class CardBook:
    """Cards as they were read last, for all sessions of this process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: dict[Key, tuple[float, CardOf | None]] = {}

    def get(self, key: Key, read: Callable[[], CardOf | None]) -> CardOf | None:
        """What is kept, or what `read` brings."""
        with self._lock:
            found = self._kept.get(key)
        if found is not None and self._now() - found[0] < KEEP_S:
            return found[1]
        made = read()
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = (self._now(), made)
        return made

    def known(self, key: Key) -> CardOf | None:
        """What is kept, however old; nothing is read."""
        with self._lock:
            found = self._kept.get(key)
        return found[1] if found else None


def book() -> CardBook:
    """The cards of this application."""
    return cast(CardBook, current_app.extensions.setdefault("omni.cards", CardBook()))


def card_of(who: Caller) -> CardOf | None:
    """The card of a session, None when it stands in none or the card is gone. Raises Problem (503)."""
    kind, number = who.session.entity_type, who.session.entity_id
    return card_named(who, kind, number) if kind is not None and number is not None else None


def card_named(who: Caller, kind: str, number: int) -> CardOf | None:
    """The same for a card that was found elsewhere; whether the caller may read it is for the caller of this."""
    house, installation_id = services(), who.installation_id

    def read() -> CardOf | None:
        try:
            card = read_card(portals().client(installation_id), kind, number)
        except BitrixError:
            raise Problem(503, "portal_away") from None
        return CardOf(card, _own_numbers(house, installation_id)) if card else None

    return book().get((installation_id, kind, number), read)


def _own_numbers(house: Services, installation_id: int) -> frozenset[str]:
    with house.sessions() as session:
        names = channels.names(reading(session), installation_id)
    return frozenset[str]().union(*(numbers_in(name) for name in names))
