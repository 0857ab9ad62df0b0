"""Beyond this machine: ten minutes of a busy hour of 10,000 portals on a virtual clock, and where it breaks.

See docs/scale.md. A seed decides everything: the same figures on every machine.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from bench.simulated.cluster import Cluster
from bench.simulated.portals import SILENT, SLOW, Portal, Spread

SPAN_S = 600.0
WAITING = 10_000
PORTALS, CONVERSATIONS, THREADS = 10_000, 4_000, 32
"""20 conversations a day in a portal, 12 % of them in the busiest hour, a sixth of that; two workers of 16 threads."""


def run(part: float = 1.0) -> dict[str, Any]:
    """Lines for a table: what was run, and what came of it. `part`: of portals, conversations and threads alike."""
    told = {name: line(Cluster(spread, 1, threads).run()) for name, spread, threads in runs(part)}
    return told | fairness()


def runs(part: float = 1.0) -> list[tuple[str, Spread, int]]:
    """Name, spread, threads."""
    portals, conversations, threads = (round(part * whole) for whole in (PORTALS, CONVERSATIONS, THREADS))
    usual = Spread(portals=portals, conversations=conversations, seconds=SPAN_S)
    bursts = ((max(1, round(20 * part)), 200, 60.0),)
    return [
        ("usual", usual, threads),
        ("half of the threads", usual, max(1, threads // 2)),
        ("20 of 10,000 portals get 200 chats at once", replace(usual, bursts=bursts), threads),
        ("1 % of the portals never answer", replace(usual, silent=0.01), threads),
        ("half of the portals are slow", replace(usual, slow=0.5), threads),
        ("five times as many conversations", replace(usual, conversations=5 * conversations), threads),
    ]


def fairness(portals: int = 1_000, conversations: int = 300, seconds: float = 200.0) -> dict[str, Any]:
    """1,000 portals and a process with four threads, as embedded; then one portal has 10,000 chats that wait."""
    calm = Spread(portals=portals, conversations=conversations, seconds=seconds, slow=0.0)
    before = Cluster(calm, 1, threads=4).run()
    after = Cluster(replace(calm, bursts=((1, WAITING, 1.0),)), 1, threads=4).run()
    loud = max(after.portals, key=lambda number: len(after.portals[number].lags))
    p95 = [percentile(_lags(_but(loud, run)), 0.95) for run in (before, after)]
    words = f"{p95[0]:.2f} s, {p95[1]:.2f} s ({p95[1] / p95[0] - 1:+.0%})"
    return {"fairness: p95 of the others before, while one has 10,000 waiting": words}


def _but(loud: int, run: Cluster) -> list[Portal]:
    return [portal for number, portal in run.portals.items() if number != loud]


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
    for title, value in run(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0).items():
        print(f"{title:60} {value}", flush=True)
