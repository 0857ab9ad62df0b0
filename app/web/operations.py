"""Addresses for those who run the application: alive, ready, metrics."""

from collections.abc import Iterator

import structlog
from flask import Blueprint, Response
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from app.base.texts import text
from app.storage.database import reading
from app.storage.queries import figures
from app.storage.services import Services
from app.web.caller import services
from app.web.metrics import exposition
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
    """Prometheus: figures of the whole cluster, read from the database; the same at whichever process is asked."""
    return Response(exposition(services()), content_type=CONTENT_TYPE_LATEST)


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
