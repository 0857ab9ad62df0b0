"""The simulation of docs/scale.md, small: the same seed tells the same story, and nothing is left behind."""

from bench.scale import line, percentile
from bench.simulated.cluster import Cluster
from bench.simulated.portals import Spread

CALM = Spread(portals=20, conversations=40, seconds=240.0, slow=0.2)
LOUD = Spread(portals=20, conversations=40, seconds=240.0, slow=0.0, bursts=((1, 300, 10.0),))
SILENT = Spread(portals=20, conversations=40, seconds=240.0, silent=0.3)


def test_the_same_seed_tells_the_same_story() -> None:
    first, second = Cluster(CALM, 1).run(), Cluster(CALM, 1).run()
    assert line(first) == line(second)
    assert (first.statements, first.wakes, first.drains) == (second.statements, second.wakes, second.drains)
    assert line(Cluster(CALM, 1, seed=2).run()) != line(first)


def test_every_plan_comes_to_its_end_in_seconds() -> None:
    run = Cluster(CALM, 1).run()
    lags = sorted(lag for portal in run.portals.values() for lag in portal.lags)
    assert len(lags) >= CALM.conversations
    assert percentile(lags, 1.0) < 10.0


def test_a_burst_is_carried_in_full_batches_and_meets_no_limit() -> None:
    run = Cluster(LOUD, 1).run()
    loud = max(run.portals.values(), key=lambda portal: len(portal.lags))
    assert len(loud.lags) >= 300
    assert not loud.tasks
    assert run.figures.commands / run.figures.requests > 5


def test_a_silent_portal_rests_longer_each_time() -> None:
    run = Cluster(SILENT, 1).run()
    silent = [portal for portal in run.portals.values() if portal.speed.silent and portal.silences]
    assert silent
    assert all(portal.silences <= 3 for portal in silent)
