"""Visits of clients, remembered for some minutes: points of the Data API are dear."""

import threading
import time
from typing import Any, cast

from flask import current_app

from app.storage.services import Services
from app.uis.errors import UisError
from app.uis.reports.visits import visits

KEEP_S = 600.0
MOST = 2_000
Told = dict[str, Any]


class VisitBook:
    """What was read last, by portal and visitor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, int], tuple[float, Told]] = {}

    def get(self, key: tuple[int, int]) -> Told | None:
        with self._lock:
            found = self._kept.get(key)
        return found[1] if found and time.monotonic() - found[0] < KEEP_S else None

    def put(self, key: tuple[int, int], told: Told) -> None:
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = (time.monotonic(), told)


def visits_of(services: Services, installation_id: int, visitor_id: int, lang: str) -> Told:
    """`Visits`. What UIS refuses is told in words, and asked again the next time."""
    book = cast(VisitBook, current_app.extensions.setdefault("omni.visits", VisitBook()))
    key = (installation_id, visitor_id)
    if (kept := book.get(key)) is not None:
        return kept
    try:
        told: Told = {"items": visits(services, installation_id, visitor_id), "problem": None}
    except UisError as error:
        return {"items": [], "problem": error.words(lang)}
    book.put(key, told)
    return told
