"""What /metrics tells: gauges of the moment and counters of all processes, both read from the database.

Whichever process is asked, the answer speaks of the whole cluster: scrape one address, not every machine.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from app.base.meters import METERS, Meter
from app.storage.database import reading
from app.storage.models import AnalyticsWork, MailWork, PortalWork
from app.storage.queries import figures, meters
from app.storage.queries.work import Work
from app.storage.services import Services
from app.web.letters import STOPPED

LOW = 0.2
QUANTILES = (0.5, 0.9, 0.99, 1.0)
LANES: dict[str, Work] = {"drain": PortalWork, "mail": MailWork, "analytics": AnalyticsWork}


def exposition(house: Services) -> bytes:
    """The text for Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Figures(house))
    return generate_latest(registry)


class _Figures(Collector):
    """Reads everything in one short transaction."""

    def __init__(self, house: Services) -> None:
        self.house = house

    def collect(self) -> Iterator[Metric]:
        with self.house.sessions() as session:
            reading(session)
            now = self.house.clock.now()
            waiting, oldest = figures.inbox_waiting(session)
            portals = figures.portals_by_state(session)
            lanes = {name: figures.lane(session, lane, now) for name, lane in LANES.items()}
            trouble, due = figures.in_trouble(session), figures.conversations_due(session)
            letters, posted = figures.letters_waiting(session), figures.letters_since(session)
            stuck, lost = figures.letters_in_trouble(session, STOPPED), figures.lost_callbacks(session)
            low, counted = figures.points_low(session, LOW), meters.everything(session)
        yield _gauge("omni_inbox_waiting", "Events stored and not folded in yet.", waiting)
        yield _gauge("omni_inbox_oldest_seconds", "Age of the oldest of them.", _age(oldest, now))
        yield _labelled("omni_portals", "Portals by state.", "state", portals)
        yield from _of_lanes(lanes, sum(portals.values()))
        yield _labelled(
            "omni_conversations_in_trouble", "Conversations that wait for a person.", "state", trouble
        )
        yield _gauge("omni_conversations_due", "Conversations that will be looked at again.", due)
        yield _gauge("omni_letters_waiting", "Messages on their way.", letters)
        yield _gauge("omni_letters_oldest_seconds", "Age of the oldest of them.", _age(posted, now))
        yield _labelled("omni_letters_in_trouble", "Messages that wait for a person.", "state", stuck)
        yield _gauge("omni_lost_callbacks", "Chats and messages that only the reports of UIS told of.", lost)
        yield _gauge("omni_data_api_low", "Connections with less than a fifth of their points left.", low)
        yield from _counted(counted)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _of_lanes(lanes: dict[str, figures.LaneFigures], portals: int) -> Iterator[Metric]:
    held = {name: found.held for name, found in lanes.items()}
    due = {name: len(found.lags) - found.held for name, found in lanes.items()}
    yield _labelled("omni_portals_held", "Portals that are being worked on.", "lane", held)
    yield _labelled("omni_portals_due", "Portals that wait for a worker.", "lane", due)
    lag = GaugeMetricFamily(
        "omni_portal_lag_seconds", "How late portals are, over all of them.", labels=["lane", "quantile"]
    )
    for name, found in lanes.items():
        whole = [0.0] * (portals - len(found.lags)) + found.lags
        for share in QUANTILES:
            lag.add_metric([name, f"{share:g}"], _quantile(whole, share))
    yield lag


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _counted(rows: Sequence[tuple[str, str, float]]) -> Iterator[Metric]:
    """Every meter of the table, also those that nothing was counted for yet."""
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for name, label, value in rows:
        values[name][label] = value
    for name, meter in METERS.items():
        yield _histogram(name, meter, values) if meter.buckets else _counter(name, meter, values[name])


def _counter(name: str, meter: Meter, values: dict[str, float]) -> Metric:
    family = CounterMetricFamily(f"omni_{name}", meter.words, labels=meter.labels)
    nothing = {} if meter.labels else {"": 0.0}
    for label, value in (values or nothing).items():
        family.add_metric(label.split("|") if meter.labels else [], value)
    return family


def _histogram(name: str, meter: Meter, values: dict[str, dict[str, float]]) -> Metric:
    family = HistogramMetricFamily(f"omni_{name}", meter.words, labels=meter.labels)
    bounds = [f"{bound:g}" for bound in meter.buckets] + ["+Inf"]
    for label, total in values[f"{name}_sum"].items():
        labels = label.split("|") if meter.labels else []
        found = values[f"{name}_bucket"]
        buckets = [(bound, found.get("|".join([*labels, bound]), 0.0)) for bound in bounds]
        family.add_metric(labels, buckets, total)
    return family


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _labelled(name: str, words: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
