"""Logs: JSON lines on standard output. Ids of portals and conversations; never tokens, bodies or personal data."""

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

# Libraries tell more than we may keep: urllib3 logs whole addresses, alembic every step.
_QUIET = ("urllib3", "alembic", "werkzeug", "spectree", "requests")


Report = Callable[[BaseException, Mapping[str, Any]], None]
_reports: list[Report] = []


def report_errors_to(report: Report) -> None:
    """Whoever collects errors is told of every exception that is logged, with the facts of its line."""
    _reports[:] = [report]


def configure(level: str = "info") -> None:
    """Set up both structlog and the standard library's logging. Safe to call again."""
    least = logging.getLevelName(level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _tell,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    _configure_standard(shared)


def _tell(_: Any, __: str, event: EventDict) -> EventDict:
    given = event.get("exc_info")
    error = sys.exception() if given is True else given
    if isinstance(error, BaseException):
        for report in _reports:
            report(error, event)
    return event


def _configure_standard(shared: list[Processor]) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.set_name("omni")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    for old in [known for known in root.handlers if known.get_name() == "omni"]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
