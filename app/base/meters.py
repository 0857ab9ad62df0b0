"""What a process counts: written down every few seconds, so that /metrics tells of the whole cluster.

The table of meters is the contract: a name that is not in it cannot be counted.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from app.base.codes import code

Counted = dict[tuple[str, str], float]
"""(name, label values joined by "|") -> how much."""


@dataclass(frozen=True, slots=True)
class Meter:
    """One family. `buckets`: upper bounds in seconds of a histogram; without them it is a counter."""

    words: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


LAG = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 7_200.0)
QUICK = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
METERS: Mapping[str, Meter] = {
    "events": Meter("Events that came in, repeats apart; and those set aside.", ("source", "outcome")),
    "fold_lag_seconds": Meter("From the arrival of an event until it is folded in.", (), LAG),
    "effect_lag_seconds": Meter(
        "From the last event of a conversation until its plan was carried out.", (), LAG
    ),
    "conversations_settled": Meter("Plans that came to an end, by the state they left.", ("state",)),
    "rest_requests": Meter("REST requests to portals.", ("method", "outcome")),
    "rest_commands": Meter("Commands inside batches.", ("method", "outcome")),
    "rest_seconds": Meter("How long portals took to answer.", ("method",), QUICK),
    "budget_wait_seconds": Meter("How long requests waited for their turn in a portal's budget.", (), QUICK),
    "limits_hit": Meter("Refusals of portals for their limits.", ("limit",)),
    "retries": Meter("Steps that are to be tried again.", ("counted",)),
    "unknown_outcomes": Meter("Steps whose answer was lost."),
    "portals_parked": Meter("Portals that were parked.", ("reason",)),
    "token_refreshes": Meter("Refreshes of tokens.", ("outcome",)),
    "data_api_points": Meter("Points of the Data API that were used."),
    "wake_ups": Meter("Wake-ups sent.", ("lane",)),
    "claims_lost": Meter("Holders of a portal that were overtaken."),
    "rounds": Meter("Rounds that came to nothing: broken, or the other side was away.", ("outcome", "lane")),
    "rows_cleaned": Meter("Old rows that were erased.", ("table",)),
}


class Meters:
    """Thread-safe. Counts in memory until somebody takes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: Counted = {}

    def count(self, name: str, *labels: str, by: float = 1.0) -> None:
        """Add to a counter. `labels` in the order of the table."""
        assert len(labels) == len(METERS[name].labels), name
        self._add({(name, _joined(labels)): by})

    def observe(self, name: str, seconds: float, *labels: str) -> None:
        """Add to a histogram."""
        told = _joined(labels)
        bounds = [f"{bound:g}" for bound in METERS[name].buckets if seconds <= bound]
        found = {(f"{name}_bucket", _joined([*labels, bound])): 1.0 for bound in [*bounds, "+Inf"]}
        self._add(found | {(f"{name}_sum", told): seconds, (f"{name}_count", told): 1.0})

    @contextmanager
    def timed(self, name: str, *labels: str) -> Iterator[None]:
        """Observe how long the block takes."""
        began = perf_counter()
        try:
            yield
        finally:
            self.observe(name, perf_counter() - began, *labels)

    def take(self) -> Counted:
        """Everything that was counted since the last time."""
        with self._lock:
            taken, self._counted = self._counted, {}
        return taken

    def give_back(self, taken: Counted) -> None:
        """It could not be written down: count it on."""
        self._add(taken)

    def _add(self, found: Counted) -> None:
        with self._lock:
            for key, value in found.items():
                self._counted[key] = self._counted.get(key, 0.0) + value


def _joined(labels: Iterable[str]) -> str:
    """Vendors' codes are among them: what the column cannot take would keep all other counts from it, for ever."""
    return "|".join(code(label) for label in labels)
