"""Beyond this machine: ten minutes of a busy hour of 10,000 portals on a virtual clock, and where it breaks.

See docs/scale.md. A seed decides everything: the same figures on every machine.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from bench.simulated.cluster import Cluster
from bench.simulated.portals import SILENT, SLOW, Portal, Spread

SPAN_S = 600.0
PORTALS, CONVERSATIONS = 10_000, 4_000
"""20 conversations a day in a portal, 12 % of them in the busiest hour, a sixth of that."""
USUAL = Spread(portals=PORTALS, conversations=CONVERSATIONS, seconds=SPAN_S)
BURSTS = ((20, 200, 60.0), (1, 10_000, 120.0))


def run() -> dict[str, Any]:
    """Lines for a table: what was run, and what came of it."""
    return fairness() | {name: line(Cluster(spread, workers).run()) for name, spread, workers in runs()}


def runs() -> list[tuple[str, Spread, int]]:
    """Name, spread, worker processes of 16 threads."""
    return [
        ("usual, 2 workers", USUAL, 2),
        ("usual, 1 worker", USUAL, 1),
        ("20 portals get 200 chats each at once, one 10,000; 2 workers", replace(USUAL, bursts=BURSTS), 2),
        ("1 % of the portals never answer; 2 workers", replace(USUAL, silent=0.01), 2),
        ("half of the portals are slow; 2 workers", replace(USUAL, slow=0.5), 2),
        ("five times as much; 2 workers", replace(USUAL, conversations=5 * CONVERSATIONS), 2),
        ("five times as much; 4 workers", replace(USUAL, conversations=5 * CONVERSATIONS), 4),
    ]


def fairness(
    portals: int = 1_000, conversations: int = 1_500, threads: int = 4, waiting: int = 10_000
) -> dict[str, Any]:
    """1,000 portals and one process with so many threads, as embedded; then one portal gets 10,000 chats."""
    calm = Spread(portals=portals, conversations=conversations, seconds=SPAN_S, slow=0.0)
    before = Cluster(calm, 1, threads).run()
    after = Cluster(replace(calm, bursts=((1, waiting, 60.0),)), 1, threads).run()
    loud = {portal.number for portal in after.portals.values() if len(portal.lags) >= waiting}
    p95 = [
        percentile(_lags(p for p in run.portals.values() if p.number not in loud), 0.95)
        for run in (before, after)
    ]
    return {
        "fairness: p95 of the others before, while one has 10,000": f"{p95[0]:.2f} s, {p95[1]:.2f} s "
        f"({p95[1] / p95[0] - 1:+.0%})"
    }


def line(run: Cluster) -> str:
    """Lags of quick and slow portals, threads, core, requests, statements."""
    usual = [
        portal for portal in run.portals.values() if portal.speed is not SILENT and not _burst(portal, run)
    ]
    quick = _lags(portal for portal in usual if portal.speed is not SLOW)
    slow = _lags(portal for portal in usual if portal.speed is SLOW)
    seconds, conversations = run.spread.seconds, run.spread.conversations
    core = max(process.core_used for process in run.processes) / seconds
    each = run.statements / conversations
    parts = [
        f"lag p50 {percentile(quick, 0.5):.1f}, p95 {percentile(quick, 0.95):.1f}, p99 {percentile(quick, 0.99):.1f} s",
        f"slow portals p95 {percentile(slow, 0.95):.1f} s",
        f"core {core:.0%}",
        f"longest queue {run.deepest:,}",
        f"{run.figures.requests / seconds:.0f} requests per second",
        f"{run.statements / seconds:.0f} statements per second to claim and wake ({each:.0f} per conversation)",
        f"{run.drains / conversations:.1f} drains per conversation",
    ]
    return "; ".join(parts)


def _burst(portal: Portal, run: Cluster) -> bool:
    return bool(run.spread.bursts) and len(portal.lags) >= min(chats for _, chats, _ in run.spread.bursts)


def _lags(portals: Iterable[Portal]) -> list[float]:
    return sorted(lag for portal in portals for lag in portal.lags)


def percentile(ordered: Sequence[float], share: float) -> float:
    """0 when there is nothing."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


if __name__ == "__main__":
    for title, value in run().items():
        print(f"{title:60} {value}", flush=True)
