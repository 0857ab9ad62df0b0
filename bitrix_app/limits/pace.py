"""How many commands a batch may have: near a target time, never beyond 50.

Bitrix24: limits (a request is cut off at 60 s; `time.duration` tells what each command took).
"""

import threading
from collections.abc import Iterable

from bitrix_app.batch import MAX_COMMANDS

TARGET_S = 5.0
WEIGHT = 0.2
LEAST = 5


class Pace:
    """A running mean of what one command takes in one portal. Thread-safe."""

    def __init__(self) -> None:
        self._mean = 0.05
        self._lock = threading.Lock()

    def size(self) -> int:
        """Commands per batch for the target time."""
        with self._lock:
            return max(LEAST, min(MAX_COMMANDS, int(TARGET_S / self._mean)))

    def note(self, durations: Iterable[float]) -> None:
        """Learn from the commands of an answer, in seconds."""
        with self._lock:
            for duration in durations:
                self._mean += WEIGHT * (max(duration, 0.001) - self._mean)
