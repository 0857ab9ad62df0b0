"""How long the Chat API is left alone while it cannot be reached: longer each time, until it answers."""

import threading
from datetime import datetime, timedelta

FIRST_S = 10.0
LONGEST_S = 900.0


class Pause:
    """Of one portal in this process; thread-safe. Letters that fail side by side lengthen it once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._length = 0.0
        self._until: datetime | None = None

    def lengthen(self, now: datetime) -> float:
        """Nothing answered: seconds to wait from now on."""
        with self._lock:
            if self._until is None or now >= self._until:
                self._length = min(2 * self._length, LONGEST_S) or FIRST_S
                self._until = now + timedelta(seconds=self._length)
            return (self._until - now).total_seconds()

    def end(self) -> None:
        """It answers."""
        with self._lock:
            self._length, self._until = 0.0, None
