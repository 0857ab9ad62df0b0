"""The sandbox's clock: real time with an offset that tests move by hand."""

import datetime as dt
import threading
import time


class Clock:
    """Seconds since 1970 in UTC. It never goes back; `advance` jumps without waiting."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Unix seconds."""
        with self._lock:
            return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock forward by `seconds`; raises ValueError for a negative jump."""
        if seconds < 0:
            raise ValueError("the clock does not go back")
        with self._lock:
            self._offset += seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass, as the work of the real thing does."""
        time.sleep(seconds)

    def datetime(self, zone: dt.tzinfo = dt.UTC) -> dt.datetime:
        """Aware datetime of now in `zone`."""
        return dt.datetime.fromtimestamp(self.now(), zone)
