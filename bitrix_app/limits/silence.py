"""A portal that does not answer holds a thread until the time-out: it is left alone for longer each time."""

import threading

FIRST_S = 5.0
QUICK_S = 30.0
"""A portal that fails at once costs nothing: it is asked again at least so often."""
SHARE = 5.0
"""One that is silent for good holds a thread for a sixth of the time: it rests five times as long."""


def pause_after(times: int, seconds: float) -> float:
    """Seconds to leave it alone after `times` silences in a row, the last of which took `seconds`."""
    return float(min(FIRST_S * 2 ** (min(max(1, times), 16) - 1), max(QUICK_S, SHARE * seconds)))


class Silence:
    """How often in a row one portal did not answer this process. Thread-safe; times are of one monotonic clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times = 0
        self._ended = float("-inf")

    def kept(self, began: float, ended: float) -> float:
        """No answer came. Returns the pause; requests that were under way together count once."""
        with self._lock:
            if began >= self._ended:
                self._times, self._ended = self._times + 1, ended
            return pause_after(self._times, ended - began)

    def broken(self) -> None:
        """It answered."""
        with self._lock:
            self._times = 0
