"""A portal that does not answer holds a thread until the time-out: it is left alone for longer each time."""

FIRST_S = 5.0
QUICK_S = 30.0
"""A portal that fails at once costs nothing: it is asked again at least so often."""
SHARE = 5.0
"""A portal that is silent for good holds a thread for one part in so many and one."""


def pause_after(times: int, seconds: float) -> float:
    """Seconds to leave it alone after `times` requests in a row without an answer, the last of which took `seconds`."""
    return float(min(FIRST_S * 2 ** (max(1, times) - 1), max(QUICK_S, SHARE * seconds)))
