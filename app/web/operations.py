"""Addresses for those who run the application: alive, ready, metrics."""

from collections.abc import Iterator

import structlog
from flask import Blueprint, Response
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from app.base.texts import text
from app.storage.database import reading
from app.storage.queries import figures
from app.storage.services import Services
from app.web.caller import services
from app.web.problems import lang
from bitrix_app.runtime import shell

log = structlog.get_logger()
blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 when requests can be served; else 503 and what is missing, in words."""
    missing = list(_missing(services()))
    if not missing:
        return Response("ready\n", mimetype="text/plain")
    return Response("\n".join(missing) + "\n", 503, mimetype="text/plain; charset=utf-8")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus: figures of the moment, read from the database."""
    registry = CollectorRegistry()
    registry.register(_Figures(services()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _missing(house: Services) -> Iterator[str]:
    if not _database_answers(house):
        yield text("ready.database", lang())
    if not house.config.embedded and not _broker_answers(house):
        yield text("ready.broker", lang())
    if shell().entry() is None:
        yield text("ready.pages", lang())


def _database_answers(house: Services) -> bool:
    try:
        with house.sessions() as session:
            figures.inbox_waiting(reading(session))
    except SQLAlchemyError:
        log.exception("database_unreachable")
        return False
    return True


def _broker_answers(house: Services) -> bool:
    try:
        with Connection(house.config.celery_broker_url, connect_timeout=2) as connection:  # type: ignore[no-untyped-call]
            connection.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        log.warning("broker_unreachable")
        return False
    return True


class _Figures(Collector):
    """Reads everything in one short transaction."""

    def __init__(self, house: Services) -> None:
        self.house = house

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = self.house.clock.now()
        with self.house.sessions() as session:
            reading(session)
            waiting, oldest = figures.inbox_waiting(session)
            portals = figures.portals_by_state(session)
            conversations = figures.conversations_by_state(session)
            requests = figures.requests_since(session, now)
            lost = figures.lost_callbacks(session)
        yield _gauge("omni_inbox_waiting", "Events stored and not folded in yet.", waiting)
        lag = (now - oldest).total_seconds() if oldest else 0.0
        yield _gauge("omni_inbox_oldest_seconds", "Age of the oldest of them.", max(0.0, lag))
        yield _labelled("omni_portals", "Portals by state.", "state", portals)
        yield _labelled("omni_conversations", "Conversations by state.", "state", conversations)
        yield _gauge("omni_lost_callbacks", "Chats and messages that only the reports of UIS told of.", lost)
        yield _labelled("omni_rest_requests_5m", "REST requests of five minutes.", "outcome", requests)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _labelled(name: str, words: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
