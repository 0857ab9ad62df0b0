"""How long to wait before a thing is tried again."""

STEPS_S = (2, 10, 60, 300, 1800, 7200, 18_000, 36_000, 36_000)
"""About 28 hours in all; then a person decides."""


def after(attempts: int) -> float | None:
    """Seconds to wait after so many failed attempts (1: the first has failed); None: no more by itself."""
    return float(STEPS_S[attempts - 1]) if 1 <= attempts <= len(STEPS_S) else None
